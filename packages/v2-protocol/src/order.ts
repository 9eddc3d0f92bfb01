/**
 * `$orderby`: properties with `asc` or `desc`.
 *
 * Source: OData 2.0, "URI Conventions", section 4.2. Rows that are equal by all terms keep their order: id, then version.
 */
import type { StoredVersion } from '@feedfleet/store';
import { expected, tokenize } from './filter-token.ts';
import type { Token } from './filter-token.ts';
import type { PackageProperty, PropertyTable, Viewpoint } from './package-property.ts';

export interface OrderTerm {
  readonly name: string;
  readonly property: PackageProperty;
  readonly descending: boolean;
}

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

/** Whether the store's own order, id and then version, is what `terms` ask for. */
export function isNaturalOrder(terms: readonly OrderTerm[], oneVersionAnId: boolean): boolean {
  const [first, second] = terms;
  if (first === undefined) return true;
  if (first.name !== 'Id' || first.descending) return false;
  if (second === undefined || oneVersionAnId) return true;
  return second.property.type === 'version' && !second.descending;
}

/** Sorts by keys that are read once a row. */
export function sortRows(
  rows: readonly StoredVersion[],
  terms: readonly OrderTerm[],
  viewpoint: Viewpoint,
): readonly StoredVersion[] {
  if (terms.length === 0) return rows;
  const keyed = rows.map((row) => ({ row, keys: terms.map(({ property }) => keyOf(property, row, viewpoint)) }));
  keyed.sort((left, right) => {
    for (const [index, { descending }] of terms.entries()) {
      const order = compareKeys(left.keys[index], right.keys[index]);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  });
  return keyed.map(({ row }) => row);
}

type Key = string | number;

function keyOf(property: PackageProperty, row: StoredVersion, viewpoint: Viewpoint): Key {
  switch (property.type) {
    case 'flag':
      return Number(property.read(row, viewpoint));
    case 'number':
      return property.read(row);
    case 'version':
      return property.sortKey(row);
    case 'text':
    case 'instant':
      return property.read(row).toLowerCase();
  }
}

function compareKeys(left: Key | undefined, right: Key | undefined): number {
  if (left === right || left === undefined || right === undefined) return 0;
  return left < right ? -1 : 1;
}
