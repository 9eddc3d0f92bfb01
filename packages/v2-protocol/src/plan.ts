/**
 * Plan selection: which index of the store answers a query. Pure.
 *
 * A query is served from the versions of known ids, from the ids with a prefix, from the list of newest versions or page
 * by page from the list of everything. What would need a walk over every version of a feed is refused, with a form that
 * works: one slow query must not take the feed from everybody else.
 */
import type { ListQuery } from '@feedfleet/store';
import type { Filter } from './filter.ts';
import { isNaturalOrder } from './order.ts';
import type { OrderTerm } from './order.ts';
import type { PropertyTable } from './package-property.ts';

/** What `FindPackagesById()`, `Search()` or `Packages()` were asked, without paging. */
export interface PackageQuery {
  /** Of `FindPackagesById()`; null for the others. */
  readonly id: string | null;
  /** Words of `Search()`; empty for everything. */
  readonly text: string;
  readonly filter: Filter | null;
  readonly order: readonly OrderTerm[];
  /** What the filter may name. */
  readonly properties: PropertyTable;
  readonly includePrerelease: boolean;
  readonly includeUnlisted: boolean;
  readonly includeSemVer2: boolean;
}

export type ListShape = Omit<ListQuery, 'skip' | 'take'>;

export type Plan =
  /** Nothing can match. */
  | { readonly kind: 'nothing' }
  /** The versions of these ids, filtered and sorted here. */
  | { readonly kind: 'ids'; readonly ids: readonly string[] }
  /** The versions of the ids that start so, filtered and sorted here. */
  | { readonly kind: 'prefix'; readonly prefix: string }
  /** One page of the store's own list: the filter is what the shape says already. */
  | { readonly kind: 'page'; readonly list: ListShape }
  /** The store's list from end to end (bounded), filtered and sorted here. */
  | { readonly kind: 'walk'; readonly list: ListShape }
  | { readonly kind: 'refused'; readonly detail: string };

/** Most ids that one filter may name. */
const MAX_IDS = 100;

const FORMS =
  "Packages()?$filter=Id eq 'X', FindPackagesById()?id='X', Packages()?$filter=startswith(Id,'x'), " +
  "Packages()?$filter=IsLatestVersion and substringof('x',tolower(Id)), or Search()?searchTerm='x'";

export function planQuery(query: PackageQuery): Plan {
  if (query.id === '') return { kind: 'nothing' };
  const ids = idsOf(query);
  if (ids !== undefined && query.text === '') return planIds(ids);
  const { filter } = query;
  const prefix = filter === null ? undefined : prefixOf(filter);
  if (prefix !== undefined && query.text === '') return { kind: 'prefix', prefix };
  const latest = filter === null ? undefined : latestOf(filter);
  if (latest !== undefined) return planList(query, listShape(query, 'latest', latest === 'absolute'));
  const all = listShape(query, 'all', query.includePrerelease);
  if (query.text !== '' || filter === null) return planList(query, all);
  return { kind: 'refused', detail: `$filter: this would read every version of the feed; forms that work: ${FORMS}` };
}

function idsOf({ id, filter }: PackageQuery): ReadonlySet<string> | undefined {
  if (id !== null) return new Set([id.toLowerCase()]);
  return filter === null ? undefined : namedIds(filter);
}

function planIds(ids: ReadonlySet<string>): Plan {
  if (ids.size === 0) return { kind: 'nothing' };
  if (ids.size <= MAX_IDS) return { kind: 'ids', ids: [...ids] };
  return { kind: 'refused', detail: `$filter: expected at most ${MAX_IDS} ids, got ${ids.size}` };
}

function planList(query: PackageQuery, list: ListShape): Plan {
  const served = query.filter === null || (list.versions === 'latest' && bareLatest(query.filter) !== undefined);
  // Pre-releases that the list has and the query does not want are left out here.
  const visible = query.includePrerelease || !list.includePrerelease;
  const sorted = isNaturalOrder(query.order, list.versions === 'latest');
  return { kind: served && visible && sorted ? 'page' : 'walk', list };
}

type Latest = 'stable' | 'absolute';

