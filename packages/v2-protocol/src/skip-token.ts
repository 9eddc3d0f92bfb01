/**
 * `$skiptoken`: where a page ended, as the values of its last row: one for each term of `$orderby`, then id and version.
 *
 * Source: WCF Data Services, "Paged feeds": `$skiptoken='id','version'`. What is pushed or deleted between two pages moves
 * nothing. Values of id and version stand once, at the end, because the terms of these are the same.
 */
import { parseVersion, versionSortKey } from '@feedfleet/versioning';
import { expected, tokenize } from './filter-token.ts';
import type { Token } from './filter-token.ts';
import type { OrderKey, OrderKeys, OrderTerm } from './order.ts';
import type { PackageRow, Viewpoint } from './package-property.ts';

const OPTION = '$skiptoken';

/** @example skipTokenOf(row, [], viewpoint) // "'Core','1.0.0'" */
export function skipTokenOf(row: PackageRow, terms: readonly OrderTerm[], viewpoint: Viewpoint): string {
  const values = terms.filter(isValued).map(({ property }) => property.read(row, viewpoint));
  return [...values, row.id, row.normalizedVersion].map(literal).join(',');
}

/** @throws ProblemError `FF_INVALID_QUERY` for what `skipTokenOf` does not write for these terms. */
export function parseSkipToken(text: string, terms: readonly OrderTerm[]): OrderKeys {
  const valued = terms.filter(isValued);
  const values = literals(text, valued.length + 2);
  const [id, version] = values.slice(-2);
  const parsed = version?.kind === 'text' ? parseVersion(version.value) : undefined;
  if (id?.kind !== 'text' || parsed === undefined) throw failed(text, id, "id and version: 'X','1.0.0'");
  const last = { id: id.value.toLowerCase(), sortKey: versionSortKey(parsed) };
  const keys = terms.map((term): OrderKey => {
    if (term.property.type === 'version') return last.sortKey;
    if (term.name === 'Id') return last.id;
    return keyOf(term, values[valued.indexOf(term)], text);
  });
  return [...keys, last.id, last.sortKey];
}

/** Whether the term's value is not told by id and version. */
function isValued({ name, property }: OrderTerm): boolean {
  return name !== 'Id' && property.type !== 'version';
}

function literal(value: string | number | boolean): string {
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}

function literals(text: string, count: number): readonly Token[] {
  const tokens = tokenize(OPTION, text);
  const values = tokens.filter((_token, index) => index % 2 === 0);
  const separators = tokens.filter((_token, index) => index % 2 === 1);
  const isList = separators.every(({ kind }, index) => kind === (index === separators.length - 1 ? 'end' : ','));
  if (!isList || tokens.length !== 2 * count) throw failed(text, tokens[0], `${count} values`);
  return values;
}

function keyOf({ property }: OrderTerm, token: Token | undefined, text: string): OrderKey {
  switch (property.type) {
    case 'number':
      if (token?.kind === 'number') return Number(token.value);
      break;
    case 'flag':
      if (token?.kind === 'name' && /^(?:true|false)$/i.test(token.value)) return Number(/^t/i.test(token.value));
      break;
    case 'instant':
      if (token?.kind === 'text' || token?.kind === 'instant') return token.value;
      break;
    case 'text':
    case 'version':
      if (token?.kind === 'text') return token.value.toLowerCase();
  }
  throw failed(text, token, `a value of type ${property.type}`);
}

function failed(text: string, token: Token | undefined, what: string): Error {
  const at = token?.at ?? 0;
  return expected(OPTION, what, text.slice(at), at);
}
