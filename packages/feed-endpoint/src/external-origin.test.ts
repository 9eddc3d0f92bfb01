import { describe, expect, it } from '@jest/globals';

import { ExternalOrigin } from './external-origin.ts';

const socket = { localAddress: '::1', localPort: 5003 };
const originOf = (headers: Readonly<Record<string, string>>): string => new ExternalOrigin().of({ headers, socket });

describe('the external origin', () => {
  it('is the host that the client named when nobody stands in front', () => {
    expect(originOf({ host: 'localhost:5003' })).toBe('http://localhost:5003');
  });

  it('is what the balancer says: scheme, host and prefix', () => {
    const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'nuget.example.org' };
    expect(originOf({ host: '127.0.0.1:1', ...forwarded })).toBe('https://nuget.example.org');
    expect(originOf({ ...forwarded, 'x-forwarded-prefix': '/feeds/' })).toBe('https://nuget.example.org/feeds');
    expect(originOf({ ...forwarded, 'x-forwarded-prefix': '/' })).toBe('https://nuget.example.org');
  });

  it('is the address of the socket for clients of HTTP/1.0 that name no host', () => {
    expect(originOf({})).toBe('http://[::1]:5003');
    expect(new ExternalOrigin().of({ headers: {}, socket: { localAddress: '127.0.0.1', localPort: 80 } })).toBe(
      'http://127.0.0.1:80',
    );
  });

  it.each([
    { host: 'a"onload=' },
    { host: 'evil.org/x?' },
    { host: 'user@evil.org' },
    { host: 'a b' },
    { host: 'a', 'x-forwarded-proto': 'javascript' },
    { host: 'a', 'x-forwarded-prefix': 'no-slash' },
    { host: 'a', 'x-forwarded-prefix': '//evil.org' },
    { host: 'a', 'x-forwarded-prefix': '/a"b' },
    { host: 'a', 'x-forwarded-host': 'b\\c' },
  ])('refuses what cannot stand in a URL: %o', (headers) => {
    expect(() => originOf(headers)).toThrow(expect.objectContaining({ code: 'FF_INVALID_REQUEST' }));
  });

  it('follows the headers from one request to the next', () => {
    const origin = new ExternalOrigin();
    const of = (host: string, prefix: string) => origin.of({ headers: { host, 'x-forwarded-prefix': prefix }, socket });
    expect([of('a', ''), of('b', ''), of('b', '/p'), of('a', '')]).toEqual([
      'http://a',
      'http://b',
      'http://b/p',
      'http://a',
    ]);
  });
});
