import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PathFilter } from '@feedfleet/feedchain';
import type { PackageSource, SourceAnswer, SourceSearch } from '@feedfleet/package-sources';
import { ProblemError } from '@feedfleet/problems';

import { LeafFixture, anAsk } from './leaf-fixture.ts';
import { storeSource } from './store-source.ts';

let fixture: LeafFixture;
let source: PackageSource;

beforeEach(async () => {
  fixture = await LeafFixture.open();
  source = storeSource(fixture.ports, 'open');
});

afterEach(() => fixture.close());

const all: SourceSearch = {
  ...{ text: '', includePrerelease: true, includeSemVer2: true, packageType: null, take: 100, filters: [] },
};

/** One way with one edge. */
const way = (include: string, exclude: readonly string[] = [], prerelease = true): PathFilter => [
  { include: [include], exclude, prerelease },
];

function told<T>(answer: SourceAnswer<T>): T {
  if (answer.outcome !== 'answered') throw new Error(JSON.stringify(answer));
  return answer.value;
}

async function search(query: Partial<SourceSearch>): Promise<readonly [number, readonly string[]]> {
  const { total, hits } = told(await source.search({ ...all, ...query }, anAsk()));
  return [total, hits.map(({ id, versions }) => [id, ...versions.map((each) => each.version)].join(' '))];
}

async function complete(query: Partial<SourceSearch>): Promise<readonly [number, readonly string[]]> {
  const { total, ids } = told(await source.complete({ ...all, ...query }, anAsk()));
  return [total, ids];
}

describe('The own store as a package source', () => {
  it('tells every version of the ids that are asked for, ascending, and nothing of ids that it does not have', async () => {
    for (const version of ['1.10.0', '1.2.0', '1.2.0-rc.1+build']) await fixture.add('Contoso.Core', version);
    await fixture.add('Other', '1.0.0', { listed: false, tags: ['a'], title: 'T' });
    const found = told(await source.versions(['other', 'missing', 'contoso.core', 'other'], anAsk()));
    expect([...found.keys()].toSorted()).toEqual(['contoso.core', 'other']);
    expect(found.get('contoso.core')?.map((each) => each.version)).toEqual(['1.2.0-rc.1+build', '1.2.0', '1.10.0']);
    const [stored] = await fixture.store.metadata.versionsOf('open', 'Other');
    const [other] = found.get('other') ?? [];
    expect(other).toMatchObject({
      ...{ id: 'Other', listed: false, sha512: stored?.sha512 },
      metadata: stored?.metadata,
    });
    expect(other?.metadata.title).toBe('T');
  });

  it('tells of more versions than one read gives, of several ids', async () => {
    for (let index = 0; index < 150; index += 1) await fixture.add(`P${index % 3}`, `1.${index}.0`);
    const found = told(await source.versions(['p2', 'p0', 'p1'], anAsk()));
    expect([...found.values()].map((versions) => versions.length)).toEqual([50, 50, 50]);
    for (const versions of found.values()) {
      const keys = versions.map(({ sortKey }) => sortKey);
      expect(keys).toEqual(keys.toSorted());
    }
  });

  it('tells who deprecated a version, and the vulnerabilities that it has', async () => {
    for (const version of ['1.0.0', '2.0.0']) await fixture.add('A', version);
    const deprecation = { reasons: ['Legacy'], message: 'old', alternate: null } as const;
    await fixture.store.advisories.deprecate('open', 'A', ['1.0.0'], deprecation);
    const byId = new Map([['a', [{ url: 'https://advisories.example/1', severity: 3, range: '[2.0.0, )' } as const]]]);
    await fixture.store.advisories.setVulnerabilities('open', 'manual', { mode: 'replace', byId });
    const [first, second] = told(await source.versions(['a'], anAsk())).get('a') ?? [];
    expect([first?.deprecation, first?.vulnerabilities]).toEqual([deprecation, []]);
    expect([second?.deprecation, second?.vulnerabilities]).toEqual([null, byId.get('a')]);
  });

  it('has one tag for one state of the feed', async () => {
    await fixture.add('A', '1.0.0');
    const tag = async () => ({ tag: '', ...(await source.versions(['a'], anAsk())) }).tag;
    const before = await tag();
    expect(await tag()).toBe(before);
    await fixture.add('B', '1.0.0');
    expect(await tag()).not.toBe(before);
  });

  it('gives the file of a version, and says for which version it counts', async () => {
    await fixture.add('A', '1.0.0');
    const found = told(await source.content({ id: 'a', normalizedVersion: '1.0.0' }, anAsk()));
    const stored = await fixture.store.metadata.version('open', 'A', '1.0.0');
    expect(found).toMatchObject({ ...{ sizeBytes: 7, sha512: stored?.sha512, countsFor: stored?.key } });
    expect(await text(found?.open(new AbortController().signal) ?? Readable.from([]))).toBe('A/1.0.0');
    expect(told(await source.content({ id: 'A', normalizedVersion: '2.0.0' }, anAsk()))).toBeNull();
  });

  it('says that a file is damaged or gone, and not that there is none', async () => {
    await fixture.add('A', '1.0.0');
    const stored = await fixture.store.metadata.version('open', 'A', '1.0.0');
    await fixture.store.blobs.remove(stored?.sha512 ?? '');
    const answer = await source.content({ id: 'A', normalizedVersion: '1.0.0' }, anAsk());
    expect(answer).toMatchObject({ outcome: 'unavailable', code: 'FF_CORRUPT' });
  });

  it('answers OData queries by the engine that it is given, and says so when it has none or when the engine refuses', async () => {
    await fixture.add('A', '1.0.0');
    const query = { resource: 'Packages', options: {}, after: null, take: 1, withCount: true, filters: [] } as const;
    expect(await source.page(query, anAsk())).toMatchObject({ outcome: 'unsupported' });
    fixture.pageWith(async () => ({
      ...{ total: 5, hasMore: true, rows: await fixture.store.metadata.versionsOf('open', 'A') },
    }));
    const page = told(await storeSource(fixture.ports, 'open').page(query, anAsk()));
    expect([page.total, page.hasMore, page.rows[0]?.id, page.rows[0]?.metadata.id]).toEqual([5, true, 'A', 'A']);
    fixture.pageWith(() => Promise.reject(new ProblemError('invalidQuery', { detail: 'too much' })));
    const refused = await storeSource(fixture.ports, 'open').page(query, anAsk());
    expect(refused).toEqual({ outcome: 'unsupported', detail: 'too much' });
  });

  it('is unavailable while the store is', async () => {
    const metadata = {
      ...fixture.ports,
      metadata: Object.assign(Object.create(fixture.store.metadata) as typeof fixture.store.metadata, {
        revisionOf: () => {
          throw new ProblemError('storeUnavailable');
        },
      }),
    };
    const answer = await storeSource(metadata, 'open').versions(['a'], anAsk());
    expect(answer).toMatchObject({ outcome: 'unavailable', code: 'FF_STORE_UNAVAILABLE', retryAfterMs: 1000 });
  });

  it('stops with the reason of the one who stopped it', async () => {
    const stopped = new AbortController();
    stopped.abort(new Error('enough'));
    await expect(source.versions(['a'], anAsk(stopped.signal))).rejects.toThrow('enough');
  });
});

