import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ForwardedHeaders, forwardedHeaders, reachedBy } from './forwarded.ts';
import type { ForwardedRules, Malformed, Reached, ReceivedRequest } from './forwarded.ts';
import { isHost } from './host-name.ts';
import { isNetwork, trustedProxies } from './trusted-proxies.ts';

const rules = (over: Partial<ForwardedRules> = {}): ForwardedRules => ({
  isTrusted: trustedProxies(['10.0.0.0/8', 'fd00::/8']),
  dialect: 'x-forwarded',
  publicUrl: undefined,
  pathPrefix: '',
  ...over,
});
const request = (over: Partial<ReceivedRequest> = {}): ReceivedRequest => ({
  peer: '192.0.2.9',
  encrypted: false,
  target: '/F/Tools',
  headers: { host: 'feeds.example' },
  localHost: '127.0.0.1:80',
  ...over,
});
const reached = (over: Partial<ReceivedRequest>, ruleOver: Partial<ForwardedRules> = {}): Reached => {
  const result = reachedBy(request(over), rules(ruleOver));
  if (result.outcome !== 'reached') throw new Error(result.detail);
  return result;
};
const proxied = {
  host: 'inner:5000',
  'x-forwarded-for': '203.0.113.7, 10.1.1.1',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'nuget.example:8443',
  'x-forwarded-prefix': '/pkg/',
};

describe('a client without a proxy', () => {
  it('is told by its connection and its Host', () => {
    expect(reached({})).toMatchObject({ proto: 'http', host: 'feeds.example', prefix: '', hops: ['192.0.2.9'] });
    expect(reached({ encrypted: true }).proto).toBe('https');
  });

  it('is not believed about itself', () => {
    expect(reached({ headers: { ...proxied, host: 'feeds.example', forwarded: 'host=evil' } })).toMatchObject({
      proto: 'http',
      host: 'feeds.example',
      prefix: '',
      hops: ['192.0.2.9'],
    });
  });

  it('may send an absolute URL, whose host wins', () => {
    expect(reached({ target: 'http://other.example:81/F/a?x=1' })).toMatchObject({
      host: 'other.example:81',
      path: '/F/a?x=1',
    });
    expect(reached({ target: 'HTTP://other.example?x' })).toMatchObject({ host: 'other.example', path: '/?x' });
  });

  it('without a Host is at our own address', () => {
    expect(reached({ headers: {} }).host).toBe('127.0.0.1:80');
  });

  it('on an IPv4 address of an IPv6 socket is an IPv4 client', () => {
    expect(reached({ peer: '::ffff:10.1.1.1', headers: proxied }).proto).toBe('https');
  });
});

describe('a client behind trusted proxies', () => {
  const peer = '10.0.0.1';

  it('is where the proxies say it is', () => {
    expect(reached({ peer, headers: proxied })).toEqual({
      outcome: 'reached',
      proto: 'https',
      host: 'nuget.example:8443',
      prefix: '/pkg',
      hops: ['203.0.113.7', '10.1.1.1', '10.0.0.1'],
      path: '/F/Tools',
    });
  });

  it('cannot push an address, a host or a scheme in front of what the proxies add', () => {
    const headers = {
      ...proxied,
      'x-forwarded-for': '6.6.6.6, 203.0.113.7, 10.1.1.1',
      'x-forwarded-host': 'evil, nuget.example, inner.example',
      'x-forwarded-proto': 'evil, https, http',
    };
    expect(reached({ peer, headers })).toMatchObject({
      host: 'nuget.example',
      proto: 'https',
      hops: ['203.0.113.7', '10.1.1.1', '10.0.0.1'],
    });
  });

  it('is the nearest hop that has an address', () => {
    expect(reached({ peer, headers: { ...proxied, 'x-forwarded-for': 'unknown' } }).hops).toEqual(['10.0.0.1']);
    expect(reached({ peer, headers: { ...proxied, 'x-forwarded-for': '[2001:db8::1]:4711' } }).hops[0]).toBe(
      '2001:db8::1',
    );
    expect(reached({ peer, headers: { ...proxied, 'x-forwarded-for': '203.0.113.7:4711' } }).hops[0]).toBe(
      '203.0.113.7',
    );
  });

  it('is read from Forwarded where the proxies speak that, and only there', () => {
    const headers = {
      ...proxied,
      forwarded:
        'for=6.6.6.6;host=evil, for="[2001:db8::1]:9";host="a.example:1";proto=https;by=_x, for=10.1.1.1;proto=http',
    };
    expect(reached({ peer, headers }, { dialect: 'rfc7239' })).toMatchObject({
      proto: 'https',
      host: 'a.example:1',
      prefix: '',
      hops: ['2001:db8::1', '10.1.1.1', '10.0.0.1'],
    });
    expect(reached({ peer, headers }).host).toBe('nuget.example:8443');
  });

  it('stays at the proxy when Forwarded does not parse', () => {
    expect(reached({ peer, headers: { host: 'h', forwarded: 'for="unclosed' } }, { dialect: 'rfc7239' }).hops).toEqual([
      peer,
    ]);
  });
});

describe('prefixes', () => {
  it('are taken off the path and told', () => {
    const pathPrefix = '/nuget';
    expect(reached({ target: '/nuget/F/a?x' }, { pathPrefix })).toMatchObject({ prefix: '/nuget', path: '/F/a?x' });
    expect(reached({ target: '/NuGet?x' }, { pathPrefix })).toMatchObject({ prefix: '/NuGet', path: '/?x' });
    expect(reached({ target: '/nugetx/F/a' }, { pathPrefix })).toMatchObject({ prefix: '', path: '/nugetx/F/a' });
    expect(reached({ target: '/F/a' }, { pathPrefix })).toMatchObject({ prefix: '', path: '/F/a' });
  });

  it('add up when a trusted proxy took one off before', () => {
    expect(reached({ peer: '10.0.0.1', headers: proxied, target: '/nuget/F/a' }, { pathPrefix: '/nuget' }).prefix).toBe(
      '/pkg/nuget',
    );
  });
});

