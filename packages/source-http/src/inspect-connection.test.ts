/** What is seen of a source by connecting to it. */
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { makeCertificate } from '@feedfleet/test-certificates';
import type { CertificateOptions, Issuer } from '@feedfleet/test-certificates';
import type { SourceHttpOptions } from './create-source-http.ts';
import type { SourceConnection } from './inspect-connection.ts';
import { makeClient, startRawSource, startSource, targetOf } from './source-fixture.ts';
import type { SourceTarget } from './source-http.ts';

const day = 86_400_000;
const daysFromNow = (days: number): Date => new Date(Math.floor(Date.now() / 1000) * 1000 + days * day);
const valid = { notBefore: daysFromNow(-9), notAfter: daysFromNow(9) };
const authority = makeCertificate({ commonName: 'Trusted', ...valid });
const before = getCACertificates('default');
const issued = (rest: Partial<CertificateOptions>): Issuer =>
  makeCertificate({ commonName: 'source', ...valid, addresses: ['127.0.0.1'], issuer: authority, ...rest });

beforeAll(() => setDefaultCACertificates([...before, authority.certificate]));
afterAll(() => setDefaultCACertificates(before));

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function inspect(
  url: string,
  target: Partial<SourceTarget> = {},
  options: Partial<SourceHttpOptions> = {},
): Promise<SourceConnection> {
  const http = makeClient(options);
  cleanups.push(() => http.close());
  const { signal } = new AbortController();
  return http.inspect(targetOf(new URL(url).origin, target), { url, signal, remainingMs: () => 10_000 });
}

async function secure(certificate: Issuer): Promise<{ readonly url: string; readonly requests: readonly unknown[] }> {
  const source = await startSource((_, response) => response.end(), certificate);
  cleanups.push(() => source.stop());
  return source;
}

describe('a connection that is looked at', () => {
  it('tells the address, the certificate and the time of each step, and asks nothing', async () => {
    const { url, requests } = await secure(issued({ names: ['source.example'] }));
    const seen = await inspect(url);
    expect(seen).toMatchObject({
      ...{ where: url, proxy: null, failure: undefined, addresses: [{ address: '127.0.0.1', isAllowed: true }] },
      tlsVersion: 'TLSv1.3',
      certificate: { subject: 'source', issuer: 'Trusted', validTo: valid.notAfter.toISOString() },
    });
    expect(seen.certificate?.names).toContain('source.example');
    for (const step of [seen.resolvedMs, seen.connectedMs, seen.securedMs]) expect(step).toBeGreaterThanOrEqual(0);
    expect(requests).toEqual([]);
  });

  it('tells the certificate that is not good, too', async () => {
    const notAfter = daysFromNow(-3);
    const expired = await secure(issued({ notAfter }));
    expect(await inspect(expired.url)).toMatchObject({
      failure: { kind: 'certificateExpired', certificateExpiredAt: notAfter.toISOString() },
      certificate: { subject: 'source', validTo: notAfter.toISOString() },
    });
    const unknown = await secure(makeCertificate({ commonName: 'nobody', ...valid, addresses: ['127.0.0.1'] }));
    expect(await inspect(unknown.url)).toMatchObject({
      failure: { kind: 'tls' },
      certificate: { subject: 'nobody', issuer: 'nobody' },
    });
  });

  it('shows no control characters of a certificate', async () => {
    const { url } = await secure(issued({ commonName: 'so\u001b[31mred\n' }));
    expect((await inspect(url)).certificate?.subject).toBe('so [31mred ');
  });

  it('is refused where the source may not lead, and says which of its addresses those are', async () => {
    const { url } = await secure(issued({}));
    const { port } = new URL(url);
    const named = `https://source.example:${port}`;
    const resolve = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
    const refused = { kind: 'blockedAddress', detail: 'the source leads to a loopback address, which it may not' };
    const seen = await inspect(named, { allowPrivateAddresses: false }, { resolve });
    expect(seen).toMatchObject({ failure: refused, addresses: [{ address: '127.0.0.1', isAllowed: false }] });
    expect(seen.connectedMs).toBeUndefined();
    const own = await inspect(named, {}, { ownAddresses: () => [{ host: 'source.example', port: Number(port) }] });
    expect(own.failure?.detail).toBe('the source leads to an address of this fleet, which it may not');
    expect(own.addresses).toBeUndefined();
  });

  it('ends in time where nobody shakes hands', async () => {
    const silent = await startRawSource(() => undefined);
    cleanups.push(() => silent.stop());
    const seen = await inspect(silent.url.replace('http:', 'https:'), { timeoutMs: 100 });
    expect(seen).toMatchObject({ failure: { kind: 'timeout' }, certificate: undefined });
    expect(seen.connectedMs).toBeGreaterThanOrEqual(0);
  });
});
