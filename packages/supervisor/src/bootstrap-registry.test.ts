import type { RegistryApi } from '@feedfleet/registry-client';
import { describe, expect, it } from '@jest/globals';
import { bootstrap } from './bootstrap-registry.ts';

const ask = (api: object, firstFeed: string) => bootstrap(api as RegistryApi, firstFeed);

describe('the first feed and the admin key', () => {
  it('are told when they were just made', async () => {
    const api = {
      bootstrap: () => Promise.resolve({ created: true, feed: { name: 'main' }, secret: 'the key' }),
    };
    expect(await ask(api, 'main')).toEqual({ feed: 'main', adminKey: 'the key' });
  });

  it.each([
    ['MAIN', [{ name: 'other' }, { name: 'main' }], 'main'],
    ['gone', [{ name: 'other' }], 'other'],
    ['gone', [{ name: 'canary', owner: 'feedfleet' }, { name: 'other' }], 'other'],
    ['gone', [], 'gone'],
  ])('are those of an earlier start otherwise: %s among %j', async (asked, feeds, feed) => {
    const api = {
      bootstrap: () => Promise.resolve({ created: false }),
      feeds: { list: () => Promise.resolve(feeds) },
    };
    expect(await ask(api, asked)).toEqual({ feed, adminKey: undefined });
  });
});
