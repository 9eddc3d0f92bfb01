/** Loops through the outside, over a real fleet: sources that lead back to it are found, and the feeds go on. */
import { eventually, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { exchange } from './support/exchange.ts';
import { startHeaderProxy } from './support/header-proxy.ts';
import type { HeaderProxy } from './support/header-proxy.ts';
import { buildPackage } from './support/package-builder.ts';

const CHAIN = 'x-nuget-feedchain';
const FEEDS = ['stripped-v3', 'stripped-v2', 'honest'] as const;
let fleet: Fleet;
let stripping: HeaderProxy;
let honest: HeaderProxy;

const stateOf = async (feed: string): Promise<string | undefined> =>
  (await fleet.registry.sources.get(feed, 'outside')).loop?.state;

const probed = (feed: string): Promise<string> =>
  eventually({ what: `the source of ${feed} is probed`, limitMs: 30_000 }, async () => {
    const state = await stateOf(feed);
    return state === 'pending' ? undefined : state;
  });

const versionsOf = async (feed: string) => {
  const { status, body, headers } = await exchange(`${fleet.url}/F/${feed}/api/v3/flat/own/index.json`);
  return { status, body: body.toString(), partial: headers['x-feedfleet-partial'] };
};

beforeAll(async () => {
  fleet = await startFleet();
  stripping = await startHeaderProxy(fleet.url, [CHAIN]);
  honest = await startHeaderProxy(fleet.url, []);
  const { keys, feeds, sources } = fleet.registry;
  const { secret } = await keys.create({ name: 'author', feeds: 'all', scopes: ['read', 'push'] });
  for (const name of FEEDS) {
    await feeds.create({ name, visibility: 'public' });
    const options = { method: 'PUT', body: buildPackage({ id: 'Own', version: '1.0.0' }) };
    const pushed = await exchange(`${fleet.url}/F/${name}/api/v2/package`, {
      ...options,
      headers: { 'x-nuget-apikey': secret },
    });
    expect(pushed.status).toBe(201);
  }
  const add = (feed: string, protocol: 'v3' | 'v2', base: string) => {
    const url = `${base}/F/${feed}${protocol === 'v3' ? '/api/v3/index.json' : '/api/v2'}`;
    return sources.create(feed, {
      ...{ name: 'outside', target: { kind: 'foreign', protocol, url }, allowPrivateAddresses: true },
    });
  };
  await add('stripped-v3', 'v3', stripping.url);
  await add('stripped-v2', 'v2', stripping.url);
  await add('honest', 'v3', honest.url);
});

afterAll(async () => {
  await fleet.stop();
  await stripping.close();
  await honest.close();
});

describe.each(['stripped-v3', 'stripped-v2'])('a source that leads back without the feed chain: %s', (feed) => {
  it('is caught and cut, and the feed answers from what it has, completely', async () => {
    expect(await probed(feed)).toBe('caught');
    const answer = await eventually({ what: 'the family knows', limitMs: 10_000 }, async () => {
      const found = await versionsOf(feed);
      return found.status === 200 ? found : undefined;
    });
    expect(answer).toEqual({ status: 200, body: expect.stringContaining('1.0.0'), partial: undefined });
    const passed = stripping.passed();
    await versionsOf(feed);
    expect(stripping.passed()).toBe(passed);
  });
});

describe('a source that leads back with the feed chain', () => {
  it('is clear, and its queries end with the whole answer', async () => {
    expect(await probed('honest')).toBe('clear');
    const answer = await eventually({ what: 'the family knows', limitMs: 10_000 }, async () => {
      const found = await versionsOf('honest');
      return found.status === 200 ? found : undefined;
    });
    expect(answer).toEqual({ status: 200, body: expect.stringContaining('1.0.0'), partial: undefined });
  });
});
