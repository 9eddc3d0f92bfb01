/**
 * Search and completion in one feed of the own store, of which the asker may see a part: what does not come through is neither counted
 * nor takes a place.
 */
import type { SourceHit, SourceHits, SourceIds, SourceSearch, SourceVersion } from '@feedfleet/package-sources';
import { ProblemError } from '@feedfleet/problems';
import type { FoundVersion, SearchHit, SearchPage, SearchQuery, StoredVersion } from '@feedfleet/store';
import { isPrerelease, parseVersion } from '@feedfleet/versioning';

import { olderVersion } from './older-version.ts';
import { PathFilters } from './path-filters.ts';
import type { Slices } from './slices.ts';
import type { StorePorts, StoreRows } from './store-rows.ts';

/** Most ids that are given, and most of a text search that are looked at: as many as a search finds. */
export const MAX_TAKE = 4000;
/** Most ids that are looked at for a part of a whole feed. */
const MAX_BROWSED = 100_000;
/** Hits and ids of one read. */
const PER_READ = 1000;
/** Versions of all hits together; hits behind them tell their newest one alone. */
const MAX_HIT_VERSIONS = 50_000;

interface SearchParts {
  readonly ports: StorePorts;
  readonly rows: StoreRows;
  readonly feedId: string;
  readonly signal: AbortSignal;
  readonly slices: Slices;
}

/** Ids of a page, and how many there are in all. */
interface FoundIds {
  readonly total: number;
  readonly ids: readonly string[];
}

export class StoreSearch {
  readonly #parts: SearchParts;
  readonly #query: SourceSearch;
  readonly #filters: PathFilters | undefined;
  readonly #take: number;

  constructor(parts: SearchParts, query: SourceSearch) {
    const filters = PathFilters.of(query.filters);
    const includePrerelease = query.includePrerelease && filters?.letPrereleases !== false;
    this.#parts = parts;
    this.#query = { ...query, includePrerelease };
    this.#filters = filters;
    this.#take = Math.min(query.take, MAX_TAKE);
  }

