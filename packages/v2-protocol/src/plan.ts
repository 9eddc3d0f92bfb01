/**
 * Plan selection: which index of the store gives the versions among which all matches are, and in which order. Pure.
 *
 * Whatever the plan, the filter is tried on every row that comes. A plan is good when few rows fail it, or when the index has
 * the wanted order, so that reading ends with the page.
 */
import type { ListQuery, ScannedIds, ScannedVersions, SubstringMatch, VersionSource } from '@feedfleet/store';
import type { Filter } from './filter.ts';
import {
  conditionsOf,
  idPrefix,
  instantBounds,
  latestFlag,
  latestOf,
  namedIds,
  substringsOf,
  versionBounds,
} from './filter-bounds.ts';
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

/** A part of what is to be read, one after the other. */
export interface PlannedSource {
  readonly source: VersionSource;
  /** Only versions that are (not) listed count; undefined for all. */
  readonly listed?: boolean;
}

export interface ScanPlan {
  readonly kind: 'scan';
  readonly sources: readonly PlannedSource[];
  /** The sources have the order that is asked for. */
  readonly isOrdered: boolean;
  /** What the id of every match contains: to be asked of the substring index when the sources have too many ids. */
  readonly substrings: SubstringMatch | undefined;
  /** The list that is exactly all matches, whose number is known; undefined when only the filter tells. */
  readonly whole: ListShape | undefined;
}

export type Plan =
  /** Nothing can match. */
  { readonly kind: 'nothing' } | ScanPlan | { readonly kind: 'refused'; readonly detail: string };

/** Most ids that one filter may name. */
const MAX_IDS = 100;

export function planQuery(query: PackageQuery): Plan {
  if (query.id === '') return { kind: 'nothing' };
  const conditions = conditionsOf(query.filter);
  const latest = latestOf(conditions);
  const ids = scannedIds(query, conditions);
  if (ids.kind === 'named' && ids.ids.length === 0) return { kind: 'nothing' };
  if (ids.kind === 'named' && ids.ids.length > MAX_IDS) {
    return { kind: 'refused', detail: `$filter: expected at most ${MAX_IDS} ids, got ${ids.ids.length}` };
  }
  const { includeSemVer2 } = query;
  const versions: ScannedVersions =
    latest === undefined
      ? { kind: 'all', ...(ids.kind === 'named' ? versionBounds(conditions) : {}) }
      : { kind: 'latest', includePrerelease: latest === 'absolute', includeSemVer2 };
  const ordered = orderedSources(query, ids, versions);
  // A filter for what is new is of little use to a walk in order of ids.
  const interval = isByInstants(ordered) ? undefined : intervalSources(ids, conditions);
  const byId = { order: 'id', descending: false, newestFirst: false, ids, versions } as const;
  return {
    kind: 'scan',
    sources: interval ?? ordered ?? [{ source: byId }],
    isOrdered: interval === undefined && ordered !== undefined,
    substrings: substringsBeside(ids, query.filter, latest !== undefined),
    whole: wholeList(query, conditions, ids),
  };
}

function scannedIds({ id, filter }: PackageQuery, conditions: readonly Filter[]): ScannedIds {
  const named = id !== null ? new Set([id.toLowerCase()]) : filter === null ? undefined : namedIds(filter);
  if (named !== undefined) return { kind: 'named', ids: [...named].toSorted() };
  const prefix = idPrefix(conditions);
  return prefix === undefined ? { kind: 'all' } : { kind: 'prefix', prefix };
}

/**
 * What ids of matches contain, where the sources do not give just these ids: the ids that begin with a text lie together, while
 * the substring index reads every id that has one of its parts anywhere.
 */
function substringsBeside(ids: ScannedIds, filter: Filter | null, onlyLatest: boolean): SubstringMatch | undefined {
  if (filter === null || ids.kind === 'named') return undefined;
  const others = conditionsOf(filter).filter((condition) => idPrefix([condition]) === undefined);
  const isTold =
    ids.kind === 'prefix' && substringsOf({ kind: 'and', operands: others, at: 0 }, onlyLatest) === undefined;
  return isTold ? undefined : substringsOf(filter, onlyLatest);
}

/** The list whose members are the matches and nothing else. */
function wholeList(query: PackageQuery, conditions: readonly Filter[], ids: ScannedIds): ListShape | undefined {
  const { includePrerelease, includeSemVer2, includeUnlisted, text } = query;
  if (ids.kind !== 'all' || conditions.length > 1) return undefined;
  const [condition] = conditions;
  if (condition === undefined) return { versions: 'all', includePrerelease, includeSemVer2, includeUnlisted, text };
  const latest = latestFlag(condition);
  // Pre-releases that the list has and the query does not want are left out one by one.
  if (latest === undefined || (latest === 'absolute' && !includePrerelease)) return undefined;
  const list = { versions: 'latest', includePrerelease: latest === 'absolute', includeUnlisted: false } as const;
  return { ...list, includeSemVer2, text };
}

