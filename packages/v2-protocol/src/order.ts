/**
 * `$orderby`: properties with `asc` or `desc`. Rows that are equal by all terms are in order of id, then version.
 *
 * Source: OData 2.0, "URI Conventions", section 4.2.
 */
import { expected, tokenize } from './filter-token.ts';
import type { Token } from './filter-token.ts';
import type { PackageProperty, PackageRow, PropertyTable, Viewpoint } from './package-property.ts';

export interface OrderTerm {
  readonly name: string;
  readonly property: PackageProperty;
  readonly descending: boolean;
}

/** A value by which rows are ordered: text in lower case, a sort key of a version, an ISO instant, a number. */
export type OrderKey = string | number;

/** The place of a row: a key for each term, then its id in lower case and its sort key. No two rows have the same. */
export type OrderKeys = readonly OrderKey[];

const OPTION = '$orderby';
const MAX_TERMS = 8;

/** @returns an empty list for the empty text. */
export function parseOrder(text: string, properties: PropertyTable): readonly OrderTerm[] {
  const tokens = tokenize(OPTION, text);
  const terms: OrderTerm[] = [];
  const fail = (what: string, token: Token | undefined) => {
    const at = token?.at ?? text.length;
    return expected(OPTION, what, text.slice(at), at);
  };
  for (let next = 0; tokens[next]?.kind !== 'end' || terms.length > 0; next += 1) {
    const name = tokens[next];
    if (terms.length === MAX_TERMS) throw fail(`at most ${MAX_TERMS} properties`, name);
    const property = name?.kind === 'name' ? properties.get(name.value) : undefined;
    if (name === undefined || property === undefined) throw fail(`one of ${[...properties.keys()].join(', ')}`, name);
    const direction = tokens[next + 1];
    const isDirected = direction?.kind === 'name' && (direction.value === 'asc' || direction.value === 'desc');
    terms.push({ name: name.value, property, descending: isDirected && direction.value === 'desc' });
    next += isDirected ? 2 : 1;
    if (tokens[next]?.kind === 'end') break;
    if (tokens[next]?.kind !== ',') throw fail('asc, desc, a comma or the end', tokens[next]);
  }
  return terms;
}

export function orderKeys(row: PackageRow, terms: readonly OrderTerm[], viewpoint: Viewpoint): OrderKeys {
  const keys = terms.map(({ property }) => keyOf(property, row, viewpoint));
  keys.push(row.id.toLowerCase(), row.sortKey);
  return keys;
}

/** Compares places by `terms`, then by id and version. */
export function comparePlaces(left: OrderKeys, right: OrderKeys, terms: readonly OrderTerm[]): number {
  for (let index = 0; index < left.length; index += 1) {
    const order = compareKeys(left[index], right[index]);
    if (order !== 0) return terms[index]?.descending === true ? -order : order;
  }
  return 0;
}

function keyOf(property: PackageProperty, row: PackageRow, viewpoint: Viewpoint): OrderKey {
  switch (property.type) {
    case 'flag':
      return Number(property.read(row, viewpoint));
    case 'number':
      return property.read(row);
    case 'version':
      return property.sortKey(row);
    case 'instant':
      return property.read(row);
    case 'text':
      return property.read(row).toLowerCase();
  }
}

const SURROGATE = /[\ud800-\udfff]/;

/** Text by code points, as the store's indexes have it. */
function compareKeys(left: OrderKey | undefined, right: OrderKey | undefined): number {
  if (left === right || left === undefined || right === undefined) return 0;
  if (typeof left === 'string' && typeof right === 'string' && (SURROGATE.test(left) || SURROGATE.test(right))) {
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  }
  return left < right ? -1 : 1;
}
