/**
 * Runs plans: pulls rows from the store in chunks, tries the filter on each, and stops when the page is full or the budget is.
 *
 * The store answers at once: between its chunks, and after every few milliseconds of filtering, others get their turn, or one
 * query would hold up the whole process.
 */
import { ProblemError } from '@feedfleet/problems';
import type { MetadataStore, ScanPosition, SubstringMatch, VersionScan, VersionSource } from '@feedfleet/store';
import { compileFilter } from './filter-evaluator.ts';
import type { RowTest } from './filter-evaluator.ts';
import type { OrderKey, OrderKeys, OrderTerm } from './order.ts';
import type { ChunkStart, PackageEngine, PackagePage, PageRequest } from './package-engine.ts';
import type { PackageProperty, PackageRow } from './package-property.ts';
import { planQuery } from './plan.ts';
import type { ListShape, PackageQuery, PlannedSource, ScanPlan } from './plan.ts';
import { QueryBudget, tooMuch } from './query-budget.ts';
import { skipTokenOf } from './skip-token.ts';
import { TopRows } from './top-rows.ts';

/** Ids of which a substring or a word is known; with more, they are so many that a walk in order meets them soon. */
const MAX_CANDIDATES = 5000;
/** Most ids that have the words of a search which a filter narrows further. */
const MAX_WORD_IDS = 10_000;
const MAX_CHUNK = 500;
const MIN_CHUNK = 32;

export interface QueryEngineOptions {
  readonly metadata: Pick<MetadataStore, 'list'>;
  readonly versionScan: VersionScan;
  readonly feedId: string;
  readonly signal: AbortSignal;
  /** Rows that do not pass do not exist. Default: all pass. */
  readonly admits?: (row: PackageRow) => boolean;
  /** Milliseconds of a clock that never goes back; the system's by default. */
  readonly now?: () => number;
}

interface Reading {
  readonly query: PackageQuery;
  readonly test: RowTest;
  readonly page: PageRequest;
}

interface Found {
  readonly rows: readonly PackageRow[];
  readonly count: number;
}

const EMPTY: PackagePage = { total: 0, rows: [], next: null };

/** Reads one feed for one request. */
export class QueryEngine implements PackageEngine {
  readonly #metadata: Pick<MetadataStore, 'list'>;
  readonly #scan: VersionScan;
  readonly #feedId: string;
  readonly #signal: AbortSignal;
  readonly #admits: QueryEngineOptions['admits'];
  readonly #budget: QueryBudget;

  constructor({ metadata, versionScan, feedId, signal, admits, now }: QueryEngineOptions) {
    this.#metadata = metadata;
    this.#scan = versionScan;
    this.#feedId = feedId;
    this.#signal = signal;
    this.#admits = admits;
    this.#budget = new QueryBudget(signal, now);
  }