/** Whether further terms change nothing, because no two rows are equal by the terms before them. */
function isTotal(terms: readonly OrderTerm[], ids: ScannedIds, versions: ScannedVersions): boolean {
  const hasId = (ids.kind === 'named' && ids.ids.length === 1) || terms.some(({ name }) => name === 'Id');
  return hasId && (versions.kind === 'latest' || terms.some(({ property }) => property.type === 'version'));
}

/** The sources in the order that is asked for; undefined when no index has it. */
function orderedSources(
  query: PackageQuery,
  ids: ScannedIds,
  versions: ScannedVersions,
): readonly PlannedSource[] | undefined {
  const terms = decisiveTerms(query.order, ids, versions);
  const [first, ...rest] = terms;
  if (first === undefined || first.name === 'Id' || first.property.type === 'version') {
    const byId = idOrder(terms);
    const isOneId = ids.kind === 'named' && ids.ids.length === 1;
    if (byId === undefined || (first?.property.type === 'version' && !isOneId)) return undefined;
    return [{ source: { order: 'id', ...byId, ids, versions } }];
  }
  const isPlain = ids.kind === 'all' && isDefaultOrder(rest);
  if (isPlain && first.name === 'DownloadCount' && first.descending)
    return [{ source: { order: 'downloads', versions } }];
  return isPlain ? instantSources(first, query) : undefined;
}

function decisiveTerms(order: readonly OrderTerm[], ids: ScannedIds, versions: ScannedVersions): readonly OrderTerm[] {
  const count = order.findIndex((_term, index) => isTotal(order.slice(0, index), ids, versions));
  return count < 0 ? order : order.slice(0, count);
}

/** `[Id [Version]]` or `Version`, each in any direction. */
function idOrder(
  terms: readonly OrderTerm[],
): { readonly descending: boolean; readonly newestFirst: boolean } | undefined {
  const id = terms[0]?.name === 'Id' ? terms[0] : undefined;
  const versions = id === undefined ? terms : terms.slice(1);
  if (versions.length > 1 || versions.some(({ property }) => property.type !== 'version')) return undefined;
  return { descending: id?.descending ?? false, newestFirst: versions[0]?.descending ?? false };
}

/** Nothing, `Id` or `Id,Version`: what equal rows are ordered by anyway. */
export function isDefaultOrder(terms: readonly OrderTerm[]): boolean {
  const order = terms.length === 0 || terms[0]?.name === 'Id' ? idOrder(terms) : undefined;
  return order !== undefined && !order.descending && !order.newestFirst;
}

const INSTANTS: Readonly<Record<string, 'created' | 'edited'>> = {
  Created: 'created',
  Published: 'created',
  LastEdited: 'edited',
  LastUpdated: 'edited',
};

function instantSources({ name, descending }: OrderTerm, query: PackageQuery): readonly PlannedSource[] | undefined {
  const order = Object.hasOwn(INSTANTS, name) ? INSTANTS[name] : undefined;
  if (order === undefined) return undefined;
  const bounds = instantBounds(conditionsOf(query.filter), name);
  if (name !== 'Published') return [{ source: { order, descending, ...bounds } }];
  const listed = { source: { order, descending, ...bounds }, listed: true } as const;
  if (!query.includeUnlisted || isAfterUnlisted(bounds.from)) return [listed];
  const all = { kind: 'all' } as const;
  const unlisted = {
    source: { order: 'id', descending: false, newestFirst: false, ids: all, versions: all },
    listed: false,
  } as const;
  return descending ? [listed, unlisted] : [unlisted, listed];
}

/** What was pushed or changed from some instant on, when a filter asks for that. */
function intervalSources(ids: ScannedIds, conditions: readonly Filter[]): readonly PlannedSource[] | undefined {
  if (ids.kind !== 'all') return undefined;
  for (const [name, order] of Object.entries(INSTANTS)) {
    const bounds = instantBounds(conditions, name);
    if (isAfterUnlisted(bounds.from)) return [{ source: { order, descending: false, ...bounds } }];
  }
  return undefined;
}

function isByInstants(sources: readonly PlannedSource[] | undefined): boolean {
  return sources?.some(({ source }) => source.order === 'created' || source.order === 'edited') ?? false;
}

/** All unlisted versions were published at one instant, in 1900. */
function isAfterUnlisted(from: string | undefined): boolean {
  return from !== undefined && from > '1900-01-02';
}
