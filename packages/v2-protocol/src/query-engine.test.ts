import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ScannedVersion, VersionScan } from '@feedfleet/store';
import fc from 'fast-check';
import { parseStringPromise } from 'xml2js';
import { compileFilter } from './filter-evaluator.ts';
import { parseFilter } from './filter.ts';
import { comparePlaces, orderKeys, parseOrder } from './order.ts';
import type { PackagePage } from './package-engine.ts';
import { V2_PROPERTIES } from './package-property.ts';
import type { PackageQuery } from './plan.ts';
import { QueryEngine } from './query-engine.ts';
import { SampleFeed } from './sample-feed.ts';
import { sampleMetadata, sampleRow } from './sample-package.ts';
import { parseSkipToken } from './skip-token.ts';

const ALL = { kind: 'all' } as const;
const EVERYTHING = { order: 'id', descending: false, newestFirst: false, ids: ALL, versions: ALL } as const;

function queryOf(filter: string, order: string, more: Partial<PackageQuery> = {}): PackageQuery {
  return {
    id: null,
    text: '',
    filter: filter === '' ? null : parseFilter(filter),
    order: parseOrder(order, V2_PROPERTIES),
    properties: V2_PROPERTIES,
    ...{ includePrerelease: true, includeUnlisted: true, includeSemVer2: false },
    ...more,
  };
}

const nameOf = ({ id, version }: { readonly id: string; readonly version: string }): string => `${id} ${version}`;

describe('the engine', () => {
  let feed: SampleFeed;
  let everyRow: readonly ScannedVersion[];
  const engine = () => feed.engine(AbortSignal.timeout(60_000));

  beforeAll(async () => {
    feed = await SampleFeed.open(parseStringPromise);
    const ids = ['Acme.Core', 'acme.Lib', 'Zeta', 'Beta.Core.Tools', 'b', 'Core'];
    const versions = ['1.0', '1.9.0', '1.10.0', '2.0.0-rc.1', '2.0.0-beta', '3.0.0+build'];
    for (const [row, id] of ids.entries()) {
      for (const version of versions.slice(row % 3)) {
        await feed.push(id, version, { tags: [`tag${row % 2}`, 'common'], title: row === 0 ? '' : `The ${id}` });
      }
    }
    for (const [id, version] of [
      ['Zeta', '3.0.0'],
      ['Zeta', '1.10.0'],
      ['b', '2.0.0-beta'],
      ['Core', '1.10.0'],
    ] as const) {
      await feed.unlist(id, version);
    }
    const { rows } = await feed.scan(EVERYTHING);
    everyRow = rows;
  });
  afterAll(() => feed.close());

  /** What a plain filter and sort of all rows gives. */
  function naive(query: PackageQuery): readonly string[] {
    const test = query.filter === null ? () => true : compileFilter(query.filter, V2_PROPERTIES);
    const place = (row: ScannedVersion) => orderKeys(row, query.order, query);
    return everyRow
      .filter((row) => query.id === null || row.id.toLowerCase() === query.id.toLowerCase())
      .filter((row) => (query.includePrerelease || !row.isPrerelease) && (query.includeUnlisted || row.listed))
      .filter((row) => (query.includeSemVer2 || !row.isSemVer2) && test(row, query))
      .toSorted((left, right) => comparePlaces(place(left), place(right), query.order))
      .map(nameOf);
  }

  /** All pages, each begun where the one before said. */
  async function paged(query: PackageQuery, take: number, withCount: boolean): Promise<readonly string[]> {
    const found: string[] = [];
    let after = null;
    for (let pages = 0; pages < 100; pages += 1) {
      const page: PackagePage = await engine().page(query, { skip: 0, take, after, withCount });
      found.push(...page.rows.map(nameOf));
      if (withCount) expect(page.total).toBe(naive(query).length);
      if (page.next === null) return found;
      if (!('token' in page.next)) throw new Error('a page without a token');
      after = parseSkipToken(page.next.token, query.order);
    }
    throw new Error('pages without end');
  }

  const conditions = fc.constantFrom(
    ...['IsLatestVersion', 'IsAbsoluteLatestVersion eq true', 'not IsPrerelease', 'IsLatestVersion eq false', 'Listed'],
    ...["Id eq 'zeta'", "tolower(Id) eq 'core'", "startswith(Id,'ACME.')", "endswith(Id,'core')", "Id eq 'none'"],
    ...[
      "substringof('core',Id)",
      "substringof('or',tolower(Id))",
      "substringof('tag1',Tags)",
      "substringof(' common ',Tags)",
    ],
    ...["Version eq '1.9'", "NormalizedVersion ge '1.10.0'", "'2.0.0-rc.1' gt Version", "indexof(Id,'e') gt 1"],
    ...["Created gt datetime'2000-01-01'", "Published lt datetime'1950-01-01'", "Title eq 'the b'", 'length(Id) le 4'],
    ...["LastEdited ge datetime'2020-01-01'", "substringof('about',Description)", "concat(Id,Version) ne 'b1.0'"],
  );
  const filters = fc.letrec<{ filter: string }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3 },
      conditions,
      fc
        .tuple(tie('filter'), fc.constantFrom('and', 'or'), tie('filter'))
        .map(([a, word, b]) => `(${a}) ${word} (${b})`),
      tie('filter').map((filter) => `not (${filter})`),
    ),
  })).filter;
  const orders = fc
    .array(
      fc.tuple(
        fc.constantFrom(
          'Id',
          'Version',
          'DownloadCount',
          'Created',
          'Published',
          'LastEdited',
          'Title',
          'Listed',
          'PackageSize',
        ),
        fc.constantFrom('', ' asc', ' desc'),
      ),
      { maxLength: 3 },
    )
    .map((terms) => terms.map((term) => term.join('')).join(','));

  it('gives what a plain filter and sort of all rows gives, however it is paged', async () => {
    const flags = fc.record({
      id: fc.option(fc.constantFrom('Core', 'ZETA', 'none'), { freq: 3 }),
      includePrerelease: fc.boolean(),
      includeUnlisted: fc.boolean(),
      includeSemVer2: fc.boolean(),
    });
    const options = { numRuns: 300 };
    await fc.assert(
      fc.asyncProperty(
        ...([fc.option(filters, { nil: '' }), orders, flags, fc.integer({ min: 1, max: 12 }), fc.boolean()] as const),
        async (filter, order, more, take, withCount) => {
          const query = queryOf(filter, order, more);
          expect(await paged(query, take, withCount)).toEqual(naive(query));
        },
      ),
      options,
    );
  }, 120_000);

  it('leaves out what is skipped', async () => {
    const query = queryOf('not IsPrerelease', 'Id desc');
    const { rows } = await engine().page(query, { skip: 3, take: 4, after: null, withCount: false });
    expect(rows.map(nameOf)).toEqual(naive(query).slice(3, 7));
  });
});

