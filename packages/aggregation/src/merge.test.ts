import { describe, expect, it } from '@jest/globals';
import type { SourceVersion } from '@feedfleet/package-sources';
import fc from 'fast-check';

import type { MergedVersion } from './feed-hierarchy.ts';
import { mergeHits, mergeIds } from './merge-hits.ts';
import { mergeRows } from './merge-rows.ts';
import type { ContextRows } from './merge-rows.ts';
import { mergeVersions } from './merge-versions.ts';
import { SyntheticKeys } from './merged-version.ts';
import { compareRows, inOrder, sourceVersion } from './sample-source.ts';
import type { Steps } from './steps.ts';

const VERSIONS = [
  '1.0',
  '1.0.0',
  '1.0.0.0',
  '1.0.0+build',
  '1.0.1-beta',
  '1.0.1-BETA',
  '1.0.1',
  '2.0.0-rc.1',
  '10.0.0',
  '9.0.0',
];
const IDS = ['alpha', 'Alpha', 'beta', 'BETA', 'gamma', 'delta', 'epsilon'];
const everything = (): boolean => true;

function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

const rowArbitrary = fc
  .record({
    id: fc.constantFrom(...IDS),
    version: fc.constantFrom(...VERSIONS),
    listed: fc.boolean(),
    downloads: fc.nat(100),
  })
  .map(sourceVersion);

/** One context's rows: each version once. */
const contextArbitrary = fc
  .uniqueArray(rowArbitrary, { selector: (row) => `${row.id.toLowerCase()} ${row.sortKey}`, maxLength: 25 })
  .map(inOrder);
const contextsArbitrary = fc.array(contextArbitrary, { minLength: 1, maxLength: 5 });

const nameOf = (row: SourceVersion): string => `${row.id.toLowerCase()} ${row.sortKey}`;

/** The plain model: of each version, the row of the first context that has it. */
function winners(contexts: readonly (readonly SourceVersion[])[]): Map<string, { from: number; row: SourceVersion }> {
  const found = new Map<string, { from: number; row: SourceVersion }>();
  for (const [from, rows] of contexts.entries()) {
    for (const row of rows) if (!found.has(nameOf(row))) found.set(nameOf(row), { from, row });
  }
  return found;
}

function byIds(contexts: readonly (readonly SourceVersion[])[], order = contexts.map((_rows, from) => from)) {
  const ids = [...new Set(IDS.map((id) => id.toLowerCase()))];
  const answers = order.map((from) => ({
    from,
    admits: everything,
    versions: Map.groupBy(contexts[from] ?? [], ({ id }) => id.toLowerCase()),
  }));
  return finish(mergeVersions(ids, answers, new SyntheticKeys()));
}

const plain = (versions: readonly MergedVersion[]): unknown =>
  versions.map(
    ({
      id,
      version,
      from,
      listed,
      isLatest,
      isAbsoluteLatest,
      isLatestSemVer2,
      isAbsoluteLatestSemVer2,
      totalDownloads,
    }) => [
      ...[id, version, from, listed, totalDownloads],
      ...[isLatest, isAbsoluteLatest, isLatestSemVer2, isAbsoluteLatestSemVer2],
    ],
  );

