/**
 * `$filter` against package versions: checked once, then a function over rows.
 *
 * Text is compared without case everywhere, because clients send `substringof('RecLib',tolower(Id))`. As in OData, a
 * comparison with null is true only for `eq null` of what is null and `ne null` of what is not.
 */
import { ProblemError } from '@feedfleet/problems';
import { parseVersion, versionSortKey } from '@feedfleet/versioning';
import type { Comparison, Filter } from './filter.ts';
import { TEXT_CALLS } from './filter-function.ts';
import { parseInstant } from './odata-literal.ts';
import type { PackageRow, PropertyTable, Viewpoint } from './package-property.ts';

type Value = string | number | boolean | null;
type ValueType = 'text' | 'version' | 'instant' | 'flag' | 'number' | 'null';
type Read<V extends Value = Value> = (row: PackageRow, viewpoint: Viewpoint) => V;

interface Expression {
  readonly type: ValueType;
  /** Instants are read as milliseconds since 1970. */
  readonly read: Read;
  /** Of versions: a text in the order of versions. */
  readonly sortKey?: Read<string | null>;
  /** Of literals. */
  readonly constant?: Value;
}

export type RowTest = (row: PackageRow, viewpoint: Viewpoint) => boolean;

/** @throws ProblemError `FF_INVALID_QUERY` for unknown names and for types that do not fit. */
export function compileFilter(filter: Filter, properties: PropertyTable): RowTest {
  return new FilterCompiler(properties).flag(filter);
}

class FilterCompiler {
  readonly #properties: PropertyTable;

  constructor(properties: PropertyTable) {
    this.#properties = properties;
  }

  flag(filter: Filter): RowTest {
    const { type, read } = this.#compile(filter);
    if (type !== 'flag') throw mismatch(filter, 'a condition that is true or false', type);
    return (row, viewpoint) => read(row, viewpoint) === true;
  }

  #compile(filter: Filter): Expression {
    switch (filter.kind) {
      case 'literal':
        return literal(filter.value);
      case 'instant':
        return { type: 'instant', read: () => filter.value };
      case 'property':
        return this.#property(filter.name, filter.at);
      case 'call':
        return this.#call(filter);
      case 'not': {
        const test = this.flag(filter.operand);
        return { type: 'flag', read: (row, viewpoint) => !test(row, viewpoint) };
      }
      case 'and': {
        const tests = filter.operands.map((operand) => this.flag(operand));
        return { type: 'flag', read: (row, viewpoint) => tests.every((test) => test(row, viewpoint)) };
      }
      case 'or': {
        const tests = filter.operands.map((operand) => this.flag(operand));
        return { type: 'flag', read: (row, viewpoint) => tests.some((test) => test(row, viewpoint)) };
      }
      case 'comparison':
        return this.#comparison(filter);
    }
  }

  #property(name: string, at: number): Expression {
    const found = this.#properties.get(name);
    if (found === undefined) {
      throw problem(at, `expected a property (${[...this.#properties.keys()].join(', ')}), got ${name}`);
    }
    switch (found.type) {
      case 'flag':
      case 'number':
        return found;
      case 'instant':
        return { type: 'instant', read: (row) => Date.parse(utc(found.read(row))) };
      case 'version':
        return { type: 'version', read: (row) => found.read(row), sortKey: (row) => found.sortKey(row) };
      case 'text':
        return { type: 'text', read: (row) => emptyAsNull(found.read(row)) };
    }
  }

  #call(filter: Extract<Filter, { kind: 'call' }>): Expression {
    const { name, operands, at } = filter;
    const found = TEXT_CALLS.get(name);
    if (found?.operands !== operands.length) {
      const known = [...TEXT_CALLS].map(([call, { operands: count }]) => `${call}(${count === 1 ? 'a' : 'a,b'})`);
      throw problem(at, `expected ${known.join(', ')}, got ${name} with ${operands.length} operands`);
    }
    const reads = operands.map((operand) => this.#text(operand));
    const [first, second] = reads;
    return {
      type: found.type,
      read: (row, viewpoint) => {
        const [a, b] = [first?.(row, viewpoint) ?? null, second === undefined ? '' : second(row, viewpoint)];
        return a === null || b === null ? found.ofNull : found.apply(a, b);
      },
    };
  }

  #text(filter: Filter): Read<string | null> {
    const { type, read, constant } = this.#compile(filter);
    if (type !== 'text' && type !== 'version' && type !== 'null') throw mismatch(filter, 'text', type);
    if (typeof constant === 'string') return () => constant;
    return (row, viewpoint) => {
      const value = read(row, viewpoint);
      return typeof value === 'string' ? value : null;
    };
  }

  #comparison(filter: Extract<Filter, { kind: 'comparison' }>): Expression {
    const [left, right] = [this.#compile(filter.left), this.#compile(filter.right)];
    const [a, b] = comparable(filter, left, right);
    const { operator } = filter;
    const isVersion = left.type === 'version' || right.type === 'version';
    // What is no version is unequal to all of them, and neither before nor after any.
    const unequalToAny = isVersion && left.type !== 'null' && right.type !== 'null';
    return {
      type: 'flag',
      read: (row, viewpoint) => {
        const [x, y] = [a(row, viewpoint), b(row, viewpoint)];
        if (x !== null && y !== null) return holds(operator, x === y ? 0 : x < y ? -1 : 1);
        if (unequalToAny) return operator === 'ne';
        return operator === 'eq' ? x === y : operator === 'ne' && x !== y;
      },
    };
  }
}

