/**
 * Collections of a feed with package sources.
 *
 * What names its ids is read whole and then filtered, ordered and counted as in one feed. Everything else is asked of each source
 * once, in its own words and from the first row on, and the answers are merged: so a page never depends on the pages before it.
 */
import type { FeedHierarchy, MergedVersion } from '@feedfleet/aggregation';
import type { HierarchyPorts } from '@feedfleet/hierarchy-ports';
import { mergedRow } from '@feedfleet/hierarchy-ports';
import { ProblemError } from '@feedfleet/problems';
import type { VersionSource } from '@feedfleet/store';
import { conditionsOf, latestOf } from './filter-bounds.ts';
import { invalidOption } from './odata-literal.ts';
import { comparePlaces, orderKeys } from './order.ts';
import type { OrderKeys } from './order.ts';
import type { AskedCollection, ChunkStart, PackageEngine, PackagePage, PageRequest } from './package-engine.ts';
import type { PackageRow } from './package-property.ts';
import { isDefaultOrder, planQuery } from './plan.ts';
import type { PackageQuery } from './plan.ts';
import { QueryEngine } from './query-engine.ts';
import { skipTokenOf } from './skip-token.ts';

/** Most rows that each source is asked for: what is skipped has to be known to be merged. */
const MAX_ROWS = 4000;

/** Options that say what is asked; those of paging and of the form of the answer are not for the sources. */
const ASKED = ['$filter', '$orderby', 'searchterm', 'includeprerelease', 'semverlevel', 'targetframework'];

export interface HierarchyEngineOptions {
  readonly hierarchy: FeedHierarchy;
  readonly ports: Pick<HierarchyPorts, 'versionScan'>;
  readonly feedId: string;
  readonly signal: AbortSignal;
}

export class HierarchyEngine implements PackageEngine {
  readonly #hierarchy: FeedHierarchy;
  readonly #named: QueryEngine;

  constructor({ hierarchy, ports, feedId, signal }: HierarchyEngineOptions) {
    this.#hierarchy = hierarchy;
    const versionScan = { ...ports.versionScan, idsContaining: refused };
    this.#named = new QueryEngine({ metadata: { list: refused }, versionScan, feedId, signal });
  }

  async page(query: PackageQuery, page: PageRequest, asked: AskedCollection): Promise<PackagePage> {
    return namesItsIds(query) ? this.#named.page(query, page) : this.#merged(query, page, asked);
  }

  chunks(source: VersionSource, start?: ChunkStart): AsyncGenerator<readonly PackageRow[]> {
    return this.#named.chunks(source, start);
  }

  complete(rows: readonly PackageRow[]): Promise<readonly PackageRow[]> {
    return this.#named.complete(rows);
  }

  async prepare(ids: readonly string[]): Promise<void> {
    await this.#named.waited(this.#hierarchy.versions([...new Set(ids.map((id) => id.toLowerCase()))]));
  }

  pause(): Promise<void> {
    return this.#named.pause();
  }

  async #merged(query: PackageQuery, page: PageRequest, { resource, options }: AskedCollection): Promise<PackagePage> {
    const { skip, take, after, withCount } = page;
    const wanted = skip + take + 1;
    if (wanted > MAX_ROWS) {
      const expected = `at most ${MAX_ROWS - 1} together with $top in a feed with package sources`;
      throw invalidOption('$skip', expected, String(skip));
    }
    const placeOf = remembered((version) => orderKeys(mergedRow(version), query.order, query));
    const asking = this.#hierarchy.page(
      {
        resource,
        options: Object.fromEntries([...options].filter(([name]) => ASKED.includes(name))),
        after: after === null ? null : (options.get('$skiptoken') ?? null),
        take: wanted,
        withCount,
      },
      {
        compare: (left, right) => comparePlaces(placeOf(left), placeOf(right), query.order),
        distinct: latestOf(conditionsOf(query.filter)) === undefined ? 'version' : 'id',
      },
    );
    const found = await this.#named.waited(asking);
    const rows = found.rows.map(mergedRow);
    const shown = rows.slice(skip, skip + take);
    const last = found.hasMore || rows.length > skip + take ? shown.at(-1) : undefined;
    return {
      total: found.total,
      rows: shown,
      next: last === undefined ? null : this.#next(query, last, skip + shown.length),
    };
  }

  /** In order of ids a place says all; in any other, an id may come again further down, so that the way to it has to be seen. */
  #next(query: PackageQuery, last: PackageRow, skip: number): PackagePage['next'] {
    return isDefaultOrder(query.order) ? { token: skipTokenOf(last, query.order, query) } : { skip };
  }
}

/** Each version is compared with many others. */
function remembered(placeOf: (version: MergedVersion) => OrderKeys): (version: MergedVersion) => OrderKeys {
  const places = new Map<MergedVersion, OrderKeys>();
  return (version) => {
    const known = places.get(version) ?? placeOf(version);
    places.set(version, known);
    return known;
  };
}

function namesItsIds(query: PackageQuery): boolean {
  if (query.text !== '') return false;
  const plan = planQuery(query);
  if (plan.kind !== 'scan') return true;
  return plan.sources.every(({ source }) => source.order === 'id' && source.ids.kind === 'named');
}

function refused(): never {
  throw new ProblemError('internal', { detail: 'a query without ids was planned over merged versions' });
}
