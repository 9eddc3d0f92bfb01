/**
 * What a filter says about every version that can pass it: which ids, which latest list, which versions, instants and texts.
 * Pure. Each answer holds for all matches; which of the rest match, the filter itself decides.
 */
import type { SubstringMatch } from '@feedfleet/store';
import { MIN_SUBSTRING_CHARACTERS } from '@feedfleet/store';
import { parseVersion, versionSortKey } from '@feedfleet/versioning';
import type { Comparison, Filter } from './filter.ts';
import { parseInstant } from './odata-literal.ts';

/** The conditions that all hold for every match. */
export function conditionsOf(filter: Filter | null): readonly Filter[] {
  if (filter === null) return [];
  const condition = withoutTruth(filter);
  return condition.kind === 'and' ? condition.operands.flatMap(conditionsOf) : [condition];
}

/**
 * The ids, in lower case, among which every match must be.
 *
 * @returns undefined when the filter does not limit the ids to known ones.
 */
export function namedIds(filter: Filter): ReadonlySet<string> | undefined {
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
  if (isText(left, 'Id')) return literalText(right);
  return isText(right, 'Id') ? literalText(left) : undefined;
}

/** `Id`, `tolower(Id)` or `toupper(Id)`: the same, because text is compared without case. */
function isText(filter: Filter | undefined, name: string): boolean {
  if (filter?.kind === 'property') return filter.name === name;
  const isChanged = filter?.kind === 'call' && (filter.name === 'tolower' || filter.name === 'toupper');
  return isChanged && isText(filter.operands[0], name);
}

function literalText(filter: Filter | undefined): string | undefined {
  if (filter?.kind === 'literal') return typeof filter.value === 'string' ? filter.value.toLowerCase() : undefined;
  const isChanged = filter?.kind === 'call' && (filter.name === 'tolower' || filter.name === 'toupper');
  return isChanged ? literalText(filter.operands[0]) : undefined;
}

/** The longest prefix, in lower case, that the id of every match must have. */
export function idPrefix(conditions: readonly Filter[]): string | undefined {
  const prefixes = conditions.flatMap((condition) => {
    if (condition.kind !== 'call' || condition.name !== 'startswith') return [];
    const [whole, part] = condition.operands;
    const prefix = isText(whole, 'Id') ? literalText(part) : undefined;
    return prefix === undefined || prefix === '' ? [] : [prefix];
  });
  return prefixes.toSorted((left, right) => right.length - left.length)[0];
}

export type Latest = 'stable' | 'absolute';

/** Which latest list holds every match. */
export function latestOf(conditions: readonly Filter[]): Latest | undefined {
  const found = conditions.map(latestFlag);
  return found.find((latest) => latest === 'stable') ?? found.find((latest) => latest === 'absolute');
}

/** Set when the condition is one latest flag and nothing else. */
export function latestFlag(condition: Filter): Latest | undefined {
  if (condition.kind !== 'property') return undefined;
  if (condition.name === 'IsLatestVersion') return 'stable';
  return condition.name === 'IsAbsoluteLatestVersion' ? 'absolute' : undefined;
}

export interface Bounds {
  readonly from?: string;
  readonly to?: string;
}

/** Sort keys between which every match is, both included. */
export function versionBounds(conditions: readonly Filter[]): Bounds {
  return boundsOf(conditions, ['Version', 'NormalizedVersion'], (value) => {
    const version = value.kind === 'literal' && typeof value.value === 'string' ? parseVersion(value.value) : undefined;
    return version === undefined ? undefined : versionSortKey(version);
  });
}

/** Of the years with four digits, whose texts are in the order of time. */
const LAST_INSTANT = Date.UTC(9999, 11, 31);

/** ISO instants between which `property` of every match is, both included. */
export function instantBounds(conditions: readonly Filter[], property: string): Bounds {
  return boundsOf(conditions, [property], (value) => {
    const text = literalText(value);
    const instant = value.kind === 'instant' ? value.value : text === undefined ? undefined : parseInstant(text);
    return instant === undefined ? undefined : new Date(Math.min(instant, LAST_INSTANT)).toISOString();
  });
}