function literal(value: Value): Expression {
  const read = () => value;
  if (value === null) return { type: 'null', read, constant: value };
  if (typeof value === 'boolean') return { type: 'flag', read, constant: value };
  return { type: typeof value === 'number' ? 'number' : 'text', read, constant: value };
}

function emptyAsNull(text: string): string | null {
  return text === '' ? null : text;
}

/** Instants without a zone are in UTC. */
function utc(instant: string): string {
  return /[zZ]$|[+-]\d\d:\d\d$/.test(instant) ? instant : `${instant}Z`;
}

/** Both sides as values of one type that `<` orders. */
function comparable(
  filter: Extract<Filter, { kind: 'comparison' }>,
  left: Expression,
  right: Expression,
): readonly [Read, Read] {
  const types = [left.type, right.type].filter((type) => type !== 'null');
  const [first = 'null', second = first] = types;
  if (first === second && first !== 'version' && first !== 'text') return [left.read, right.read];
  const isTextual = types.every((type) => type === 'text' || type === 'version');
  if (isTextual && types.includes('version')) return [versionKey(left), versionKey(right)];
  if (isTextual) return [folded(left), folded(right)];
  if (types.includes('instant') && types.includes('text')) {
    return [instantOf(filter.left, left), instantOf(filter.right, right)];
  }
  throw mismatch(filter, 'two sides of one type', `${left.type} and ${right.type}`);
}

/** Null for what is no version. A blank is a `+` that the URL decoding took. */
function versionKey({ sortKey, read, constant }: Expression): Read {
  if (sortKey !== undefined) return sortKey;
  const keyOf = (value: Value): string | null => {
    const version = typeof value === 'string' ? parseVersion(value.trim().replaceAll(' ', '+')) : undefined;
    return version === undefined ? null : versionSortKey(version);
  };
  if (constant === undefined) return (row, viewpoint) => keyOf(read(row, viewpoint));
  const key = keyOf(constant);
  return () => key;
}

function folded({ read, constant }: Expression): Read {
  const fold = (value: Value): Value => (typeof value === 'string' ? value.toLowerCase() : value);
  if (constant === undefined) return (row, viewpoint) => fold(read(row, viewpoint));
  const value = fold(constant);
  return () => value;
}

function instantOf(filter: Filter, { type, read, constant }: Expression): Read {
  if (type === 'instant') return read;
  const instant = typeof constant === 'string' ? parseInstant(constant) : undefined;
  if (instant === undefined) throw mismatch(filter, "an instant such as datetime'2026-01-31T12:00:00'", 'other text');
  return () => instant;
}

function holds(operator: Comparison, order: number): boolean {
  switch (operator) {
    case 'eq':
      return order === 0;
    case 'ne':
      return order !== 0;
    case 'gt':
      return order > 0;
    case 'ge':
      return order >= 0;
    case 'lt':
      return order < 0;
    case 'le':
      return order <= 0;
  }
}

function mismatch(filter: Filter, wanted: string, got: string): ProblemError {
  return problem(filter.at, `expected ${wanted}, got ${got}`);
}

function problem(at: number, what: string): ProblemError {
  return new ProblemError('invalidQuery', { detail: `$filter: ${what} at position ${at + 1}` });
}