describe('versions of ids from many contexts', () => {
  it('are each once, in the order of NuGet, from the first context that has them', () => {
    fc.assert(
      fc.property(contextsArbitrary, (contexts) => {
        const model = winners(contexts);
        const merged = [...byIds(contexts).values()].flat();
        expect(new Map(merged.map((version) => [nameOf(version), version.from]))).toEqual(
          new Map([...model].map(([name, { from }]) => [name, from])),
        );
        for (const versions of byIds(contexts).values()) {
          expect(versions.map((version) => version.version)).toEqual(
            versions.toSorted(compareRows).map(({ version }) => version),
          );
          expect(new Set(versions.map(({ totalDownloads }) => totalDownloads)).size).toBe(1);
        }
        const keys = merged.map(({ key }) => key);
        expect(new Set(keys).size).toBe(keys.length);
        expect(keys.every((key) => key < 0)).toBe(true);
      }),
    );
  });

  it('do not depend on who answers first', () => {
    fc.assert(
      fc.property(
        contextsArbitrary.chain((contexts) =>
          fc.record({
            contexts: fc.constant(contexts),
            order: fc.shuffledSubarray(
              contexts.map((_rows, at) => at),
              { minLength: contexts.length },
            ),
          }),
        ),
        ({ contexts, order }) => {
          const usual = [...byIds(contexts)].map(([id, versions]) => [id, plain(versions)]);
          expect([...byIds(contexts, order)].map(([id, versions]) => [id, plain(versions)])).toEqual(usual);
        },
      ),
    );
  });

  it('have one latest of each kind, the newest listed one of all contexts', () => {
    const core = (version: string, listed = true): SourceVersion => sourceVersion({ id: 'Core', version, listed });
    const contexts = [
      [core('1.0.0'), core('1.2.0', false)],
      [core('1.1.0'), core('1.2.0'), core('2.0.0-rc')],
    ];
    const merged = finish(
      mergeVersions(
        ['core'],
        contexts.map((rows, from) => ({ from, admits: everything, versions: new Map([['core', rows]]) })),
        new SyntheticKeys(),
      ),
    ).get('core');
    const flagged = (flag: 'isLatest' | 'isAbsoluteLatest') =>
      merged?.filter((version) => version[flag]).map(({ version }) => version);
    expect(flagged('isLatest')).toEqual(['1.1.0']);
    expect(flagged('isAbsoluteLatest')).toEqual(['2.0.0-rc']);
  });
});

const compare = (left: MergedVersion, right: MergedVersion): number =>
  left.downloads === right.downloads ? compareRows(left, right) : right.downloads - left.downloads;

/** What a context answers to a query after latest versions. */
const newestOf = (rows: readonly SourceVersion[]): readonly SourceVersion[] => [
  ...new Map(inOrder(rows).map((row) => [row.id.toLowerCase(), row])).values(),
];

function pageOf(contexts: readonly (readonly SourceVersion[])[], take: number, distinct: 'version' | 'id') {
  const told = contexts.map((all, from): ContextRows => {
    const rows = distinct === 'id' ? newestOf(all) : all;
    const sorted = rows.toSorted((left, right) =>
      left.downloads === right.downloads ? compareRows(left, right) : right.downloads - left.downloads,
    );
    const common = { from, admits: everything, isTotalExact: true, total: rows.length };
    return { ...common, rows: sorted.slice(0, take), hasMore: rows.length > take };
  });
  return finish(mergeRows(told, { order: { compare, distinct }, take, keys: new SyntheticKeys() }));
}

