/** Feeds that take packages from one another, in loops and through private ones, over a real fleet and every reading family. */
import { eventually, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { exchange } from './support/exchange.ts';
import type { Exchange } from './support/exchange.ts';
import { downloadPath, READ_FAMILIES } from './support/feed-client.ts';
import type { ReadFamily } from './support/feed-client.ts';
import { buildPackage } from './support/package-builder.ts';

/** `core` and `team` take from each other, and `team` from the private `vault`. */
const FEEDS = ['core', 'team', 'vault'] as const;
const VERSIONS = { core: '1.0.0', team: '2.0.0', vault: '3.0.0' } as const;

let fleet: Fleet;
let author: string;
let vaultKey: { readonly id: string; readonly secret: string };
const soon = (what: string) => ({ what, limitMs: 10_000 });

async function push(feed: string, id: string, version: string): Promise<void> {
  const options = { method: 'PUT', body: buildPackage({ id, version }), headers: { 'x-nuget-apikey': author } };
  expect(await exchange(`${fleet.url}/F/${feed}/api/v2/package`, options)).toMatchObject({ status: 201 });
}

const get = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Exchange> =>
  exchange(`${fleet.url}${path}`, { headers });

function versionsPath(family: ReadFamily, id: string): string {
  if (family === 'v3') return `/api/v3/flat/${id.toLowerCase()}/index.json`;
  return `${family === 'v2' ? '/api/v2' : ''}/FindPackagesById()?id='${id}'&semVerLevel=2.0.0`;
}

/** Versions of the id that a family tells, ascending. */
async function versionsOf(feed: string, family: ReadFamily, id = 'Shared'): Promise<readonly string[]> {
  const { status, body } = await get(`/F/${feed}${versionsPath(family, id)}`);
  if (status === 404) return [];
  expect(status).toBe(200);
  if (family === 'v3') return (JSON.parse(body.toString()) as { readonly versions: readonly string[] }).versions;
  return [...body.toString().matchAll(/<d:NormalizedVersion>([^<]+)</g)].map(([, version = '']) => version).sort();
}

beforeAll(async () => {
  fleet = await startFleet();
  const { keys, feeds, sources } = fleet.registry;
  ({ secret: author } = await keys.create({ name: 'author', feeds: 'all', scopes: ['read', 'push'] }));
  for (const name of FEEDS) {
    await feeds.create({ name, visibility: name === 'vault' ? 'private' : 'public' });
    await push(name, 'Shared', VERSIONS[name]);
  }
  const vault = await feeds.get('vault');
  const created = await keys.create({ name: 'vault reader', feeds: [vault.id], scopes: ['read'] });
  vaultKey = { id: created.key.id, secret: created.secret };
  await sources.create('core', { name: 'the-team', target: { kind: 'feed', feed: 'team' } });
  await sources.create('team', { name: 'the-core', target: { kind: 'feed', feed: 'core' } });
  await sources.create('team', {
    ...{ name: 'the-vault', target: { kind: 'feed', feed: 'vault' } },
    credential: { kind: 'apiKey', secret: vaultKey.secret },
  });
  for (const family of READ_FAMILIES) {
    await eventually(soon(`${family} knows the sources`), async () =>
      (await versionsOf('core', family)).length === 3 ? true : undefined,
    );
  }
});

afterAll(() => fleet.stop());

describe.each(READ_FAMILIES)('feeds in a loop, by %s', (family) => {
  it('give the union, by every entry', async () => {
    expect(await versionsOf('core', family)).toEqual(['1.0.0', '2.0.0', '3.0.0']);
    expect(await versionsOf('team', family)).toEqual(['1.0.0', '2.0.0', '3.0.0']);
  });

  it('give the files, whoever has them', async () => {
    for (const version of Object.values(VERSIONS)) {
      const { status, body } = await get(`/F/core${downloadPath(family, { id: 'Shared', version })}`);
      expect([version, status, body.equals(buildPackage({ id: 'Shared', version }))]).toEqual([version, 200, true]);
    }
  });

  it('show a push at once', async () => {
    const id = `New.${family}`;
    expect(await versionsOf('core', family, id)).toEqual([]);
    await push('vault', id, '1.0.0');
    expect(await versionsOf('core', family, id)).toEqual(['1.0.0']);
    await push('team', id, '1.1.0');
    expect(await versionsOf('core', family, id)).toEqual(['1.0.0', '1.1.0']);
  });

  it('answer a client that has the answer with 304, until something changes behind', async () => {
    const id = `Kept.${family}`;
    await push('vault', id, '1.0.0');
    const path = `/F/core${versionsPath(family, id)}`;
    const etag = String((await get(path)).headers.etag);
    expect((await get(path, { 'if-none-match': etag })).status).toBe(304);
    await push('vault', id, '2.0.0');
    expect((await get(path, { 'if-none-match': etag })).status).toBe(200);
  });

  it('find packages of all of them', async () => {
    const id = `Found.${family}`;
    await push('vault', id, '1.0.0');
    const mount = family === 'v2' ? '/api/v2' : '';
    const path =
      family === 'v3' ? `/api/v3/query?q=${id}` : `${mount}/Search()?searchTerm='${id}'&includePrerelease=false`;
    const { status, body, headers } = await get(`/F/core${path}`);
    expect([status, body.toString().includes(id), headers['x-feedfleet-partial']]).toEqual([200, true, undefined]);
  });

  it('explain where a version comes from, and name nothing that is private', async () => {
    if (family === 'default' || family === 'v3') {
      const { status, body } = await get(`/F/core${family === 'v3' ? '/api/v3' : ''}/explain?id=Shared`);
      expect(status).toBe(200);
      expect(body.toString()).not.toContain('vault');
      expect(JSON.parse(body.toString())).toMatchObject({
        versions: [{ version: '1.0.0', source: '' }, { version: '2.0.0', source: 'the-team' }, { source: 'the-team' }],
      });
    }
  });

  it('do not serve to others what they tell each other', async () => {
    expect((await get(`/F/team${family === 'default' ? '' : `/api/${family}`}/-/versions?ids=shared`)).status).toBe(
      404,
    );
  });
});

describe('a key on an inner edge', () => {
  it('hides everything behind it on every family as soon as it is revoked, and the feeds go on', async () => {
    await fleet.registry.keys.revoke(vaultKey.id);
    for (const family of READ_FAMILIES) {
      await eventually(soon(`${family} knows that the key is revoked`), async () =>
        (await versionsOf('core', family)).includes('3.0.0') ? undefined : true,
      );
      expect(await versionsOf('core', family)).toEqual(['1.0.0', '2.0.0']);
      expect((await get(`/F/core${downloadPath(family, { id: 'Shared', version: '3.0.0' })}`)).status).toBe(404);
    }
  });
});
