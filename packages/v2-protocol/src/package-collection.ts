/**
 * Collections page by page: the feed, its next link, or only the number of matches.
 *
 * A next link always advances, is absolute and keeps every option: NuGet 2.8 loops for ever on one that does not advance.
 */
import type { BytesAnswer } from '@feedfleet/feed-endpoint';
import type { StoredVersion } from '@feedfleet/store';
import { documentAnswer, feedAnswer } from './atom-document.ts';
import { PAGE_SIZE, filtering, parsePaging } from './collection-request.ts';
import type { Paging } from './collection-request.ts';
import { compileFilter } from './filter-evaluator.ts';
import type { EntityShape } from './entity-shape.ts';
import type { QueryOptions } from './odata-url.ts';
import { sortRows } from './order.ts';
import type { PropertyTable, Viewpoint } from './package-property.ts';
import type { PackagePage, PackageReader, PageRequest } from './package-reader.ts';
import { parseUpdatesQuery, updatesOf } from './package-updates.ts';
import type { PackageQuery } from './plan.ts';

export interface Collection {
  readonly viewpoint: Viewpoint;
  read(page: PageRequest): Promise<PackagePage>;
}

export interface CollectionRequest extends Collection {
  readonly entity: EntityShape;
  /** Title of the feed, and what is particular to `Search`. */
  readonly name: 'Packages' | 'FindPackagesById' | 'Search' | 'GetUpdates';
  readonly baseUrl: string;
  /** What follows the base URL, percent-encoded as sent. */
  readonly path: string;
  readonly options: QueryOptions;
  /** Whether only the number of matches is asked for. */
  readonly isCount: boolean;
}

export function queryCollection(reader: PackageReader, query: PackageQuery): Collection {
  return { viewpoint: query, read: (page) => reader.page(query, page) };
}

export function updatesCollection(reader: PackageReader, options: QueryOptions, properties: PropertyTable): Collection {
  const query = parseUpdatesQuery(options);
  const { filter, order } = filtering(options, properties);
  const test = filter === null ? () => true : compileFilter(filter, properties);
  return {
    viewpoint: query,
    read: async (page) => {
      const found = new Map<string, StoredVersion>();
      const byId = Map.groupBy(query.installed, ({ id }) => id.toLowerCase());
      for await (const { id, versions } of reader.versionsOfEach(query.installed.map((installed) => installed.id))) {
        for (const installed of byId.get(id) ?? []) {
          const updates = await reader.matching(updatesOf(installed, versions, query), (row) => test(row, query));
          for (const row of updates) found.set(`${row.id}/${row.normalizedVersion}`.toLowerCase(), row);
        }
      }
      return reader.pageOf(sortRows([...found.values()], order, query), page);
    },
  };
}

export async function answerCollection(request: CollectionRequest): Promise<BytesAnswer> {
  const { entity, name, baseUrl, options, viewpoint } = request;
  const paging = parsePaging(options);
  if (request.isCount) {
    const { total } = await request.read({ skip: 0, take: 0 });
    return documentAnswer('text/plain;charset=utf-8', String(total));
  }
  const take = Math.min(paging.top ?? PAGE_SIZE, PAGE_SIZE);
  const { total, rows } = await request.read({ skip: paging.skip, take });
  const advance = nextPaging(request, paging, { total, served: rows.length });
  return feedAnswer({
    entity,
    baseUrl,
    name,
    rows,
    count: paging.withCount ? total : null,
    next: advance === null ? null : nextUrl(request, advance),
    viewpoint,
  });
}

/**
 * `Search()` with a `$top` that fits a page never goes on: clients of before 2016 ask page by page themselves, follow links
 * too, and would fetch everything twice. Nobody who asks for more than a page knows where it ends but by the link.
 */
function nextPaging(
  { name }: CollectionRequest,
  { skip, top, withCount }: Paging,
  { total, served }: { readonly total: number; readonly served: number },
): Paging | null {
  const isCut = served > 0 && skip + served < total && (top === null || top > served);
  if (!isCut || (name === 'Search' && top !== null && top <= PAGE_SIZE)) return null;
  return { skip: skip + served, top: top === null ? null : top - served, withCount };
}

function nextUrl({ baseUrl, path, options }: CollectionRequest, { skip, top }: Paging): string {
  const kept = [...options].filter(([name]) => name !== '$skip' && name !== '$top');
  const paged = [...kept, ['$skip', String(skip)], ...(top === null ? [] : [['$top', String(top)]])];
  const search = paged.map(([name = '', value = '']) => `${encodeOption(name)}=${encodeOption(value)}`).join('&');
  return `${baseUrl}${path}?${search}`;
}

function encodeOption(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll('%24', '$');
}
