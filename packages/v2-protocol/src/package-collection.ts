/**
 * Collections page by page: the feed, its next link, or only the number of matches.
 *
 * A next link always advances, is absolute and keeps every option: NuGet 2.8 loops for ever on one that does not advance.
 */
import type { BytesAnswer } from '@feedfleet/feed-endpoint';
import { documentAnswer, feedAnswer } from './atom-document.ts';
import { PAGE_SIZE, filtering, parsePaging, parseShape } from './collection-request.ts';
import type { Paging } from './collection-request.ts';
import { compileFilter } from './filter-evaluator.ts';
import type { EntityShape } from './entity-shape.ts';
import type { QueryOptions } from './odata-url.ts';
import type { OrderTerm } from './order.ts';
import type { PackageRow, PropertyTable, Viewpoint } from './package-property.ts';
import { MAX_INSTALLED, isUpdate, parseUpdatesQuery, updateSource } from './package-updates.ts';
import type { InstalledPackage, UpdatesQuery } from './package-updates.ts';
import type { PackageQuery } from './plan.ts';
import type { AskedCollection, PackageEngine, PackagePage, PageRequest } from './package-engine.ts';
import { parseSkipToken, skipTokenOf } from './skip-token.ts';
import { TopRows } from './top-rows.ts';

export interface Collection {
  readonly viewpoint: Viewpoint;
  readonly order: readonly OrderTerm[];
  /** Most entries on one page. Default 100. */
  readonly pageSize?: number;
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

export function queryCollection(engine: PackageEngine, query: PackageQuery, asked: AskedCollection): Collection {
  return { viewpoint: query, order: query.order, read: (page) => engine.page(query, page, asked) };
}

export function updatesCollection(engine: PackageEngine, options: QueryOptions, properties: PropertyTable): Collection {
  const query = parseUpdatesQuery(options);
  const { filter, order } = filtering(options, properties);
  const test = filter === null ? () => true : compileFilter(filter, properties);
  return {
    viewpoint: query,
    order,
    // One entry an id at most, all on one page: NuGet 2.8 follows no next link when it asks in a `$batch`.
    pageSize: query.includeAllVersions ? PAGE_SIZE : MAX_INSTALLED,
    read: async ({ skip, take, after }) => {
      await engine.prepare(query.installed.map(({ id }) => id));
      const found = new Map<number, PackageRow>();
      for (const installed of query.installed) {
        for (const row of await updatesOf(engine, installed, query)) if (test(row, query)) found.set(row.key, row);
      }
      const top = new TopRows(skip + take + 1, { terms: order, viewpoint: query, after });
      for (const row of found.values()) top.add(row);
      const sorted = top.rows();
      const rows = sorted.slice(skip, skip + take);
      const last = sorted.length > skip + take ? rows.at(-1) : undefined;
      return {
        total: found.size,
        rows: await engine.complete(rows),
        next: last === undefined ? null : { token: skipTokenOf(last, order, query) },
      };
    },
  };
}

async function updatesOf(
  engine: PackageEngine,
  installed: InstalledPackage,
  query: UpdatesQuery,
): Promise<readonly PackageRow[]> {
  const found: PackageRow[] = [];
  for await (const chunk of engine.chunks(updateSource(installed, query), { first: 8 })) {
    for (const row of chunk) {
      await engine.pause();
      if (!isUpdate(installed, row, query)) continue;
      found.push(row);
      if (!query.includeAllVersions) return found;
    }
  }
  return found;
}

export async function answerCollection(request: CollectionRequest): Promise<BytesAnswer> {
  const { entity, name, baseUrl, options, viewpoint, pageSize = PAGE_SIZE } = request;
  const shape = parseShape(options);
  const paging = parsePaging(options);
  const token = options.get('$skiptoken')?.trim() ?? '';
  const after = token === '' ? null : parseSkipToken(token, request.order);
  if (request.isCount) {
    const { total } = await request.read({ skip: 0, take: 0, after: null, withCount: true });
    return documentAnswer('text/plain;charset=utf-8', String(total ?? 0));
  }
  const { skip, top, withCount } = paging;
  const take = Math.min(top ?? pageSize, pageSize);
  const page = await request.read({ skip, take, after, withCount });
  return feedAnswer({
    entity,
    baseUrl,
    name,
    rows: page.rows,
    count: withCount ? page.total : null,
    next: nextUrl(request, paging, { next: page.next, served: take }),
    viewpoint,
    shape,
  });
}

/**
 * `Search()` with a `$top` that fits a page never goes on: clients of before 2016 ask page by page themselves, follow links
 * too, and would fetch everything twice. Nobody who asks for more than a page knows where it ends but by the link.
 */
function nextUrl(
  { name, baseUrl, path, options }: CollectionRequest,
  { top }: Paging,
  { next, served }: { readonly next: PackagePage['next']; readonly served: number },
): string | null {
  if (next === null || (top !== null && top <= (name === 'Search' ? PAGE_SIZE : served))) return null;
  const kept = [...options].filter(([option]) => !PLACES.includes(option));
  const place = 'token' in next ? ['$skiptoken', next.token] : ['$skip', String(next.skip)];
  const paged = [...kept, place, ...(top === null ? [] : [['$top', String(top - served)]])];
  const search = paged.map(([option = '', value = '']) => `${encodeOption(option)}=${encodeOption(value)}`).join('&');
  return `${baseUrl}${path}?${search}`;
}

/** The options that tell where a page begins and how much is to follow. */
const PLACES = ['$skip', '$skiptoken', '$top'];

function encodeOption(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll('%24', '$');
}
