/**
 * One feed's part of a page that is merged from several: the client's own query over the feed's own packages, without those that
 * do not come through to who asks.
 */
import { passesFilters } from '@feedfleet/feedchain';
import type { SourcePageQuery } from '@feedfleet/package-sources';
import type { StoredVersion } from '@feedfleet/store';
import { packagesQuery, searchQuery } from './collection-request.ts';
import type { PropertyTable } from './package-property.ts';
import type { PackageStores } from './package-reads.ts';
import type { PackageQuery } from './plan.ts';
import { QueryEngine } from './query-engine.ts';
import { parseSkipToken } from './skip-token.ts';

export interface LeafPage {
  readonly total: number | null;
  readonly rows: readonly StoredVersion[];
  readonly hasMore: boolean;
}

export interface LeafPageOptions {
  readonly stores: Pick<PackageStores, 'metadata' | 'versionScan'>;
  readonly feedId: string;
  /** What filters and orders may name. */
  readonly properties: PropertyTable;
  /** What else the protocol asks of every query. */
  readonly visible?: Partial<Pick<PackageQuery, 'includePrerelease' | 'includeSemVer2'>>;
}

/** @throws ProblemError `FF_INVALID_QUERY` for what the protocol itself would refuse. */
export async function leafPage(
  asked: SourcePageQuery,
  { stores, feedId, properties, visible = {} }: LeafPageOptions,
  signal: AbortSignal,
): Promise<LeafPage> {
  const options = new Map(Object.entries(asked.options));
  const queryOf = asked.resource === 'Search' ? searchQuery : packagesQuery;
  const query = { ...queryOf(options, properties), ...visible };
  const { filters, take, withCount } = asked;
  const admits = filters.length === 0 ? {} : { admits: (row: StoredVersion) => passesFilters(filters, row) };
  const engine = new QueryEngine({ ...stores, feedId, signal, ...admits });
  const after = asked.after === null ? null : parseSkipToken(asked.after, query.order);
  const { total, rows, next } = await engine.page(query, { skip: 0, take, after, withCount });
  return { total, rows, hasMore: next !== null };
}