describe('the public URL', () => {
  const publicUrl = { proto: 'https', host: 'pub.example', prefix: '/n' } as const;

  it('wins over whatever a request says', () => {
    const wins = { proto: 'https', host: 'pub.example', prefix: '/n', path: '/F/Tools' };
    expect(reached({}, { publicUrl })).toMatchObject(wins);
    expect(reached({ peer: '10.0.0.1', headers: proxied }, { publicUrl })).toMatchObject(wins);
    expect(reached({ target: '/n/F/Tools' }, { publicUrl })).toMatchObject(wins);
  });
});

describe('malformed requests', () => {
  const outcome = (over: Partial<ReceivedRequest>): (Reached | Malformed)['outcome'] =>
    reachedBy(request(over), rules()).outcome;

  it.each(['a b', 'a/b', 'a"b', 'a@b', 'user:pw@h', 'h:99999', 'h:', '[::1', 'a,b', '', '<script>', 'h#', 'h?', '-x-'])(
    'have the Host %j refused',
    (host) => expect(outcome({ headers: { host } })).toBe('malformed'),
  );

  it.each(['h', 'a-b.example:80', '10.0.0.1', '[::1]:8080', 'under_score', 'trailing.dot.'])(
    'have the Host %j taken',
    (host) => expect(outcome({ headers: { host } })).toBe('reached'),
  );

  it.each([{ 'x-forwarded-host': 'a"b' }, { 'x-forwarded-proto': 'ftp' }, { 'x-forwarded-prefix': '//evil.example' }])(
    'have %j refused from a trusted proxy too',
    (header) => expect(outcome({ peer: '10.0.0.1', headers: { host: 'h', ...header } })).toBe('malformed'),
  );

  it.each(['*', 'F/a', 'ftp://h/F/a', 'http://'])('have the target %j refused', (target) =>
    expect(outcome({ target })).toBe('malformed'),
  );
});

describe('whatever is sent', () => {
  const anything = fc.record({
    host: fc.string(),
    'x-forwarded-for': fc.string(),
    'x-forwarded-host': fc.string(),
    'x-forwarded-proto': fc.constantFrom('http', 'https', 'HTTPS', 'x, https'),
    'x-forwarded-prefix': fc.oneof(fc.string(), fc.webPath()),
    forwarded: fc.string(),
  });
  const dialects = fc.constantFrom('x-forwarded' as const, 'rfc7239' as const);

  it('never gets anything into a URL or a header that could end it early', () => {
    fc.assert(
      fc.property(anything, dialects, fc.constantFrom('10.0.0.1', '192.0.2.9'), (headers, dialect, peer) => {
        const result = reachedBy(request({ headers, peer }), rules({ dialect }));
        if (result.outcome !== 'reached') return;
        const base = `${result.proto}://${result.host}${result.prefix}`;
        expect(base).toMatch(/^https?:\/\/[A-Za-z0-9_.:[\]-]+(\/[A-Za-z0-9._~!$&'()*+,;=:@%/-]+)?$/);
        expect(base).not.toMatch(/[^:]\/\/|\.\.\//);
        for (const value of Object.values(forwardedHeaders(result))) expect(value).toMatch(/^[\x20-\x7e]*$/);
      }),
    );
  });

  it('gives the endpoint the same facts in both dialects, and reads them back', () => {
    const addresses = fc.constantFrom('10.2.3.4', 'fd00::7', '203.0.113.7', '2001:db8::1');
    fc.assert(
      fc.property(fc.array(addresses, { minLength: 1, maxLength: 5 }), (hops) => {
        const sent = forwardedHeaders({ outcome: 'reached', proto: 'https', host: 'h:1', prefix: '', hops, path: '/' });
        const trusting = { isTrusted: (): boolean => true };
        const fromList = reached({ peer: '10.0.0.1', headers: sent }, trusting);
        const fromForwarded = reached({ peer: '10.0.0.1', headers: sent }, { ...trusting, dialect: 'rfc7239' });
        expect(fromList.hops).toEqual([...hops, '10.0.0.1']);
        expect(fromForwarded).toEqual(fromList);
      }),
    );
  });
});

describe('networks and hosts', () => {
  it.each(['10.0.0.0/8', '::1', '192.0.2.1', 'fd00::/8', '0.0.0.0/0'])('takes %s as a network', (text) =>
    expect(isNetwork(text)).toBe(true),
  );

  it.each(['10.0.0.0/33', 'example', '10.0.0/8', '::/129', '10.0.0.0/', '10.0.0.0/8x'])(
    'does not take %s as one',
    (text) => expect(isNetwork(text)).toBe(false),
  );

  it('bounds the length of a host', () => {
    expect(isHost('a'.repeat(255))).toBe(true);
    expect(isHost('a'.repeat(256))).toBe(false);
  });
});

describe('headers that are remembered for a peer', () => {
  it('are those that would be made, whoever asks by whatever name', () => {
    const remembered = new ForwardedHeaders();
    const way = fc.record({
      peer: fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1', '10.0.0.1'),
      encrypted: fc.boolean(),
      headers: fc.constantFrom({ host: 'a.example' }, { host: 'b.example:81' }, proxied),
    });
    fc.assert(
      fc.property(way, (each) => {
        const to = reached(each);
        expect(remembered.of(to)).toEqual(forwardedHeaders(to));
      }),
    );
  });
});