function listShape(query: PackageQuery, versions: ListShape['versions'], includePrerelease: boolean): ListShape {
  return {
    versions,
    includePrerelease,
    includeSemVer2: query.includeSemVer2,
    includeUnlisted: versions === 'all' && query.includeUnlisted,
    text: query.text,
  };
}

/**
 * The ids, in lower case, among which every match must be.
 *
 * @returns undefined when the filter does not limit the ids to known ones.
 */
function namedIds(filter: Filter): ReadonlySet<string> | undefined {
  const condition = withoutTruth(filter);
  switch (condition.kind) {
    case 'comparison': {
      const id = condition.operator === 'eq' ? comparedId(condition.left, condition.right) : undefined;
      return id === undefined ? undefined : new Set([id]);
    }
    case 'and':
      return condition.operands.map(namedIds).reduce((left, right) => {
        if (left === undefined || right === undefined) return left ?? right;
        return new Set([...left].filter((id) => right.has(id)));
      });
    case 'or':
      return unionOf(condition.operands.map(namedIds));
    case 'literal':
    case 'instant':
    case 'property':
    case 'call':
    case 'not':
      return undefined;
  }
}

function unionOf(sets: readonly (ReadonlySet<string> | undefined)[]): ReadonlySet<string> | undefined {
  const union = new Set<string>();
  for (const set of sets) {
    if (set === undefined) return undefined;
    for (const id of set) union.add(id);
  }
  return union;
}

function comparedId(left: Filter, right: Filter): string | undefined {
  if (isId(left)) return literalText(right);
  return isId(right) ? literalText(left) : undefined;
}

/** `Id`, `tolower(Id)` or `toupper(Id)`: the same, because ids are compared without case. */
function isId(filter: Filter): boolean {
  if (filter.kind === 'property') return filter.name === 'Id';
  const [operand] = filter.kind === 'call' ? filter.operands : [];
  const changesCase = filter.kind === 'call' && (filter.name === 'tolower' || filter.name === 'toupper');
  return changesCase && operand !== undefined && isId(operand);
}

function literalText(filter: Filter | undefined): string | undefined {
  return filter?.kind === 'literal' && typeof filter.value === 'string' ? filter.value.toLowerCase() : undefined;
}

/** The longest prefix, in lower case, that the id of every match must have. */
function prefixOf(filter: Filter): string | undefined {
  const condition = withoutTruth(filter);
  if (condition.kind === 'and') {
    const prefixes = condition.operands.map(prefixOf).filter((prefix) => prefix !== undefined);
    return prefixes.toSorted((left, right) => right.length - left.length)[0];
  }
  if (condition.kind !== 'call' || condition.name !== 'startswith') return undefined;
  const [whole, part] = condition.operands;
  const prefix = whole !== undefined && isId(whole) ? literalText(part) : undefined;
  return prefix === '' ? undefined : prefix;
}

/** Which latest list holds every match. */
function latestOf(filter: Filter): Latest | undefined {
  const condition = withoutTruth(filter);
  if (condition.kind !== 'and') return bareLatest(condition);
  const found = condition.operands.map(latestOf);
  return found.find((latest) => latest === 'stable') ?? found.find((latest) => latest === 'absolute');
}

/** Set when the filter is one latest flag and nothing else. */
function bareLatest(filter: Filter): Latest | undefined {
  const condition = withoutTruth(filter);
  if (condition.kind !== 'property') return undefined;
  if (condition.name === 'IsLatestVersion') return 'stable';
  return condition.name === 'IsAbsoluteLatestVersion' ? 'absolute' : undefined;
}

/** `X eq true`, `true eq X` and `X ne false` mean X. */
function withoutTruth(filter: Filter): Filter {
  if (filter.kind !== 'comparison') return filter;
  const truth = filter.operator === 'eq' ? true : filter.operator === 'ne' ? false : undefined;
  const { left, right } = filter;
  if (truth === undefined) return filter;
  if (right.kind === 'literal' && right.value === truth) return withoutTruth(left);
  return left.kind === 'literal' && left.value === truth ? withoutTruth(right) : filter;
}
