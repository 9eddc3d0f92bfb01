/**
 * The OData queries that a v3 source can answer: searches for the latest version of each package, as clients of v2 send them.
 *
 * Source: the queries that nuget.exe, NuGet.Client and Chocolatey send (`Search()?$filter=IsLatestVersion&...`).
 */
import type { SourceHits, SourcePageQuery, SourceRows, SourceSearch } from './package-source.ts';

const LATEST = /^\(?\s*(isabsolutelatestversion|islatestversion)(?:\s+eq\s+true)?\s*\)?$/i;
const ID_EQUALS = /^\(?\s*(?:tolower\(id\)|id)\s+eq\s+'([^']+)'\s*\)?$/i;
const PAGE_TAKE = 1000;

/** The search that the query comes to; undefined for any other query. */
export function latestQueryOf({ resource, options, take }: SourcePageQuery): SourceSearch | undefined {
  const conditions = (options.$filter ?? '').split(/\s+and\s+/i).map((text) => text.trim());
  let text = resource === 'Search' ? unquoted(options.searchterm ?? '') : '';
  let latest: string | undefined;
  for (const condition of conditions) {
    const id = ID_EQUALS.exec(condition)?.[1];
    const flag = LATEST.exec(condition)?.[1];
    if (id !== undefined && text === '') text = `packageid:${id}`;
    else if (flag !== undefined) latest = flag.toLowerCase();
    else return undefined;
  }
  // Without such a condition every version is a row, which searches do not give.
  if (latest === undefined) return undefined;
  return {
    text,
    includePrerelease: latest === 'isabsolutelatestversion' || isTrueText(options.includeprerelease),
    includeSemVer2: (options.semverlevel ?? '').startsWith('2'),
    packageType: null,
    take: Math.min(take + 1, PAGE_TAKE),
    filters: [],
  };
}

const isTrueText = (text: string | undefined): boolean => text?.toLowerCase() === 'true';

const unquoted = (text: string): string => text.replace(/^'(.*)'$/s, '$1').replaceAll("''", "'");

/** The newest version of each hit, in the order of the query as far as a source can give it. */
export function latestRows({ total, hits }: SourceHits, query: SourcePageQuery): SourceRows {
  const newest = hits.flatMap((hit) => hit.versions.at(-1) ?? []);
  const { after } = query;
  const isById = /^id\b/i.test((query.options.$orderby ?? '').trim());
  const ordered = isById ? newest.toSorted((left, right) => compareIds(left.id, right.id)) : newest;
  const rest = after === null ? ordered : ordered.filter(({ id }) => compareIds(id, skippedId(after)) > 0);
  const rows = rest.slice(0, query.take);
  return { total: query.withCount ? total : null, rows, hasMore: rest.length > query.take || total > hits.length };
}

/** `'id','version'` */
const skippedId = (token: string): string => unquoted(token.split(',')[0] ?? '');

function compareIds(left: string, right: string): number {
  const [a, b] = [left.toLowerCase(), right.toLowerCase()];
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
