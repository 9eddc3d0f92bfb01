/** What the balancer reads of a request: its class above all. */
import { describe, expect, it } from '@jest/globals';
import { FleetChain, readFeedChain, writeFeedChain } from '@feedfleet/feedchain';
import { apiKeySchema, feedSchema, hashKey } from '@feedfleet/registry-client';
import type { ApiKey, Feed } from '@feedfleet/registry-client';
import { TrafficReader } from './traffic.ts';

const NOW = Date.parse('2030-01-01T00:00:00Z');
const at = '2029-01-01T00:00:00.000Z';
const chain = new FleetChain(Buffer.alloc(32, 'a'));
const stranger = new FleetChain(Buffer.alloc(32, 'b'));
const OPERATOR = 'operator-token';

const feed = (id: string): Feed =>
  feedSchema.parse({
    ...{ id, name: id, aliases: [], visibility: 'public', owner: 'x', description: '', deletion: 'unlist' },
    ...{ maxPackageBytes: 1024, createdAt: at },
  });
const key = (text: string, scopes: readonly string[], expiresAt: string | null = null): ApiKey =>
  apiKeySchema.parse({
    ...{ id: text, name: text, hash: hashKey(text), owner: 'x', feeds: ['tools'], scopes, packageGlobs: ['*'] },
    ...{ createdAt: at, expiresAt },
  });
const keys = [key('manager', ['manage']), key('reader', ['read', 'push']), key('late', ['manage'], at)];
const fleet = {
  feedByName: (name: string) => (['tools', 'web'].includes(name) ? feed(name) : undefined),
  keyByHash: (hash: string) => keys.find((each) => each.hash === hash),
};

interface Asked {
  readonly method?: string;
  readonly family?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const reader = new TrafficReader({ chain, operatorToken: OPERATOR, wallClock: () => NOW });
const read = (
  { method = 'GET', family = 'v3', path = '/F/tools/api/v3/index.json', headers = {} }: Asked,
  by = reader,
) => by.read({ method, headers }, { family, path, fleet });
const classOf = (asked: Asked, by = reader): string => read(asked, by).class;

function chainOf(hops: number, { fleet: own = chain, leafOf = 'tools', lateMs = 0 } = {}): string {
  const before = Array.from({ length: hops - 1 }, (_, index) => `stop-${index}.example`).join(', ');
  const received = readFeedChain(before === '' ? [] : ['x-nuget-feedchain', before], {
    ...{ fleet: own, nowMs: NOW, targetFeedId: 'web' },
  });
  const deadlineMs = NOW + 10_000 - lateMs;
  const written = writeFeedChain(received, { fleet: own, feedId: 'web', leafOf, deadlineMs, breadth: 0 });
  return written.outcome === 'written' ? written.text : '';
}

const withChain = (text: string): Asked => ({ headers: { 'x-nuget-feedchain': text } });

describe('the class of a request', () => {
  it.each([
    ['people', {}],
    ['people', { path: '/F/unknown/api/v3/index.json' }],
    ['push', { family: 'push', method: 'PUT', path: '/F/tools/api/v2/package' }],
    ['push', { family: 'push', method: 'PUT', headers: { 'x-nuget-apikey': OPERATOR } }],
    ['operators', { headers: { authorization: `Bearer ${OPERATOR}` } }],
    ['people', { headers: { authorization: 'Bearer operator-tokeN' } }],
    ['push', { family: 'push', path: '/F/tools/api/manage/source-pins' }],
    ['operators', { family: 'push', path: '/F/tools/api/manage/x', headers: { 'x-nuget-apikey': 'manager' } }],
    ['operators', { family: 'push', path: '/f/tools/auth/manager/API/manage?x', headers: {} }],
    ['push', { family: 'push', path: '/F/tools/api/managers', headers: { 'x-nuget-apikey': 'manager' } }],
    ['push', { family: 'push', path: '/F/web/api/manage/x', headers: { 'x-nuget-apikey': 'manager' } }],
    ['push', { family: 'push', path: '/F/tools/api/manage/x', headers: { 'x-nuget-apikey': 'reader' } }],
    ['push', { family: 'push', path: '/F/tools/api/manage/x', headers: { 'x-nuget-apikey': 'late' } }],
  ])('is %s for %j', (expected, asked) => {
    expect(classOf(asked)).toBe(expected);
  });

  it.each([
    [1, 'fan-out-1'],
    [2, 'fan-out-2'],
    [8, 'fan-out-8'],
    [20, 'fan-out-8'],
  ])('is that of fan-out for a leaf of the fleet after %i feeds', (hops, expected) => {
    expect(classOf(withChain(chainOf(hops)))).toBe(expected);
  });

  it.each([
    ['one.example', 'foreign-1'],
    ['one.example, two.example;note="a\\"b"', 'foreign-2'],
    [chainOf(1, { fleet: stranger }), 'foreign-1'],
    [chainOf(3, { fleet: stranger }), 'foreign-3'],
    [chainOf(1, { leafOf: 'web' }), 'foreign-1'],
    [chainOf(1, { lateMs: 60_000 }), 'foreign-1'],
    [`${chainOf(1)}, more.example`, 'foreign-2'],
    [`more.example, ${chainOf(1)}`, 'foreign-2'],
    [`${chainOf(1)}, ${chainOf(1)}`, 'foreign-2'],
    [`${'x.example, '.repeat(300)}${chainOf(1)}`, 'foreign-8'],
    [',,,', 'foreign-4'],
  ])('is a foreign one for the chain %s', (text, expected) => {
    expect(classOf(withChain(text))).toBe(expected);
  });

  it('is foreign for a leaf that names no feed of the fleet', () => {
    expect(classOf({ ...withChain(chainOf(1)), path: '/F/unknown/api/v3/index.json' })).toBe('foreign-1');
  });

  it('counts every chain as the own one where the processes have no secret in common', () => {
    const open = new TrafficReader({ chain: undefined, operatorToken: OPERATOR, wallClock: () => NOW });
    expect(classOf(withChain('one.example, two.example'), open)).toBe('fan-out-2');
  });

  it('is not improved by a key where there is a chain', () => {
    const headers = { 'x-nuget-feedchain': 'one.example', authorization: `Bearer ${OPERATOR}` };
    expect(classOf({ headers })).toBe('foreign-1');
  });
});

it('tells reads from writes, and names the feed', () => {
  expect(read({})).toEqual({ family: 'v3', class: 'people', feed: 'tools', isIdempotent: true, isWrite: false });
  expect(read({ family: 'push', method: 'DELETE' })).toMatchObject({ isIdempotent: false, isWrite: true });
  expect(read({ method: 'POST', path: '/F/unknown/api/v3' })).toMatchObject({
    ...{ feed: undefined, isIdempotent: false, isWrite: false },
  });
});