  /** @throws ProblemError `FF_INVALID_QUERY` when the filter is wrong or no index serves the query within the budget. */
  async page(query: PackageQuery, page: PageRequest): Promise<PackagePage> {
    const test = rowTestOf(query, this.#admits);
    const plan = planQuery(query);
    switch (plan.kind) {
      case 'nothing':
        return EMPTY;
      case 'refused':
        throw new ProblemError('invalidQuery', { detail: plan.detail });
      case 'scan':
        // No list of the store knows which rows are admitted.
        return this.#planned(this.#admits === undefined ? plan : { ...plan, whole: undefined }, { query, test, page });
    }
  }

  /** All rows of a source, in chunks, within the budget. */
  async *chunks(
    source: VersionSource,
    { after = null, first = MAX_CHUNK }: ChunkStart = {},
  ): AsyncGenerator<readonly PackageRow[]> {
    let position = after;
    let limit = Math.min(Math.max(first, 1), MAX_CHUNK);
    do {
      const scanned = this.#scan.scan(this.#feedId, source, { after: position, limit }, { signal: this.#signal });
      const chunk = await this.#budget.waited(scanned);
      this.#budget.spend(chunk.examined);
      yield chunk.rows;
      position = chunk.next;
      limit = Math.min(Math.max(2 * limit, MIN_CHUNK), MAX_CHUNK);
      await this.#budget.pause();
    } while (position !== null);
  }

  /** Rows that were scanned, as a page of them is shown. */
  async complete(rows: readonly PackageRow[]): Promise<readonly PackageRow[]> {
    const complete: PackageRow[] = [];
    for (let start = 0; start < rows.length; start += MAX_CHUNK) {
      if (start > 0) await this.#budget.pause();
      const keys = rows.slice(start, start + MAX_CHUNK).map(({ key }) => key);
      const scanned = this.#scan.scanned(keys, { fragment: 'v2-entry', signal: this.#signal });
      complete.push(...(await this.#budget.waited(scanned)));
    }
    return complete;
  }

  /** Each id is found by its index when it is scanned. */
  prepare(): Promise<void> {
    return Promise.resolve();
  }

  /** Gives others their turn when this request has worked for some milliseconds. */
  pause(): Promise<void> {
    return this.#budget.pause();
  }

  /** Waits for others, which is no work of this request. */
  waited<T>(pending: Promise<T>): Promise<T> {
    return this.#budget.waited(pending);
  }

  async #planned(plan: ScanPlan, reading: Reading): Promise<PackagePage> {
    const { query, page } = reading;
    // What only counting finds, counting finds best.
    const list = page.after === null && (query.text !== '' || page.skip > 0) ? listOf(plan) : undefined;
    if (list !== undefined) return this.#listed(list, page);
    const narrowed = await this.#narrowed(plan, query, page);
    return narrowed === null ? EMPTY : this.#scanned(narrowed, reading);
  }

  async #listed(list: ListShape, { skip, take }: PageRequest): Promise<PackagePage> {
    const options = { fragment: 'v2-entry', signal: this.#signal } as const;
    const { total, versions } = await this.#metadata.list(this.#feedId, { ...list, skip, take }, options);
    const end = skip + versions.length;
    return { total, rows: versions, next: versions.length > 0 && end < total ? { skip: end } : null };
  }

  async #scanned(plan: ScanPlan, reading: Reading): Promise<PackagePage> {
    const { query, page } = reading;
    const { skip, take, after, withCount } = page;
    const known = withCount && plan.whole !== undefined ? await this.#countOf(plan.whole) : null;
    const isCounted = !withCount || known !== null;
    if (isCounted && take === 0) return { total: known, rows: [], next: null };
    const wanted = take === 0 ? 0 : skip + take + 1;
    const found =
      plan.isOrdered && isCounted
        ? await this.#first(plan, reading, wanted)
        : await this.#every(plan, reading, new TopRows(wanted, { terms: query.order, viewpoint: query, after }));
    const rows = found.rows.slice(skip, skip + take);
    const last = found.rows.length > skip + take ? rows.at(-1) : undefined;
    return {
      total: withCount ? (known ?? found.count) : null,
      rows: await this.complete(rows),
      next: last === undefined ? null : { token: skipTokenOf(last, query.order, query) },
    };
  }

  async #countOf(list: ListShape): Promise<number> {
    const { total } = await this.#metadata.list(this.#feedId, { ...list, skip: 0, take: 0 }, { signal: this.#signal });
    return total;
  }

  /** The first matches of sources that have the wanted order. */
  async #first(plan: ScanPlan, { query, test, page }: Reading, wanted: number): Promise<Found> {
    const rows: PackageRow[] = [];
    const start = page.after === null ? null : positionOf(page.after, query.order);
    const first = query.filter === null ? wanted : Math.max(wanted, MIN_CHUNK);
    for (const [index, planned] of sourcesFrom(plan.sources, page.after).entries()) {
      if (planned.listed === false && !(await this.#hasUnlisted())) continue;
      for await (const chunk of this.chunks(planned.source, { after: index === 0 ? start : null, first })) {
        for (const row of chunk) {
          if (this.#budget.isDue()) await this.#budget.pause();
          if (isOf(planned, row) && test(row, query)) rows.push(row);
          if (rows.length >= wanted) return { rows, count: rows.length };
        }
      }
    }
    return { rows, count: rows.length };
  }

  /** All matches counted, the first ones kept. */
  async #every(plan: ScanPlan, { query, test }: Reading, top: TopRows): Promise<Found> {
    let count = 0;
    for (const planned of plan.sources) {
      for await (const chunk of this.chunks(planned.source)) {
        for (const row of chunk) {
          if (this.#budget.isDue()) await this.#budget.pause();
          if (!isOf(planned, row) || !test(row, query)) continue;
          count += 1;
          top.add(row);
        }
      }
    }
    return { rows: top.rows(), count };
  }

  /**
   * With words or substrings, the plan over the ids that may match; as it was when these are too many.
   *
   * @returns null when no id can match.
   */
  async #narrowed(plan: ScanPlan, query: PackageQuery, page: PageRequest): Promise<ScanPlan | null> {
    if (query.text !== '') {
      const ids = await this.#idsWithWords(query.text);
      return overIds(plan, query, ids);
    }
    if (plan.substrings === undefined) return plan;
    const limit = plan.isOrdered && !page.withCount ? MAX_CANDIDATES : this.#budget.rest;
    const ids = await this.#idsContaining(plan.substrings, limit);
    return ids === undefined ? plan : overIds(plan, query, ids);
  }

  async #idsContaining(match: SubstringMatch, limit: number): Promise<readonly string[] | undefined> {
    const ids: string[] = [];
    for (let after: number | null = 0; after !== null;) {
      const chunk = await this.#scan.idsContaining(this.#feedId, match, { after, limit: 1000 });
      ids.push(...chunk.ids);
      if (ids.length > limit) return undefined;
      after = chunk.next;
      await this.#budget.pause();
    }
    return ids.toSorted();
  }