  async hits(): Promise<SourceHits> {
    if (this.#filters !== undefined && this.#isBrowsing()) return this.#browsedHits(this.#filters);
    const taken: SearchHit[] = [];
    let total = 0;
    let counted = 0;
    for await (const page of this.#pages()) {
      total = page.total;
      for (const hit of page.hits) {
        const versions = this.#admitted(hit.id, hit.versions);
        if (versions.length === 0) continue;
        counted += 1;
        if (taken.length < this.#take) taken.push({ ...hit, versions });
      }
    }
    return { total: this.#filters === undefined ? total : counted, hits: await this.#told(taken) };
  }

  async ids(): Promise<SourceIds> {
    const filters = this.#filters;
    if (filters !== undefined && this.#isBrowsing()) return this.#browsedIds(filters);
    const { metadata } = this.#parts.ports;
    const most = filters === undefined ? this.#take : MAX_TAKE;
    const found: string[] = [];
    let total: number;
    let looked = 0;
    do {
      const take = Math.min(PER_READ, most - looked);
      const page = await metadata.completeIds(this.#parts.feedId, this.#searchQuery(looked, take));
      found.push(...(filters === undefined ? page.ids : page.ids.filter((id) => this.#admitsId(filters, id))));
      ({ total } = page);
      looked += take;
      if (this.#parts.slices.isDue()) await this.#parts.slices.turn();
    } while (looked < Math.min(most, total));
    return { total: filters === undefined ? total : found.length, ids: found.slice(0, this.#take) };
  }

  /** Everything is asked for, the most downloaded first. */
  #isBrowsing(): boolean {
    return this.#query.text.trim() === '' && this.#query.packageType === null;
  }

  #searchQuery(skip: number, take: number): SearchQuery {
    const { text, packageType, includePrerelease, includeSemVer2 } = this.#query;
    return { text, packageType, includePrerelease, includeSemVer2, skip, take };
  }

  /** Hits in order: as many as are taken, or all of them when some are left out. */
  async *#pages(): AsyncGenerator<SearchPage> {
    const { ports, feedId, signal, slices } = this.#parts;
    const most = this.#filters === undefined ? this.#take : MAX_TAKE;
    let looked = 0;
    for (;;) {
      const take = Math.min(PER_READ, most - looked);
      const page = await ports.metadata.search(feedId, this.#searchQuery(looked, take), { signal });
      yield page;
      looked += take;
      if (looked >= Math.min(most, page.total)) return;
      if (slices.isDue()) await slices.turn();
    }
  }

  /** The hits, with as many of their older versions as all of them may have. */
  async #told(found: readonly SearchHit[]): Promise<readonly SourceHit[]> {
    const { rows, slices } = this.#parts;
    const newest = await rows.told(await this.#newestOf(found));
    const hits: SourceHit[] = [];
    let count = 0;
    for (const [index, version] of newest.entries()) {
      const versions = found[index]?.versions ?? [];
      count += versions.length;
      const older = count > MAX_HIT_VERSIONS ? [] : versions.slice(0, -1);
      const told = older.flatMap((each) => olderVersion(version, each) ?? []);
      hits.push({ id: version.id, versions: [...told, version] });
      if (slices.isDue()) await slices.turn();
    }
    return hits;
  }

  /** Of each hit the whole of the newest version that comes through, which need not be the newest of all. */
  async #newestOf(found: readonly SearchHit[]): Promise<readonly StoredVersion[]> {
    const { ports, feedId, signal } = this.#parts;
    const rows: StoredVersion[] = [];
    for (const { id, newest, versions } of found) {
      const { normalizedVersion = '' } = versions.at(-1) ?? {};
      const isNewest = newest.normalizedVersion === normalizedVersion;
      const row = isNewest ? newest : await ports.metadata.version(feedId, id, normalizedVersion, { signal });
      if (row === undefined) throw new ProblemError('storeUnavailable', { detail: 'a version was deleted meanwhile' });
      rows.push(row);
    }
    return rows;
  }

  async #browsedHits(filters: PathFilters): Promise<SourceHits> {
    const { total, ids } = await this.#browsedIds(filters);
    const byId = await this.#parts.rows.byId(ids.map((id) => id.toLowerCase()));
    const hits = ids.flatMap((id) => {
      const versions = this.#admitted(
        id,
        (byId.get(id.toLowerCase()) ?? []).filter((each) => this.#isMeant(each)),
      );
      return versions.length === 0 ? [] : [{ id, versions }];
    });
    return { total, hits };
  }

  /** Of a whole feed, in the order of downloads. */
  async #browsedIds(filters: PathFilters): Promise<FoundIds> {
    const { includePrerelease, includeSemVer2 } = this.#query;
    const versions = { kind: 'latest', includePrerelease, includeSemVer2 } as const;
    const ids: string[] = [];
    let total = 0;
    let looked = 0;
    for await (const rows of this.#parts.rows.chunks({ order: 'downloads', versions })) {
      for (const { id } of rows) {
        if (!this.#admitsId(filters, id)) continue;
        total += 1;
        if (ids.length < this.#take) ids.push(id);
      }
      looked += rows.length;
      if (looked >= MAX_BROWSED) break;
    }
    return { total, ids };
  }

  /** Whether some version of the id could come through. */
  #admitsId(filters: PathFilters, id: string): boolean {
    return filters.admits(id, false) || (this.#query.includePrerelease && filters.admits(id, true));
  }

  #isMeant({ listed, isPrerelease, isSemVer2 }: SourceVersion): boolean {
    const { includePrerelease, includeSemVer2 } = this.#query;
    return listed && (includePrerelease || !isPrerelease) && (includeSemVer2 || !isSemVer2);
  }

  #admitted<V extends Pick<FoundVersion, 'normalizedVersion'>>(id: string, versions: readonly V[]): readonly V[] {
    const filters = this.#filters;
    if (filters === undefined) return versions;
    const [stable, prerelease] = [filters.admits(id, false), filters.admits(id, true)];
    if (stable === prerelease) return stable ? versions : [];
    return versions.filter(({ normalizedVersion }) => {
      const parsed = parseVersion(normalizedVersion);
      return parsed !== undefined && isPrerelease(parsed) ? prerelease : stable;
    });
  }
}