const MIRRORED: Readonly<Record<Comparison, Comparison>> = {
  ...{ eq: 'eq', ne: 'ne' },
  ...{ gt: 'lt', ge: 'le', lt: 'gt', le: 'ge' },
};

function boundsOf(
  conditions: readonly Filter[],
  properties: readonly string[],
  keyOf: (value: Filter) => string | undefined,
): Bounds {
  let bounds: Bounds = {};
  const isOne = (filter: Filter) => filter.kind === 'property' && properties.includes(filter.name);
  for (const condition of conditions) {
    if (condition.kind !== 'comparison') continue;
    const { left, right, operator } = condition;
    const key = isOne(left) ? keyOf(right) : isOne(right) ? keyOf(left) : undefined;
    if (key !== undefined) bounds = narrowed(bounds, isOne(left) ? operator : MIRRORED[operator], key);
  }
  return bounds;
}

function narrowed({ from, to }: Bounds, operator: Comparison, key: string): Bounds {
  const isLower = operator === 'eq' || operator === 'gt' || operator === 'ge';
  const isUpper = operator === 'eq' || operator === 'lt' || operator === 'le';
  const low = isLower && (from === undefined || key > from) ? key : from;
  const high = isUpper && (to === undefined || key < to) ? key : to;
  return { ...(low === undefined ? {} : { from: low }), ...(high === undefined ? {} : { to: high }) };
}

type IndexedColumn = Extract<SubstringMatch, { kind: 'part' }>['column'];

const LATEST_COLUMNS: readonly (readonly [string, IndexedColumn])[] = [
  ['Id', 'id'],
  ['Title', 'title'],
  ['Tags', 'tags'],
];
const MAX_PARTS = 32;

/**
 * What ids of matches contain.
 *
 * @param onlyLatest - whether every match is a latest version: of others, the index knows the id alone.
 */
export function substringsOf(filter: Filter, onlyLatest: boolean): SubstringMatch | undefined {
  const columns = onlyLatest ? LATEST_COLUMNS : LATEST_COLUMNS.slice(0, 1);
  const matchOf = (part: Filter): SubstringMatch | undefined => {
    const condition = withoutTruth(part);
    switch (condition.kind) {
      case 'call':
      case 'comparison':
        return partOf(condition, columns);
      case 'and': {
        const found = condition.operands.map(matchOf).filter((match) => match !== undefined);
        return found.length < 2 ? found[0] : { kind: 'every', of: found.slice(0, MAX_PARTS) };
      }
      case 'or': {
        const found = condition.operands.map(matchOf).filter((match) => match !== undefined);
        const isWhole = found.length === condition.operands.length && found.length <= MAX_PARTS;
        return isWhole ? { kind: 'some', of: found } : undefined;
      }
      case 'literal':
      case 'instant':
      case 'property':
      case 'not':
        return undefined;
    }
  };
  return matchOf(filter);
}

function partOf(
  condition: Extract<Filter, { kind: 'call' | 'comparison' }>,
  columns: readonly (readonly [string, IndexedColumn])[],
): SubstringMatch | undefined {
  const [whole, part] = textTest(condition) ?? [];
  const text = literalText(part);
  const column = columns.find(([name]) => isText(whole, name))?.[1];
  if (column === undefined || text === undefined) return undefined;
  return Array.from(text).length < MIN_SUBSTRING_CHARACTERS ? undefined : { kind: 'part', column, text };
}

/** The text that is tested, and the text that it contains. */
function textTest(condition: Extract<Filter, { kind: 'call' | 'comparison' }>): readonly Filter[] | undefined {
  if (condition.kind === 'comparison') {
    if (condition.operator !== 'eq') return undefined;
    return condition.left.kind === 'literal' ? [condition.right, condition.left] : [condition.left, condition.right];
  }
  if (condition.name === 'substringof') return condition.operands.toReversed();
  return condition.name === 'startswith' || condition.name === 'endswith' ? condition.operands : undefined;
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