describe('Search in the own store', () => {
  beforeEach(async () => {
    await fixture.add('Acme.Core', '1.0.0', { downloads: 5 });
    await fixture.add('Acme.Core', '2.0.0-rc');
    await fixture.add('Acme.Web', '1.0.0-beta', { downloads: 7 });
    await fixture.add('Contoso.Core', '1.0.0', { downloads: 9 });
    await fixture.add('Contoso.Hidden', '1.0.0', { listed: false });
  });

  it('finds what the store finds when everything comes through', async () => {
    expect(await search({})).toEqual([3, ['Contoso.Core 1.0.0', 'Acme.Web 1.0.0-beta', 'Acme.Core 1.0.0 2.0.0-rc']]);
    expect(await search({ text: 'core', includePrerelease: false })).toEqual([
      2,
      ['Acme.Core 1.0.0', 'Contoso.Core 1.0.0'],
    ]);
    expect(await search({ take: 1 })).toEqual([3, ['Contoso.Core 1.0.0']]);
    expect(await complete({ text: 'ac' })).toEqual([2, ['Acme.Web', 'Acme.Core']]);
    expect(await search({ filters: [way('Nothing.*'), way('*')] })).toEqual(await search({}));
  });

  it('neither counts nor gives what does not come through, by text and without', async () => {
    const filters = [way('acme.*')];
    const [web, core] = ['Acme.Web 1.0.0-beta', 'Acme.Core 1.0.0 2.0.0-rc'];
    expect(await search({ filters })).toEqual([2, [web, core]]);
    expect(await search({ filters, take: 1 })).toEqual([2, [web]]);
    expect(await search({ filters, text: 'core' })).toEqual([1, [core]]);
    expect(await complete({ filters })).toEqual([2, ['Acme.Web', 'Acme.Core']]);
    expect(await complete({ filters, text: 'co' })).toEqual([1, ['Acme.Core']]);
    expect(await search({ filters: [way('*', ['acme.*'])] })).toEqual([1, ['Contoso.Core 1.0.0']]);
    expect(await search({ filters: [[...way('acme.*'), ...way('*.web')]] })).toEqual([1, [web]]);
  });

  it('leaves out pre-releases where no way lets them through', async () => {
    const filters = [way('acme.*', [], false)];
    expect(await search({ filters })).toEqual([1, ['Acme.Core 1.0.0']]);
    expect(await complete({ filters })).toEqual([1, ['Acme.Core']]);
  });

  it('gives what any way lets through, where ways differ', async () => {
    const [, hits] = await search({ filters: [way('acme.core', [], false), way('contoso.*')] });
    expect(hits).toEqual(['Contoso.Core 1.0.0', 'Acme.Core 1.0.0']);
  });

  it('finds a part of a feed however rare it is', async () => {
    for (let index = 0; index < 140; index += 1) await fixture.add(`Many.P${index}`, '1.0.0', { downloads: 10 });
    expect(await search({ filters: [way('acme.*')], take: 1 })).toEqual([2, ['Acme.Web 1.0.0-beta']]);
  });
});
