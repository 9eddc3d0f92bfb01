import type { RegistryApi } from '@feedfleet/registry-client';
import { describe, expect, it } from '@jest/globals';
import { RegistryLink } from './registry-link.ts';

const linkTo = (api: object) =>
  new RegistryLink({ api: () => Promise.resolve(api as RegistryApi), onFailure: () => undefined });

describe('the first feed and the admin key', () => {
  it('are told when they were just made', async () => {
    const link = linkTo({
      bootstrap: () => Promise.resolve({ created: true, feed: { name: 'main' }, secret: 'the key' }),
    });
    expect(await link.bootstrap('main')).toEqual({ feed: 'main', adminKey: 'the key' });
  });

  it.each([
    ['MAIN', [{ name: 'other' }, { name: 'main' }], 'main'],
    ['gone', [{ name: 'other' }], 'other'],
    ['gone', [], 'gone'],
  ])('are those of an earlier start otherwise: %s among %j', async (asked, feeds, feed) => {
    const link = linkTo({
      bootstrap: () => Promise.resolve({ created: false }),
      feeds: { list: () => Promise.resolve(feeds) },
    });
    expect(await link.bootstrap(asked)).toEqual({ feed, adminKey: undefined });
  });
});
