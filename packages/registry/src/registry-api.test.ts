/** The registry's HTTP API, as its client sees it. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_BALANCING, DEFAULT_FEED_POLICY, defaultRoutes, feedSchema, hashKey } from '@feedfleet/registry-client';

import { openRegistryUnderTest, operatorToken } from './registry-under-test.ts';
import type { RegistryUnderTest } from './registry-under-test.ts';

let registry: RegistryUnderTest;
beforeEach(async () => {
  registry = await openRegistryUnderTest();
});
afterEach(() => registry.dispose());

const problem = (code: string, detail?: RegExp): unknown =>
  expect.objectContaining({ code, ...(detail === undefined ? {} : { detail: expect.stringMatching(detail) }) });

interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly code?: string; readonly detail?: string };
}

interface RawRequest {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function raw(path: string, init: RawRequest = {}): Promise<RawAnswer> {
  const headers = { authorization: `Bearer ${operatorToken}`, ...init.headers };
  const response = await fetch(`${registry.url()}${path}`, { ...init, headers });
  return { status: response.status, headers: response.headers, body: (await response.json()) as RawAnswer['body'] };
}

describe('POST /api/bootstrap', () => {
  it('creates the first feed and an admin key once, and never shows the key again', async () => {
    const operator = registry.operator();
    const first = await operator.bootstrap({ feedName: 'main' });
    if (!first.created) throw new Error('expected a first start');
    expect(first).toMatchObject({ feed: { name: 'main', visibility: 'public' }, key: { feeds: 'all' } });
    expect(first.secret).toMatch(/^ff_[\w-]{43}$/);
    expect(await operator.bootstrap({ feedName: 'main' })).toEqual({ created: false });
    await registry.restart();
    expect(await registry.operator().bootstrap({ feedName: 'other' })).toEqual({ created: false });
    expect(JSON.stringify(await registry.operator().snapshot())).not.toContain(first.secret);
    expect(await registry.apiFor(first.secret).feeds.list()).toEqual([first.feed]);
  });

  it('is for the operator only', async () => {
    const { secret } = await createKey(['manage'], 'all');
    await expect(registry.apiFor(secret).bootstrap({ feedName: 'x' })).rejects.toEqual(problem('FF_FORBIDDEN'));
  });
});

describe('default families and routes', () => {
  it('are there from the start, and stay as an operator left them', async () => {
    const operator = registry.operator();
    expect((await operator.families.list()).map(({ id }) => id)).toEqual([
      'default',
      'push',
      'symbols',
      'v1',
      'v2',
      'v3',
    ]);
    expect(await operator.routes.list()).toHaveLength(defaultRoutes.length);
    await operator.families.put('v2', { title: 'Changed' });
    await operator.routes.delete('v3-write');
    const { number } = await operator.fleet();
    await registry.restart();
    expect(await registry.operator().fleet()).toMatchObject({ number });
    expect(await registry.operator().routes.list()).toHaveLength(defaultRoutes.length - 1);
    expect(await registry.operator().families.list()).toContainEqual({
      id: 'v2',
      title: 'Changed',
      balancing: DEFAULT_BALANCING,
    });
  });
});

async function createFeed(name: string, aliases: readonly string[] = []): Promise<string> {
  return (await registry.operator().feeds.create({ name, aliases })).feed.id;
}

async function createKey(
  scopes: readonly ('read' | 'push' | 'manage')[],
  feeds: 'all' | readonly string[],
): Promise<{ readonly secret: string; readonly id: string }> {
  const { secret, key } = await registry.operator().keys.create({ name: 'test', scopes, feeds });
  return { secret, id: key.id };
}

describe('feeds', () => {
  it('are created, found by name and alias without case, changed and deleted', async () => {
    const { feeds } = registry.operator();
    const { feed, change } = await feeds.create({ name: 'Tools', aliases: ['old'] });
    expect(feed).toMatchObject({ visibility: 'private', deletion: 'unlist', owner: 'operator' });
    expect(change.applied).toEqual({ processes: 0, of: 0 });
    expect(await feeds.get('OLD')).toEqual(feed);
    expect(await feeds.get(feed.id)).toEqual(feed);
    expect((await feeds.update('tools', { visibility: 'public' })).feed).toEqual({ ...feed, visibility: 'public' });
    await feeds.delete('tools');
    await expect(feeds.get('tools')).rejects.toEqual(problem('FF_NO_SUCH_FEED'));
  });

  it('cannot have a name or an alias that another one has, in any case, and nothing changes then', async () => {
    const { feeds } = registry.operator();
    await createFeed('Tools', ['old']);
    const { number } = await registry.operator().fleet();
    await expect(feeds.create({ name: 'OLD' })).rejects.toEqual(
      problem('FF_CONFLICT', /"old" belongs to the feed Tools/),
    );
    await expect(feeds.create({ name: 'x', aliases: ['TOOLS'] })).rejects.toEqual(problem('FF_CONFLICT'));
    await expect(feeds.create({ name: 'x', aliases: ['X'] })).rejects.toEqual(problem('FF_CONFLICT', /twice/));
    await expect(feeds.update('old', { aliases: ['tools'] })).rejects.toEqual(problem('FF_CONFLICT', /twice/));
    expect(await registry.operator().fleet()).toMatchObject({ number });
  });

  it('take the keys with them that were for nothing else', async () => {
    const { feeds, keys } = registry.operator();
    const one = await createFeed('one');
    const two = await createFeed('two');
    const onlyOne = await createKey(['read'], ['one']);
    const both = await createKey(['read'], ['one', 'two']);
    await feeds.delete(one);
    const left = await keys.list();
    expect(left.map(({ id, feeds: ids }) => [id, ids])).toEqual([[both.id, [two]]]);
    expect(left.map(({ id }) => id)).not.toContain(onlyOne.id);
  });

  it('have the policies of a feed that says nothing of them, and keep those that a change does not name', async () => {
    const { feeds } = registry.operator();
    const { feed } = await feeds.create({ name: 'Tools' });
    expect(feed).toMatchObject(DEFAULT_FEED_POLICY);
    await feeds.update('Tools', { quotaVersions: 5, overwrite: 'always' });
    const { feed: changed } = await feeds.update('Tools', { description: 'x' });
    expect(changed).toEqual({ ...feed, quotaVersions: 5, overwrite: 'always', description: 'x' });
    await expect(feeds.update('Tools', { quotaVersions: 0 })).rejects.toEqual(problem('FF_INVALID_REQUEST'));
  });

  it('are read as they were written before feeds had policies', () => {
    const old = { id: 'f', name: 'f', aliases: [], visibility: 'public', owner: 'x', description: '' };
    const more = { deletion: 'unlist', maxPackageBytes: 4096, createdAt: '2030-01-01T00:00:00.000Z' };
    expect(feedSchema.parse({ ...old, ...more })).toEqual({ ...old, ...more, ...DEFAULT_FEED_POLICY });
  });

  it('use up no number when nothing changes', async () => {
    await createFeed('one');
    const { number } = await registry.operator().fleet();
    await registry.operator().feeds.update('one', { visibility: 'private' });
    expect(await registry.operator().fleet()).toMatchObject({ number });
  });
});

describe('keys', () => {
  it('are listed without hash or secret, with their last use', async () => {
    const operator = registry.operator();
    const { id, secret } = await createKey(['read'], 'all');
    expect(await operator.keys.list()).toMatchObject([{ id, lastUsedAt: null }]);
    const lastUsedAt = '2020-01-01T00:00:00.000Z';
    await operator.reportKeyUsage({ uses: [{ keyId: id, lastUsedAt }] });
    const listed = await operator.keys.list();
    expect(listed).toMatchObject([{ id, lastUsedAt }]);
    expect(JSON.stringify(listed)).not.toContain(hashKey(secret));
  });

  it('are refused for feeds that are not there, and when they have expired already', async () => {
    const { keys } = registry.operator();
    const wanted = { name: 'x', scopes: ['read'] as const };
    await expect(keys.create({ ...wanted, feeds: ['nope'] })).rejects.toEqual(problem('FF_NO_SUCH_FEED', /"nope"/));
    const expiresAt = '2020-01-01T00:00:00.000Z';
    await expect(keys.create({ ...wanted, feeds: 'all', expiresAt })).rejects.toEqual(
      problem('FF_INVALID_REQUEST', /^expiresAt: expected an instant to come, got 2020/),
    );
    expect(await keys.list()).toEqual([]);
  });
});

describe('families, instances and routes', () => {
  it('hold together', async () => {
    const { families, instances, routes } = registry.operator();
    const url = 'http://127.0.0.1:5001';
    await expect(instances.put('x-1', { family: 'x', url })).rejects.toEqual(problem('FF_CONFLICT', /no family x/));
    const route = { pattern: '/x', methods: null, family: 'x' };
    await expect(routes.put('x', route)).rejects.toEqual(problem('FF_CONFLICT', /no family x/));
    await families.put('x', { title: 'X' });
    for (const other of [`${url}/path`, `${url}/?q`, `${url}#f`, url.replace('://', '://user:word@')]) {
      const put = instances.put('x-1', { family: 'x', url: other });
      await expect(put).rejects.toEqual(problem('FF_INVALID_REQUEST'));
    }
    await instances.put('x-1', { family: 'x', url });
    await expect(families.delete('x')).rejects.toEqual(problem('FF_CONFLICT', /x-1/));
    await routes.put('x', route);
    await instances.delete('x-1');
    await expect(families.delete('x')).rejects.toEqual(problem('FF_CONFLICT', /route x/));
    await routes.delete('x');
    await families.delete('x');
    await expect(families.delete('x')).rejects.toEqual(problem('FF_NO_SUCH_ENTITY'));
  });

  it('are refused with a pattern that is none, or that another route has', async () => {
    const { routes } = registry.operator();
    const route = { methods: null, family: 'v2' };
    await expect(routes.put('x', { ...route, pattern: '/x/{y' })).rejects.toEqual(
      problem('FF_INVALID_REQUEST', /route x: .*expected "}"/),
    );
    await expect(routes.put('x', { ...route, pattern: '/f/{other}/API/v3' })).rejects.toEqual(
      problem('FF_INVALID_REQUEST', /same paths/),
    );
  });
});

describe('a key that manages certain feeds', () => {
  it('sees and changes those only', async () => {
    await createFeed('mine');
    await createFeed('theirs');
    const foreign = await createKey(['read'], 'all');
    const { secret, id } = await createKey(['read', 'manage'], ['mine']);
    const mine = registry.apiFor(secret);
    expect((await mine.feeds.list()).map(({ name }) => name)).toEqual(['mine']);
    expect((await mine.keys.list()).map((key) => key.id)).toEqual([id]);
    expect((await mine.feeds.update('mine', { description: 'x' })).feed.description).toBe('x');
    await expect(mine.feeds.get('theirs')).rejects.toEqual(problem('FF_NO_SUCH_FEED'));
    await expect(mine.feeds.update('theirs', { description: 'x' })).rejects.toEqual(problem('FF_NO_SUCH_FEED'));
    await expect(mine.feeds.update('mine', { name: 'taken' })).rejects.toEqual(problem('FF_FORBIDDEN', /^name: /));
    await expect(mine.feeds.update('mine', { maxPackageBytes: 4096 })).rejects.toEqual(problem('FF_FORBIDDEN'));
    await expect(mine.feeds.update('mine', { quotaBytes: null })).rejects.toEqual(problem('FF_FORBIDDEN'));
    expect((await mine.feeds.update('mine', { overwrite: 'always' })).feed).toMatchObject({ overwrite: 'always' });
    await expect(mine.feeds.create({ name: 'new' })).rejects.toEqual(problem('FF_FORBIDDEN'));
    await expect(mine.feeds.delete('mine')).rejects.toEqual(problem('FF_FORBIDDEN'));
    await expect(mine.keys.revoke(foreign.id)).rejects.toEqual(problem('FF_NO_SUCH_ENTITY'));
    await expect(mine.instances.list()).rejects.toEqual(problem('FF_FORBIDDEN'));
    await expect(mine.snapshot()).rejects.toEqual(problem('FF_FORBIDDEN'));
  });

  it('hands out no more than it has', async () => {
    await createFeed('mine');
    await createFeed('theirs');
    const { keys } = registry.operator();
    const expiresAt = '2999-01-01T00:00:00.000Z';
    const own = {
      name: 'm',
      feeds: ['mine'],
      scopes: ['push', 'manage'],
      packageGlobs: ['Acme.*'],
      expiresAt,
    } as const;
    const mine = registry.apiFor((await keys.create(own)).secret);
    const attempts: readonly (readonly [object, string, RegExp])[] = [
      [{ feeds: 'all' }, 'FF_FORBIDDEN', /^feeds/],
      [{ feeds: ['theirs'] }, 'FF_NO_SUCH_FEED', /theirs/],
      [{ scopes: ['delete'] }, 'FF_FORBIDDEN', /^scopes: .*delete/],
      [{ packageGlobs: ['*'] }, 'FF_FORBIDDEN', /^packageGlobs/],
      [{ packageGlobs: ['Acme*'] }, 'FF_FORBIDDEN', /^packageGlobs/],
      [{ packageGlobs: ['Acme.*', 'Other'] }, 'FF_FORBIDDEN', /^packageGlobs/],
      [{ expiresAt: null }, 'FF_FORBIDDEN', /^expiresAt/],
      [{ expiresAt: '2999-01-01T00:00:00.001Z' }, 'FF_FORBIDDEN', /^expiresAt/],
    ];
    for (const [more, code, detail] of attempts) {
      await expect(mine.keys.create({ ...own, ...more })).rejects.toEqual(problem(code, detail));
    }
    const { key, secret } = await mine.keys.create({ ...own, scopes: ['push'], packageGlobs: ['acme.core.*'] });
    await expect(registry.apiFor(secret).feeds.list()).rejects.toEqual(
      problem('FF_FORBIDDEN', /lacks the scope manage/),
    );
    await mine.keys.revoke(key.id);
    const stronger = await keys.create({ ...own, scopes: ['push', 'delete'] });
    await expect(mine.keys.revoke(stronger.key.id)).rejects.toEqual(problem('FF_FORBIDDEN'));
  });
});

describe('who calls', () => {
  it('is asked for a token, and told when it is wrong', async () => {
    const anonymous = await raw('/api/feeds', { headers: { authorization: '' } });
    expect(anonymous).toMatchObject({ status: 401, body: { code: 'FF_UNAUTHENTICATED' } });
    expect(anonymous.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect((await raw('/api/feeds', { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
    const byHeader = { authorization: '', 'x-nuget-apikey': 'wrong' };
    expect((await raw('/api/feeds', { headers: byHeader })).status).toBe(403);
  });

  it('may send an administrator key as X-NuGet-ApiKey, and never gets the hashes with it', async () => {
    const { secret } = await createKey(['manage'], 'all');
    const headers = { authorization: '', 'x-nuget-apikey': secret };
    expect((await raw('/api/fleet', { headers })).status).toBe(200);
    for (const path of ['/api/snapshot', '/api/changes?after=0', '/api/keys']) {
      const answer = await raw(path, { headers });
      expect(JSON.stringify(answer.body)).not.toContain(hashKey(secret));
    }
    expect((await raw('/api/snapshot', { headers })).status).toBe(403);
    expect((await raw('/api/changes?after=0', { headers })).status).toBe(403);
  });
});

describe('a request that is wrong', () => {
  const post = (body: string): Promise<RawAnswer> => raw('/api/feeds', { method: 'POST', body });

  it('is told every fault with its path, what was expected and what came', async () => {
    const { status, body } = await post(JSON.stringify({ name: '-x', visibility: 'secret', aliases: [5], extra: 1 }));
    expect(status).toBe(400);
    expect(body.detail).toMatch(/name: expected a name of .*, got "-x"/);
    expect(body.detail).toContain('visibility: expected one of "public", "private", got "secret"');
    expect(body.detail).toContain('aliases.0: expected string, got 5');
    expect(body.detail).toContain('extra: expected no such field, got 1');
  });

  it.each<[string, string, number]>([
    ['no JSON', '{', 400],
    ['nothing', '', 400],
    ['too much', JSON.stringify({ name: 'x'.repeat(70_000) }), 413],
  ])('is refused with %s', async (_what, body, status) => {
    expect((await post(body)).status).toBe(status);
  });

  it('is told which methods there are', async () => {
    const answer = await raw('/api/feeds', { method: 'DELETE' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, POST');
    expect((await raw('/api/nothing')).status).toBe(404);
    expect((await raw('/api/changes?after=x')).body.detail).toMatch(/^query.after: expected number/);
    expect((await raw('/api/changes?after=999')).status).toBe(409);
  });
});

describe('GET /openapi.json', () => {
  it('describes every operation', async () => {
    const { body } = await raw('/openapi.json');
    const { openapi, paths } = body as unknown as { openapi: string; paths: Record<string, object> };
    expect(openapi).toMatch(/^3\.1/);
    expect(Object.keys(paths['/api/feeds/{feed}'] ?? {}).sort()).toEqual(['delete', 'get', 'patch']);
  });
});
