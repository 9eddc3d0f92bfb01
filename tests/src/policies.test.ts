/** What a feed allows, over a whole fleet: quotas, versions that are replaced while they are read, and what pushers are told. */
import { startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { downloadPath, FeedClient, READ_FAMILIES } from './support/feed-client.ts';
import { buildPackage } from './support/package-builder.ts';
import { sha256 } from './support/seen-package.ts';

const PUSHES = 20;
const QUOTA = 5;
const REPLACEMENTS = 15;

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet();
});
afterAll(() => fleet.stop());

async function feed(name: string, policy: object): Promise<FeedClient> {
  await fleet.registry.feeds.create({ name, visibility: 'public', ...policy });
  return new FeedClient(`${fleet.url}/F/${name}`, fleet.adminKey);
}

describe('a quota', () => {
  it('holds for pushes at the same time, tells why, and frees what is deleted', async () => {
    const client = await feed('Bounded', { quotaVersions: QUOTA, deletion: 'delete' });
    const pushed = await Promise.all(
      Array.from({ length: PUSHES }, (_, index) => client.push(buildPackage({ version: `1.0.${index}` }))),
    );
    const refused = pushed.filter(({ status }) => status !== 201);
    expect(refused).toHaveLength(PUSHES - QUOTA);
    for (const { status, reason } of refused) {
      expect([status, reason]).toEqual([403, 'Quota exceeded: the feed may hold 5 versions and has 5']);
    }
    const { body } = await client.send('/api/v3/flat/sample/index.json');
    const { versions } = JSON.parse(body.toString()) as { readonly versions: readonly string[] };
    expect(versions).toHaveLength(QUOTA);
    await client.remove({ id: 'Sample', version: versions[0] ?? '' });
    expect(await client.push(buildPackage({ version: '2.0.0' }))).toMatchObject({ status: 201 });
  });
});

describe('a feed that lets versions be replaced', () => {
  it('gives every reader the old one or the new one, and the new one after the acknowledgement', async () => {
    const client = await feed('Mutable', { overwrite: 'always' });
    const name = { id: 'Sample', version: '1.0.0' };
    const paths = READ_FAMILIES.map((family) => downloadPath(family, name));
    const contents = Array.from({ length: REPLACEMENTS }, (_, index) =>
      buildPackage({ files: { 'lib/netstandard2.0/Sample.dll': Buffer.alloc(200_000, `${index} `) } }),
    );
    const hashes = contents.map(sha256);
    await client.push(contents[0]);
    let isOver = false;
    const read = async (path: string): Promise<number> => {
      let reads = 0;
      for (; !isOver; reads += 1) {
        const { status, body } = await client.send(path);
        expect([status, hashes.includes(sha256(body))]).toEqual([200, true]);
      }
      return reads;
    };
    const readers = paths.map(read);
    for (const [index, content] of contents.entries()) {
      expect(await client.push(content)).toMatchObject({ status: 201 });
      for (const path of paths) expect(sha256((await client.send(path)).body)).toBe(hashes[index]);
    }
    isOver = true;
    for (const reads of await Promise.all(readers)) expect(reads).toBeGreaterThan(0);
  });

  it('for pre-releases only keeps its stable versions', async () => {
    const client = await feed('Nightly', { overwrite: 'prerelease' });
    for (const [version, again] of [
      ['1.0.0', 409],
      ['1.0.0-beta', 201],
    ] as const) {
      await client.push(buildPackage({ version, description: 'old' }));
      expect(await client.push(buildPackage({ version, description: 'new' }))).toMatchObject({ status: again });
    }
  });
});

describe('who pushes', () => {
  it('is told what could be better, unless the feed is silent', async () => {
    const loud = await feed('Loud', {});
    const { status, headers } = await loud.push(buildPackage());
    expect([status, headers['x-nuget-warning']]).toEqual([
      201,
      'The package names no license. The package has no readme.',
    ]);
    const silent = await feed('Silent', { uploadWarnings: false });
    expect((await silent.push(buildPackage())).headers).not.toHaveProperty('x-nuget-warning');
  });
});