  /** Ids with listed versions that have the words. */
  async #idsWithWords(text: string): Promise<readonly string[]> {
    const shape = {
      versions: 'latest',
      includePrerelease: true,
      includeSemVer2: true,
      includeUnlisted: false,
    } as const;
    const ids: string[] = [];
    for (;;) {
      const query = { ...shape, text, skip: ids.length, take: 1000 };
      const { total, versions } = await this.#metadata.list(this.#feedId, query, { signal: this.#signal });
      if (total > MAX_WORD_IDS) throw tooMuch(`words that at most ${MAX_WORD_IDS} ids have`, String(total));
      ids.push(...versions.map(({ id }) => id.toLowerCase()));
      if (versions.length === 0 || ids.length >= total) return ids.toSorted();
      await this.#budget.pause();
    }
  }

  async #hasUnlisted(): Promise<boolean> {
    const shape = { versions: 'all', includePrerelease: true, includeSemVer2: true, text: '' } as const;
    const all = await this.#countOf({ ...shape, includeUnlisted: true });
    return all > (await this.#countOf({ ...shape, includeUnlisted: false }));
  }
}

/** The list of which the page is a part, when it is in the order of the list. */
function listOf({ whole, isOrdered, sources }: ScanPlan): ListShape | undefined {
  const source = sources[0]?.source;
  if (whole === undefined || !isOrdered || source?.order !== 'id' || source.descending) return undefined;
  return source.newestFirst && whole.versions === 'all' ? undefined : whole;
}

/** The same plan over some ids. */
function overIds(plan: ScanPlan, query: PackageQuery, ids: readonly string[]): ScanPlan | null {
  const source = plan.sources[0]?.source;
  if (ids.length === 0 || source === undefined) return null;
  const isById = source.order === 'id' && plan.sources.length === 1;
  const { descending, newestFirst } = isById ? source : { descending: false, newestFirst: false };
  const versions = 'versions' in source ? source.versions : ({ kind: 'all' } as const);
  return {
    ...plan,
    sources: [{ source: { order: 'id', descending, newestFirst, ids: { kind: 'named', ids }, versions } }],
    isOrdered: plan.isOrdered && isById,
    // No row knows the words of a search; the list does.
    whole: query.text === '' ? undefined : plan.whole,
  };
}

function isOf({ listed }: PlannedSource, row: PackageRow): boolean {
  return listed === undefined || listed === row.listed;
}

/** The source in which a place is, and those behind it. */
function sourcesFrom(sources: readonly PlannedSource[], after: OrderKeys | null): readonly PlannedSource[] {
  const listed = !String(after?.[0] ?? '').startsWith('1900-01-01');
  const start =
    after === null ? 0 : sources.findIndex((planned) => planned.listed === undefined || planned.listed === listed);
  return start < 0 ? [] : sources.slice(start);
}

function positionOf(place: OrderKeys, terms: readonly OrderTerm[]): ScanPosition {
  const keyOf = (type: PackageProperty['type']): OrderKey | undefined =>
    place[terms.findIndex(({ property }) => property.type === type)];
  const [id, sortKey] = place.slice(-2);
  return {
    id: String(id),
    sortKey: String(sortKey),
    downloads: Number(keyOf('number') ?? 0),
    instant: String(keyOf('instant') ?? ''),
  };
}

function rowTestOf(query: PackageQuery, admits: QueryEngineOptions['admits']): RowTest {
  const { filter, includePrerelease, includeUnlisted, includeSemVer2 } = query;
  const test = filter === null ? () => true : compileFilter(filter, query.properties);
  return (row, viewpoint) =>
    (includePrerelease || !row.isPrerelease) &&
    (includeUnlisted || row.listed) &&
    (includeSemVer2 || !row.isSemVer2) &&
    (admits === undefined || admits(row)) &&
    test(row, viewpoint);
}