describe('a query over a large feed', () => {
  /** Ids `p0000000` and so on with one version each, that remembers how many were read. */
  function largeFeed(count: number) {
    const read = { rows: 0, asked: 0 };
    const idOf = (index: number) => `p${String(index).padStart(7, '0')}`;
    const scan: VersionScan = {
      scan: (_feedId, _source, { after, limit }) => {
        const start = after === null ? 0 : Number(after.id.slice(1)) + 1;
        const length = Math.min(limit, count - start);
        const rows = Array.from({ length }, (_, index) =>
          sampleRow(sampleMetadata(idOf(start + index), '1.0.0'), { isLatest: true, key: start + index }),
        );
        read.rows += length;
        const end = { id: idOf(start + length - 1), sortKey: '', downloads: 0, instant: '' };
        return Promise.resolve({ rows, examined: length, next: start + length < count ? end : null });
      },
      scanned: (keys) =>
        Promise.resolve(keys.map((key) => sampleRow(sampleMetadata(idOf(key), '1.0.0'), { isLatest: true, key }))),
      idsContaining: () => {
        read.asked += 1;
        return Promise.resolve({ ids: Array.from({ length: 1000 }, (_, index) => idOf(index)), next: 1 });
      },
    };
    const metadata = { list: () => Promise.resolve({ total: count, versions: [] }) };
    // A look at the clock takes a hundredth of a millisecond, however busy the machine is.
    let time = 0;
    const now = (): number => (time += 0.01);
    const engine = (signal = new AbortController().signal) =>
      new QueryEngine({ metadata, versionScan: scan, feedId: 'main', signal, now });
    return { engine, read };
  }
  const page = { skip: 0, take: 100, after: null, withCount: false };

  it('reads little more than a page when an index has the order', async () => {
    const { engine, read } = largeFeed(1_000_000);
    const { rows, next } = await engine().page(queryOf('IsLatestVersion', 'Id'), page);
    expect([rows.length, next]).toEqual([100, { token: "'p0000099','1.0.0'" }]);
    expect(read.rows).toBeLessThan(200);
  });

  it.each(["startswith(Id,'P000000')", "startswith(tolower(Id),'p000000') eq true and not IsPrerelease"])(
    'reads the ids with the prefix and asks no other index for %s',
    async (filter) => {
      const { engine, read } = largeFeed(1_000_000);
      const { rows } = await engine().page(queryOf(`IsLatestVersion and ${filter}`, 'Id'), { ...page, take: 5 });
      expect([rows.length, read.asked]).toEqual([5, 0]);
      expect(read.rows).toBeLessThan(200);
    },
  );

  it('asks for the ids with a text beside the prefix, of which a prefix may have very many', async () => {
    const { engine, read } = largeFeed(10_000);
    const filter = "IsLatestVersion and startswith(Id,'p') and substringof('0009',Id)";
    await engine().page(queryOf(filter, 'Id'), { ...page, take: 1 });
    expect(read.asked).toBeGreaterThan(0);
  });

  it('walks in order when a text is in too many ids', async () => {
    const { engine, read } = largeFeed(1_000_000);
    const { rows } = await engine().page(queryOf("IsLatestVersion and substringof('p00',Id)", 'Id'), page);
    expect([rows.length, read.rows < 200]).toEqual([100, true]);
  });

  it('is refused when its budget is spent, and told what to ask instead', async () => {
    const { engine, read } = largeFeed(1_000_000);
    await expect(engine().page(queryOf("IsLatestVersion and substringof('x',Id)", 'Id'), page)).rejects.toMatchObject({
      code: 'FF_INVALID_QUERY',
      detail: expect.stringMatching(
        /at no more than 50000 versions, got one that needs more; forms that work: Packages\(\)/,
      ),
    });
    expect(read.rows).toBeLessThan(51_000);
  });

  it('ends when its asker goes', async () => {
    const { engine, read } = largeFeed(1_000_000);
    const controller = new AbortController();
    const answer = engine(controller.signal).page(queryOf("endswith(Id,'x')", 'Title'), page);
    setImmediate(() => controller.abort(new Error('gone')));
    await expect(answer).rejects.toThrow('gone');
    expect(read.rows).toBeLessThan(50_000);
  });

  it('lets others have their turn', async () => {
    const { engine } = largeFeed(40_000);
    let turns = 0;
    const count = (): void => {
      turns += 1;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    await engine().page(queryOf("endswith(Id,'9')", 'Title'), page);
    clearImmediate(timer);
    expect(turns).toBeGreaterThan(3);
  });
});
