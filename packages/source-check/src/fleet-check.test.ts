/** A source that is a feed of this fleet: whether its credential reads the feed. */
import { describe, expect, it } from '@jest/globals';
import { DEFAULT_FEED_POLICY, hashKey } from '@feedfleet/registry-client';
import type { ApiKey, Feed } from '@feedfleet/registry-client';

import { check, sourceTo } from './check-fixture.ts';
import type { CheckedSource, CheckSurroundings } from './check-fixture.ts';

const SECRET = 'ff_0123456789abcdef0123456789abcdef';
const feed = (visibility: Feed['visibility']): Feed => ({
  ...{ id: 'feed-core', name: 'secret-name', aliases: [], visibility, owner: 'somebody', description: '' },
  ...{ deletion: 'unlist', maxPackageBytes: 1_000_000, ...DEFAULT_FEED_POLICY, createdAt: '2026-01-01T00:00:00Z' },
});
const key = (rest: Partial<ApiKey> = {}): ApiKey => ({
  ...{ id: 'key-1', name: 'edge', hash: hashKey(SECRET), owner: 'somebody', feeds: 'all', scopes: ['read'] },
  ...{ packageGlobs: ['*'], createdAt: '2026-01-01T00:00:00Z', expiresAt: null, ...rest },
});
const checked = (surroundings: CheckSurroundings, secret?: string): Promise<CheckedSource> =>
  check(sourceTo({ kind: 'feed', feed: 'feed-core' }, {}, secret), surroundings);

describe('a source that is a feed of this fleet', () => {
  it('fails when the feed is gone', async () => {
    expect((await checked({})).of.feed).toMatchObject({ outcome: 'failed', code: 'FF_NO_SUCH_FEED' });
  });

  it.each([
    ['was revoked', []],
    ['expired at 2026-01-02T00:00:00Z', [key({ expiresAt: '2026-01-02T00:00:00Z' })]],
    ['may not read the feed', [key({ scopes: ['push'] })]],
  ] as const)('fails when its key %s', async (words, keys) => {
    const result = await checked({ feeds: [feed('private')], keys }, SECRET);
    expect(result.of).toMatchObject({
      credential: { outcome: 'failed', code: 'FF_FORBIDDEN' },
      query: { outcome: 'skipped' },
    });
    expect(result.of.credential?.detail).toContain(words);
    expect(JSON.stringify(result.steps)).not.toMatch(/secret-name|ff_0123/);
  });

  it('fails without a key for a private feed, and needs none for a public one', async () => {
    const none = await checked({ feeds: [feed('private')] });
    expect(none.of.credential).toMatchObject({ outcome: 'failed', code: 'FF_UNAUTHENTICATED' });
    const open = await checked({ feeds: [feed('public')] });
    expect(open.of.credential?.detail).toBe('none is needed: the feed is public');
  });

  it('is asked through the balancer with its key, which may be refused there', async () => {
    const asked: unknown[] = [];
    const surroundings: CheckSurroundings = {
      ...{ feeds: [feed('private')], keys: [key()] },
      balancer: ({ url, headers }, response) => {
        asked.push([url?.split('?')[0], headers['x-nuget-apikey']]);
        response.writeHead(403).end(JSON.stringify({ code: 'FF_FORBIDDEN' }));
      },
    };
    const result = await checked(surroundings, SECRET);
    expect(asked).toEqual([['/F/secret-name/api/v3/-/versions', SECRET]]);
    expect(result.of).toMatchObject({
      credential: { outcome: 'passed' },
      query: { outcome: 'failed', code: 'FF_FORBIDDEN' },
    });
  });

  it('is told when the family does not answer', async () => {
    const balancer: CheckSurroundings['balancer'] = (_, response) =>
      response.writeHead(503).end(JSON.stringify({ code: 'FF_OVERLOADED' }));
    const result = await checked({ feeds: [feed('public')], balancer });
    expect(result.of.query).toMatchObject({ outcome: 'failed', code: 'FF_OVERLOADED' });
  });
});
