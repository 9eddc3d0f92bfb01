/**
 * `$filter` against package versions: checked once, then a function over rows.
 *
 * Text is compared without case everywhere, because clients send `substringof('RecLib',tolower(Id))`. As in OData, a
 * comparison with null is true only for `eq null` of what is null and `ne null` of what is not.
 */
import { ProblemError } from '@feedfleet/problems';
import type { StoredVersion } from '@feedfleet/store';
import { compareVersions, parseVersion } from '@feedfleet/versioning';
import type { Comparison, Filter } from './filter.ts';
import { PROPERTY_NAMES, packageProperty } from './package-property.ts';
import type { Viewpoint } from './package-property.ts';

type Value = string | number | boolean | null;
type ValueType = 'text' | 'version' | 'instant' | 'flag' | 'number' | 'null';
type Read = (row: StoredVersion, viewpoint: Viewpoint) => Value;

interface Expression {
  readonly type: ValueType;
  readonly read: Read;
}

export type RowTest = (row: StoredVersion, viewpoint: Viewpoint) => boolean;

/** @throws ProblemError `FF_INVALID_QUERY` for unknown names and for types that do not fit. */
export function compileFilter(filter: Filter): RowTest {
  return compileFlag(filter);
}

function compileFlag(filter: Filter): RowTest {
  const { type, read } = compile(filter);
  if (type !== 'flag') throw mismatch(filter, 'a condition that is true or false', type);
  return (row, viewpoint) => read(row, viewpoint) === true;
}

function compile(filter: Filter): Expression {
  switch (filter.kind) {
    case 'literal':
      return literal(filter.value);
    case 'property':
      return property(filter.name, filter.at);
    case 'call':
      return call(filter);
    case 'not': {
      const test = compileFlag(filter.operand);
      return { type: 'flag', read: (row, viewpoint) => !test(row, viewpoint) };
    }
    case 'and': {
      const tests = filter.operands.map(compileFlag);
      return { type: 'flag', read: (row, viewpoint) => tests.every((test) => test(row, viewpoint)) };
    }
    case 'or': {
      const tests = filter.operands.map(compileFlag);
      return { type: 'flag', read: (row, viewpoint) => tests.some((test) => test(row, viewpoint)) };
    }
    case 'comparison':
      return comparison(filter);
  }
}

function literal(value: Value): Expression {
  if (value === null) return { type: 'null', read: () => null };
  if (typeof value === 'boolean') return { type: 'flag', read: () => value };
  return { type: typeof value === 'number' ? 'number' : 'text', read: () => value };
}

function property(name: string, at: number): Expression {
  const found = packageProperty(name);
  if (found === undefined) throw problem(at, `expected a property (${PROPERTY_NAMES.join(', ')}), got ${name}`);
  if (found.type === 'flag' || found.type === 'number') return found;
  return { type: found.type, read: (row) => emptyAsNull(found.read(row)) };
}

function emptyAsNull(text: string): string | null {
  return text === '' ? null : text;
}

const TEXT_FUNCTIONS: Readonly<Record<string, (text: string) => string>> = {
  tolower: (text) => text.toLowerCase(),
  toupper: (text) => text.toUpperCase(),
  trim: (text) => text.trim(),
};

/** `substringof` has the part first and the whole second; the others the whole first. */
const TEXT_TESTS: Readonly<Record<string, (first: string, second: string) => boolean>> = {
  substringof: (part, whole) => whole.includes(part),
  startswith: (whole, part) => whole.startsWith(part),
  endswith: (whole, part) => whole.endsWith(part),
};

function call(filter: Extract<Filter, { kind: 'call' }>): Expression {
  const change = Object.hasOwn(TEXT_FUNCTIONS, filter.name) ? TEXT_FUNCTIONS[filter.name] : undefined;
  const test = Object.hasOwn(TEXT_TESTS, filter.name) ? TEXT_TESTS[filter.name] : undefined;
  const [first, second] = filter.operands;
  if (change !== undefined && first !== undefined && second === undefined) {
    const read = compileText(first);
    return { type: 'text', read: (...row) => mapText(read(...row), change) };
  }
  if (test !== undefined && first !== undefined && second !== undefined && filter.operands.length === 2) {
    const [readFirst, readSecond] = [compileText(first), compileText(second)];
    return { type: 'flag', read: (...row) => testTexts(readFirst(...row), readSecond(...row), test) };
  }
  const known =
    'tolower(text), toupper(text), trim(text), substringof(part,text), startswith(text,part) or endswith(text,part)';
  throw problem(filter.at, `expected ${known}, got ${filter.name} with ${filter.operands.length} operands`);
}

function compileText(filter: Filter): Read {
  const { type, read } = compile(filter);
  if (type === 'flag' || type === 'number') throw mismatch(filter, 'text', type);
  return read;
}

function mapText(value: Value, change: (text: string) => string): Value {
  return typeof value === 'string' ? change(value) : null;
}

function testTexts(first: Value, second: Value, test: (first: string, second: string) => boolean): boolean {
  if (typeof first !== 'string' || typeof second !== 'string') return false;
  return test(first.toLowerCase(), second.toLowerCase());
}

function comparison(filter: Extract<Filter, { kind: 'comparison' }>): Expression {
  const [left, right] = [compile(filter.left), compile(filter.right)];
  const order = orderOf(filter, left.type, right.type);
  const { operator } = filter;
  return {
    type: 'flag',
    read: (...row) => {
      const [a, b] = [left.read(...row), right.read(...row)];
      if (a === null || b === null) return operator === 'eq' ? a === b : operator === 'ne' && a !== b;
      return holds(operator, order(a, b));
    },
  };
}

type Order = (left: Exclude<Value, null>, right: Exclude<Value, null>) => number | undefined;

function orderOf(filter: Filter, left: ValueType, right: ValueType): Order {
  const isText = (type: ValueType) => type === 'text' || type === 'instant' || type === 'version';
  const fits = left === right || left === 'null' || right === 'null' || (isText(left) && isText(right));
  if (!fits) throw mismatch(filter, 'two sides of one type', `${left} and ${right}`);
  return left === 'version' || right === 'version' ? versionOrder : valueOrder;
}

/** Undefined when one side is no version: then nothing but `ne` holds. A blank is a `+` that the URL decoding took. */
const versionOrder: Order = (left, right) => {
  const [a, b] = [left, right].map((value) => parseVersion(String(value).trim().replaceAll(' ', '+')));
  return a === undefined || b === undefined ? undefined : compareVersions(a, b);
};

const valueOrder: Order = (left, right) => {
  const [a, b] = [left, right].map((value) => (typeof value === 'string' ? value.toLowerCase() : Number(value)));
  if (a === undefined || b === undefined || a === b) return 0;
  return a < b ? -1 : 1;
};

function holds(operator: Comparison, order: number | undefined): boolean {
  if (order === undefined) return operator === 'ne';
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
