import { describe, expect, it } from '@jest/globals';
import type { StoredVersion } from '@feedfleet/store';
import { parseFilter } from './filter.ts';
import { updatesCollection } from './package-collection.ts';
import { V2_PROPERTIES } from './package-property.ts';
import { PackageReader } from './package-reader.ts';
import type { PackageReaderOptions } from './package-reader.ts';
import type { PackageQuery } from './plan.ts';
import { sampleMetadata, sampleRow } from './sample-package.ts';

/** A store of `count` ids `p0`, `p1` and so on, with one version each, that remembers how much was read. */
class CountedIds {
  readonly #count: number;
  read = 0;

  constructor(count: number) {
    this.#count = count;
  }

  readerUntil(signal: AbortSignal): PackageReader {
    const row = (id: string): StoredVersion => sampleRow(sampleMetadata(id, '1.0.0'), { isLatest: true });
    const metadata: PackageReaderOptions['metadata'] = {
      list: (_feedId, { skip, take }) => {
        const versions = Array.from({ length: Math.min(take, this.#count - skip) }, (_, index) =>
          row(`p${skip + index}`),
        );
        this.read += versions.length;
        return Promise.resolve({ total: this.#count, versions });
      },
      idsStartingWith: (_feedId, _prefix, { take }) => {
        const ids = Array.from({ length: Math.min(take, this.#count) }, (_, index) => `p${index}`);
        return Promise.resolve({ total: this.#count, ids });
      },
      versionsOf: (_feedId, id) => Promise.resolve([row(id)]),
      version: (_feedId, id) => Promise.resolve(row(id)),
    };
    return new PackageReader({ metadata, feedId: 'main', signal });
  }

  reader(): PackageReader {
    return this.readerUntil(new AbortController().signal);
  }
}

function queryOf(filter: string): PackageQuery {
  return {
    id: null,
    text: '',
    filter: parseFilter(filter),
    order: [],
    properties: V2_PROPERTIES,
    includePrerelease: true,
    includeUnlisted: true,
    includeSemVer2: false,
  };
}

const walk = queryOf("IsLatestVersion and substringof('99',Id)");
const page = { skip: 0, take: 2 };

describe('a query over a whole list', () => {
  it('finds every match among 10,000 versions', async () => {
    const { total, rows } = await new CountedIds(10_000).reader().page(walk, page);
    expect([total, rows.map(({ id }) => id)]).toEqual([280, ['p99', 'p199']]);
  });

  it('is refused beyond that after one batch, and says what to ask instead', async () => {
    const ids = new CountedIds(10_001);
    await expect(ids.reader().page(walk, page)).rejects.toMatchObject({
      code: 'FF_INVALID_QUERY',
      detail: expect.stringContaining(
        "at most 10000 versions, got 10001; narrow it, name fewer ids, or ask Search()?searchTerm='x'",
      ),
    });
    expect(ids.read).toBe(1000);
  });

  it('reads only the page when the list is the answer', async () => {
    const ids = new CountedIds(50_000);
    await expect(ids.reader().page(queryOf('IsLatestVersion'), page)).resolves.toMatchObject({ total: 50_000 });
    expect(ids.read).toBe(2);
  });

  it('ends when its client goes away', async () => {
    const ids = new CountedIds(10_000);
    const gone = new Error('gone');
    await expect(ids.readerUntil(AbortSignal.abort(gone)).page(walk, page)).rejects.toBe(gone);
    expect(ids.read).toBe(0);
  });
});

describe('a query for the versions of an id', () => {
  it.each([
    ['all at once when it wants most of them', 100, { whole: 2, single: 0 }],
    ['one by one when it wants few', 10, { whole: 1, single: 10 }],
  ])('reads them %s', async (_how, take, reads) => {
    const counted = { whole: 0, single: 0 };
    const versions = Array.from({ length: 150 }, (_, minor) => sampleRow(sampleMetadata('A', `1.${minor}.0`)));
    const metadata: PackageReaderOptions['metadata'] = {
      list: () => Promise.reject(new Error('not asked')),
      idsStartingWith: () => Promise.reject(new Error('not asked')),
      versionsOf: () => {
        counted.whole += 1;
        return Promise.resolve(versions);
      },
      version: (_feedId, _id, wanted) => {
        counted.single += 1;
        return Promise.resolve(versions.find(({ normalizedVersion }) => normalizedVersion === wanted));
      },
    };
    const reader = new PackageReader({ metadata, feedId: 'main', signal: new AbortController().signal });
    const { total, rows } = await reader.page(queryOf("Id eq 'a'"), { skip: 5, take });
    expect([total, rows]).toEqual([150, versions.slice(5, 5 + take)]);
    expect(counted).toEqual(reads);
  });
});

describe('a query by prefix', () => {
  const byPrefix = queryOf("startswith(Id,'p')");

  it('is refused when more than 1,000 ids start so', async () => {
    await expect(new CountedIds(1000).reader().page(byPrefix, page)).resolves.toMatchObject({ total: 1000 });
    await expect(new CountedIds(1001).reader().page(byPrefix, page)).rejects.toMatchObject({
      code: 'FF_INVALID_QUERY',
    });
  });
});

describe('a query over many ids', () => {
  /** `perId` versions of every id that is asked for; remembers which ids were read. */
  function manyVersions(perId: number, signal = new AbortController().signal) {
    const read: string[] = [];
    const versionsOf = (_feedId: string, id: string) => {
      read.push(id);
      return Promise.resolve(Array.from({ length: perId }, () => sampleRow(sampleMetadata(id, '2.0.0'))));
    };
    const ids = Array.from({ length: 1000 }, (_, index) => `p${index}`);
    const metadata: PackageReaderOptions['metadata'] = {
      list: () => Promise.reject(new Error('not asked')),
      idsStartingWith: () => Promise.resolve({ total: ids.length, ids }),
      versionsOf,
      version: (_feedId, id) => Promise.resolve(sampleRow(sampleMetadata(id, '2.0.0'))),
    };
    return { reader: new PackageReader({ metadata, feedId: 'main', signal }), read };
  }

  const byPrefix = queryOf("startswith(Id,'p')");
  const updates = (ids: readonly string[]) =>
    new Map([
      ['packageids', ids.join('|')],
      ['versions', ids.map(() => '1.0.0').join('|')],
    ]);
  const distinct = Array.from({ length: 500 }, (_, index) => `p${index}`);

  it.each([
    ['by prefix', ({ reader }: ReturnType<typeof manyVersions>) => reader.page(byPrefix, page)],
    [
      'for updates',
      ({ reader }: ReturnType<typeof manyVersions>) =>
        updatesCollection(reader, updates(distinct), V2_PROPERTIES).read(page),
    ],
  ])('%s lets others have their turn between ids, and ends when its client goes away', async (_how, ask) => {
    const gone = new AbortController();
    const store = manyVersions(1, gone.signal);
    setImmediate(() => gone.abort(new Error('gone')));
    await expect(ask(store)).rejects.toThrow('gone');
    expect(store.read.length).toBeLessThan(5);
  });

  it.each([
    ['by prefix', ({ reader }: ReturnType<typeof manyVersions>) => reader.page(byPrefix, page)],
    [
      'for updates',
      ({ reader }: ReturnType<typeof manyVersions>) =>
        updatesCollection(reader, updates(distinct), V2_PROPERTIES).read(page),
    ],
    [
      'for updates of one id from many versions',
      ({ reader }: ReturnType<typeof manyVersions>) => {
        const options = updates(Array.from({ length: 500 }, () => 'p'));
        options.set('versions', distinct.map((_, index) => `1.0.${index}`).join('|'));
        return updatesCollection(reader, options, V2_PROPERTIES).read(page);
      },
    ],
  ])('%s is refused when it is over more than 20,000 versions', async (_how, ask) => {
    await expect(ask(manyVersions(300))).rejects.toMatchObject({
      code: 'FF_INVALID_QUERY',
      detail: expect.stringContaining('expected a query over at most 20000 versions'),
    });
  });

  it('is not refused for one id alone, however many versions it has', async () => {
    const { reader } = manyVersions(20_001);
    await expect(reader.page(queryOf("Id eq 'p'"), page)).resolves.toMatchObject({ total: 20_001 });
  });

  it('for updates reads an id once, however often and in whatever case it is named', async () => {
    const { reader, read } = manyVersions(1);
    const options = updates(Array.from({ length: 500 }, (_, index) => (index % 2 === 0 ? 'Same' : 'SAME')));
    await expect(updatesCollection(reader, options, V2_PROPERTIES).read(page)).resolves.toMatchObject({ total: 1 });
    expect(read).toEqual(['same']);
  });
});
