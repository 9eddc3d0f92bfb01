import { describe, expect, it } from '@jest/globals';
import type { SourceVersion } from '@feedfleet/package-sources';
import fc from 'fast-check';

import { LeafMalformedError } from './leaf-malformed-error.ts';
import { readHits, readIds, readVersions } from './leaf-reader.ts';
import { LeafWriter } from './leaf-writer.ts';
import { olderVersion } from './older-version.ts';
import { metadataOf, sampleVersions } from './sample-versions.ts';
import { Slices } from './slices.ts';

const slices = () => new Slices(new AbortController().signal);

function written(versions: readonly SourceVersion[]): Buffer {
  const writer = new LeafWriter();
  for (const version of versions) writer.addVersion(version);
  return writer.finish({ kind: 'versions' });
}

function sample(version: string): SourceVersion {
  const metadata = metadataOf('Contoso.Core', version);
  return {
    ...{ id: 'Contoso.Core', version, normalizedVersion: version, sortKey: '', isPrerelease: false, isSemVer2: false },
    ...{ listed: true, created: '2026-01-01T00:00:00Z', lastEdited: '2026-01-01T00:00:00Z', downloads: 1 },
    ...{ totalDownloads: 1, sizeBytes: 1, sha512: 'a'.repeat(128), metadata, deprecation: null, vulnerabilities: [] },
  };
}

/** What became of a document that may be none. */
async function reading(body: Buffer): Promise<'read' | 'refused'> {
  try {
    await readVersions(body, slices());
    return 'read';
  } catch (error) {
    if (error instanceof LeafMalformedError) return 'refused';
    throw error;
  }
}

describe('The document of a leaf', () => {
  it('gives versions back as they were, to the last member', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(sampleVersions, { maxLength: 20 }), async (versions) => {
        expect((await readVersions(written(versions), slices())).rows).toStrictEqual(versions);
      }),
    );
  });

  it('gives the newest version of a hit back whole, and of older ones their name and downloads', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(sampleVersions, { minLength: 1, maxLength: 5 }), async (versions) => {
        const writer = new LeafWriter();
        writer.addHit({ id: 'x', versions });
        const { head, rows } = await readHits(writer.finish({ kind: 'hits', total: 7 }), slices());
        expect(head.total).toBe(7);
        const newest = versions.at(-1);
        if (newest === undefined) return;
        const older = versions.slice(0, -1).map((each) => olderVersion(newest, each));
        expect(older.map((each) => [each?.version, each?.sortKey, each?.downloads])).toEqual(
          versions.slice(0, -1).map((each) => [each.version, each.sortKey, each.downloads]),
        );
        expect(rows).toStrictEqual([{ id: newest.id, versions: [...older, newest] }]);
      }),
    );
  });

  it('gives ids back in their order', async () => {
    const writer = new LeafWriter();
    for (const id of ['B', 'A', 'Ünicode']) writer.addId(id);
    const { rows } = await readIds(writer.finish({ kind: 'ids', total: 3 }), slices());
    expect(rows).toEqual(['B', 'A', 'Ünicode']);
  });

  it('says what versions have in common once', () => {
    const description = 'long '.repeat(1000);
    const versions = Array.from({ length: 100 }, (_, minor) => {
      const version = sample(`1.${minor}.0`);
      return { ...version, metadata: { ...version.metadata, description } };
    });
    expect(written(versions).length).toBeLessThan(40_000);
  });

  it('is read in parts when it is long', async () => {
    const versions = Array.from({ length: 2000 }, (_, minor) => sample(`1.${minor}.0`));
    const body = written(versions);
    expect(body.toString('utf8').split('\n').length).toBeGreaterThan(5);
    expect((await readVersions(body, slices())).rows).toHaveLength(2000);
  });

  it('is refused when it is garbage, cut, or lies about its rows', async () => {
    const body = written([sample('1.0.0'), sample('2.0.0')]).toString('utf8');
    const [head = '', chunk = ''] = body.split('\n');
    const documents = [
      ...['', 'garbage', 'null\n', '[]\n', '<html></html>\n', body.slice(0, -2), `${head}\n`, `${body}${chunk}\n`],
      body.replace('"format":1', '"format":2'),
      body.replace('"rows":2', '"rows":1'),
      body.replace('"rows":2', '"rows":-1'),
      body.replace('"kind":"versions"', '"kind":"anything"'),
      body.replace('"texts":["Contoso.Core"', '"texts":[null'),
      body.replace('"rows":[[0,', '"rows":[[99,'),
      body.replace('"rows":[[0,', '"rows":[[-1,'),
      body.replace('"1.0.0"', '"one"'),
      body.replace('a'.repeat(128), 'a'.repeat(127)),
      `${head}\n${'['.repeat(100_000)}\n`,
    ];
    for (const document of documents)
      expect([document, await reading(Buffer.from(document))]).toEqual([document, 'refused']);
  });

  it('is read or refused, never worse, when any byte of it is another', async () => {
    const body = written([
      sample('1.0.0'),
      { ...sample('2.0.0'), vulnerabilities: [{ url: 'u', severity: 2, range: '*' }] },
    ]);
    await fc.assert(
      fc.asyncProperty(fc.nat(body.length - 1), fc.nat(255), async (at, byte) => {
        const changed = Buffer.from(body);
        changed[at] = byte;
        expect(['read', 'refused']).toContain(await reading(changed));
      }),
      { numRuns: 500 },
    );
  });
});
