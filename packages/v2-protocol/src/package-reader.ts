/**
 * Runs a plan against the store.
 *
 * The store answers at once: between its answers others get their turn, or one query would hold up the whole process.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ProblemError } from '@feedfleet/problems';
import type { MetadataStore, StoredVersion } from '@feedfleet/store';
import { normalizeVersion, parseVersion } from '@feedfleet/versioning';
import { compileFilter } from './filter-evaluator.ts';
import { sortRows } from './order.ts';
import { planQuery } from './plan.ts';
import type { ListShape, PackageQuery, Plan } from './plan.ts';

/** Most versions that one query walks over, and most ids behind one prefix. */
const MAX_WALKED_VERSIONS = 10_000;
/** Most versions that one query over several ids reads; an id alone is served whatever it has. */
const MAX_READ_VERSIONS = 20_000;
const MAX_PREFIX_IDS = 1000;
const WALK_BATCH = 1000;
/** How long a filter runs before others get their turn, in milliseconds. */
const SLICE_MS = 5;

export interface PageRequest {
  readonly skip: number;
  readonly take: number;
}

export interface PackagePage {
  /** All matches, not only those on this page. */
  readonly total: number;
  readonly rows: readonly StoredVersion[];
}

export interface IdVersions {
  /** In lower case. */
  readonly id: string;
  /** Ascending, without fragments. */
  readonly versions: readonly StoredVersion[];
}

/** What reading needs of the store. */
type PackageSource = Pick<MetadataStore, 'idsStartingWith' | 'list' | 'version' | 'versionsOf'>;

export interface PackageReaderOptions {
  readonly metadata: PackageSource;
  readonly feedId: string;
  readonly signal: AbortSignal;
}

/** Reads one feed for one request. */
export class PackageReader {
  readonly #metadata: PackageSource;
  readonly #feedId: string;
  readonly #signal: AbortSignal;

  constructor({ metadata, feedId, signal }: PackageReaderOptions) {
    this.#metadata = metadata;
    this.#feedId = feedId;
    this.#signal = signal;
  }

  /** @throws ProblemError `FF_INVALID_QUERY` when the filter is wrong or no index serves the query. */
  async page(query: PackageQuery, page: PageRequest): Promise<PackagePage> {
    const test = query.filter === null ? () => true : compileFilter(query.filter, query.properties);
    const plan = planQuery(query);
    if (plan.kind === 'page') return this.#listed(plan.list, page);
    const rows = await this.#candidates(plan);
    // Ids of which nothing is listed are not found by prefix, so neither is what else is unlisted.
    const visible = plan.kind === 'prefix' ? { ...query, includeUnlisted: false } : query;
    const matches = await this.matching(rows, (row) => isVisible(row, visible) && test(row, query));
    const sorted = sortRows(matches, query.order, query);
    const isMostOfIt = Math.min(page.take, sorted.length - page.skip) * 2 >= rows.length;
    // A walk does not have all versions of its ids: reading them all could be far more than the page.
    if (plan.kind === 'walk' || !isMostOfIt) return this.pageOf(sorted, page);
    return {
      total: sorted.length,
      rows: await this.#withFragmentsOfIds(sorted.slice(page.skip, page.skip + page.take)),
    };
  }

  /** The rows that pass, in their order. A filter over long texts takes its time, and takes it in slices. */
  async matching(rows: readonly StoredVersion[], test: (row: StoredVersion) => boolean): Promise<StoredVersion[]> {
    const found: StoredVersion[] = [];
    let sliceEndsAt = performance.now() + SLICE_MS;
    for (const row of rows) {
      if (performance.now() > sliceEndsAt) {
        await nextTurn();
        this.#signal.throwIfAborted();
        sliceEndsAt = performance.now() + SLICE_MS;
      }
      if (test(row)) found.push(row);
    }
    return found;
  }