describe('ordered rows of many contexts', () => {
  it('are the same on many small pages as on one large one', () => {
    fc.assert(
      fc.property(
        contextsArbitrary,
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom('version', 'id'),
        (contexts, size, distinct) => {
          const whole = pageOf(contexts, 1000, distinct);
          expect(whole.hasMore).toBe(false);
          expect([whole.isExact, whole.total]).toEqual([true, whole.items.length]);
          const name = distinct === 'id' ? ({ id }: MergedVersion) => id.toLowerCase() : nameOf;
          const paged: string[] = [];
          for (let hasMore = true; hasMore;) {
            const page = pageOf(contexts, paged.length + size, distinct);
            expect(page.items.slice(0, paged.length).map(name)).toEqual(paged);
            expect(page.items.length > paged.length || !page.hasMore).toBe(true);
            paged.push(...page.items.slice(paged.length).map(name));
            hasMore = page.hasMore;
          }
          expect(paged).toEqual(whole.items.map(name));
        },
      ),
    );
  });

  it('hold each version once, the first context wins; or each id once, the newest wins', () => {
    fc.assert(
      fc.property(contextsArbitrary, (contexts) => {
        const model = winners(contexts);
        const rows = pageOf(contexts, 1000, 'version').items;
        expect(new Map(rows.map((row) => [nameOf(row), row.from]))).toEqual(
          new Map([...model].map(([name, { from }]) => [name, from])),
        );
        const newest = new Map<string, string>();
        for (const { row } of model.values()) {
          const id = row.id.toLowerCase();
          if ((newest.get(id) ?? '') < row.sortKey) newest.set(id, row.sortKey);
        }
        const ids = pageOf(contexts, 1000, 'id').items;
        expect(new Map(ids.map((row) => [row.id.toLowerCase(), row.sortKey]))).toEqual(newest);
      }),
    );
  });

  it('end with a source that gives less than it was asked for, and says that it has more', () => {
    const rows = ['1.0.0', '2.0.0'].map((version) => sourceVersion({ id: 'Core', version }));
    const common = { admits: everything, isTotalExact: true };
    const told: ContextRows[] = [
      { ...common, from: 0, total: 1, rows: [sourceVersion({ id: 'Zeta', version: '1.0.0' })], hasMore: false },
      { ...common, from: 1, total: null, rows, hasMore: true },
    ];
    const page = finish(
      mergeRows(told, { order: { compare, distinct: 'version' }, take: 10, keys: new SyntheticKeys() }),
    );
    expect(page.items.map(({ id, version }) => `${id} ${version}`)).toEqual(['Core 1.0.0', 'Core 2.0.0', 'Zeta 1.0.0']);
    expect([page.hasMore, page.isExact]).toEqual([false, false]);
  });
});

function hitsOf(contexts: readonly (readonly SourceVersion[])[], take: number) {
  const told = contexts.map((rows, from) => {
    const hits = [...Map.groupBy(rows, ({ id }) => id.toLowerCase())].map(([id, versions]) => ({ id, versions }));
    return { from, total: hits.length, hits: hits.slice(0, take), admits: everything, isTotalExact: true };
  });
  return finish(mergeHits(told, new SyntheticKeys()));
}

describe('hits of many contexts', () => {
  it('keep their order while a client pages through them, and are each once', () => {
    fc.assert(
      fc.property(contextsArbitrary, fc.integer({ min: 1, max: 6 }), (contexts, take) => {
        const whole = hitsOf(contexts, 1000);
        const ids = whole.items.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        expect(
          hitsOf(contexts, take)
            .items.slice(0, take)
            .map(({ id }) => id),
        ).toEqual(ids.slice(0, take));
        expect([whole.isExact, whole.total]).toEqual([true, ids.length]);
        expect(hitsOf(contexts, take).total).toBeGreaterThanOrEqual(Math.min(take, ids.length));
      }),
    );
  });

  it('are counted exactly where one context alone has any', () => {
    const rows = IDS.slice(0, 1).map((id) => sourceVersion({ id, version: '1.0.0' }));
    const hits = [{ id: 'alpha', versions: rows }];
    const common = { admits: everything, isTotalExact: true };
    const merged = finish(
      mergeHits(
        [
          { ...common, from: 0, total: 0, hits: [] },
          { ...common, from: 1, total: 700, hits },
        ],
        new SyntheticKeys(),
      ),
    );
    expect([merged.total, merged.isExact]).toEqual([700, true]);
  });

  it('are taken from each context in turn', () => {
    const ids = (from: number, ...names: string[]) => ({
      from,
      ids: names,
      total: names.length,
      admits: everything,
      isTotalExact: true,
    });
    expect(mergeIds([ids(1, 'b1', 'Shared', 'b3'), ids(0, 'a1', 'a2', 'shared')]).items).toEqual([
      'a1',
      'b1',
      'a2',
      'Shared',
      'b3',
    ]);
  });
});