  /** A page of rows that were read without fragments, with them, read one by one. */
  async pageOf(rows: readonly StoredVersion[], { skip, take }: PageRequest): Promise<PackagePage> {
    const wanted = rows.slice(skip, skip + take);
    return { total: rows.length, rows: await Promise.all(wanted.map((row) => this.#withFragment(row))) };
  }

  /** @returns undefined for what is no version, too. */
  async version(id: string, version: string): Promise<StoredVersion | undefined> {
    const parsed = parseVersion(version);
    if (parsed === undefined) return undefined;
    const options = { fragment: 'v2-entry', signal: this.#signal } as const;
    return this.#metadata.version(this.#feedId, id, normalizeVersion(parsed), options);
  }

  /** All versions of one id, ascending, without fragments. */
  async versionsOf(id: string): Promise<readonly StoredVersion[]> {
    this.#signal.throwIfAborted();
    return this.#metadata.versionsOf(this.#feedId, id, { signal: this.#signal });
  }

  /**
   * All versions of each distinct id, as `versionsOf` gives them; an id that is named again counts again.
   *
   * @throws ProblemError `FF_INVALID_QUERY` when that is too much for one query.
   */
  async *versionsOfEach(ids: readonly string[]): AsyncGenerator<IdVersions> {
    const uses = new Map<string, number>();
    for (const id of ids) uses.set(id.toLowerCase(), (uses.get(id.toLowerCase()) ?? 0) + 1);
    let total = 0;
    for (const [index, [id, count]] of [...uses].entries()) {
      if (index > 0) await nextTurn();
      const versions = await this.versionsOf(id);
      total += versions.length * count;
      if (total > MAX_READ_VERSIONS && ids.length > 1) {
        throw tooMany(`a query over at most ${MAX_READ_VERSIONS} versions`, total);
      }
      yield { id, versions };
    }
  }

  async #candidates(plan: Exclude<Plan, { kind: 'page' }>): Promise<readonly StoredVersion[]> {
    switch (plan.kind) {
      case 'nothing':
        return [];
      case 'ids':
        return this.#versionsOfAll(plan.ids);
      case 'prefix':
        return this.#versionsOfAll(await this.#idsStartingWith(plan.prefix));
      case 'walk':
        return this.#walk(plan.list);
      case 'refused':
        throw new ProblemError('invalidQuery', { detail: plan.detail });
    }
  }

  async #listed(list: ListShape, page: PageRequest): Promise<PackagePage> {
    const options = { fragment: 'v2-entry', signal: this.#signal } as const;
    const { total, versions } = await this.#metadata.list(this.#feedId, { ...list, ...page }, options);
    return { total, rows: versions };
  }

  async #versionsOfAll(ids: readonly string[]): Promise<readonly StoredVersion[]> {
    const rows: StoredVersion[] = [];
    for await (const { versions } of this.versionsOfEach(ids.toSorted())) {
      for (const row of versions) rows.push(row);
    }
    return rows;
  }

  async #idsStartingWith(prefix: string): Promise<readonly string[]> {
    const everything = { includePrerelease: true, includeSemVer2: true, packageType: null, skip: 0 };
    const query = { ...everything, take: MAX_PREFIX_IDS };
    const { total, ids } = await this.#metadata.idsStartingWith(this.#feedId, prefix, query);
    if (total > MAX_PREFIX_IDS) throw tooMany(`a prefix of at most ${MAX_PREFIX_IDS} ids`, total);
    return ids.map((id) => id.toLowerCase());
  }

  async #walk(list: ListShape): Promise<readonly StoredVersion[]> {
    const rows: StoredVersion[] = [];
    for (;;) {
      this.#signal.throwIfAborted();
      const query = { ...list, skip: rows.length, take: WALK_BATCH };
      const { total, versions } = await this.#metadata.list(this.#feedId, query, { signal: this.#signal });
      if (total > MAX_WALKED_VERSIONS) throw tooMany(`a query over at most ${MAX_WALKED_VERSIONS} versions`, total);
      rows.push(...versions);
      if (versions.length === 0 || rows.length >= total) return rows;
      await nextTurn();
    }
  }

  /** One read an id. Many times faster than one a version: `FindPackagesById()` is what every restore asks. */
  async #withFragmentsOfIds(rows: readonly StoredVersion[]): Promise<readonly StoredVersion[]> {
    const options = { fragment: 'v2-entry', signal: this.#signal } as const;
    const ids = new Set(rows.map(({ id }) => id.toLowerCase()));
    const found = new Map<string, StoredVersion>();
    for (const id of ids) {
      if (found.size > 0) await nextTurn();
      this.#signal.throwIfAborted();
      for (const row of await this.#metadata.versionsOf(this.#feedId, id, options)) found.set(keyOf(row), row);
    }
    return rows.map((row) => found.get(keyOf(row)) ?? row);
  }

  /** The row itself when the version went away in between: its entry is rendered from metadata. */
  async #withFragment(row: StoredVersion): Promise<StoredVersion> {
    const options = { fragment: 'v2-entry', signal: this.#signal } as const;
    return (await this.#metadata.version(this.#feedId, row.id, row.normalizedVersion, options)) ?? row;
  }
}

function keyOf({ id, normalizedVersion }: StoredVersion): string {
  return `${id}/${normalizedVersion}`.toLowerCase();
}

function isVisible(row: StoredVersion, query: PackageQuery): boolean {
  return (
    (query.includePrerelease || !row.isPrerelease) &&
    (query.includeUnlisted || row.listed) &&
    (query.includeSemVer2 || !row.isSemVer2)
  );
}

function tooMany(expected: string, got: number): ProblemError {
  return new ProblemError('invalidQuery', {
    detail: `expected ${expected}, got ${got}; narrow it, name fewer ids, or ask Search()?searchTerm='x'`,
  });
}
