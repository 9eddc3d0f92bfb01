/**
 * From what a user asks for to full-text queries. Only words of letters and digits and the words of `exactWord` get into them,
 * each in quotes: nothing that was typed can be an operator.
 *
 * Source: SQLite documentation, "SQLite FTS5 Extension", section "Full-text Query Syntax".
 */
import type { SearchField, SearchTerm, SearchTerms } from '../search-text.ts';
import { exactWord, feedMark } from './search-index.ts';

export interface SearchScope {
  readonly feedKey: number;
  /** Which of the four latest versions `version:` and the package type are about. */
  readonly view: number;
  /** Without case; null for any. */
  readonly packageType: string | null;
}

/** Queries of the two tables; what either finds is found. Null where a table cannot answer, or has nothing to add. */
export interface SearchExpressions {
  readonly names: string | null;
  readonly texts: string | null;
}

const COLUMNS: Readonly<Record<SearchField, string>> = {
  id: '{id parts}',
  title: 'title',
  tags: 'tags',
  authors: 'authors',
  description: 'description',
  summary: 'summary',
};

/** In `package_names`. */
const NAME_FIELDS: ReadonlySet<SearchField | null> = new Set([null, 'id', 'title', 'tags']);
/** Of which a word is there when another one begins with it. */
const BEGINNING_IS_ENOUGH: ReadonlySet<SearchField | null> = new Set([null, 'id', 'title']);
/** What `package_names` finds whole: its words are those of `package_texts`. */
const ONLY_NAMED: ReadonlySet<SearchField | null> = new Set(['id', 'title', 'tags']);

const NEVER = (): boolean => false;

/** @param isBeginningWanted - whether the words that begin with this one are wanted as well, where a beginning is enough. */
export function searchExpressions(
  search: Omit<SearchTerms, 'kind' | 'packageIds'>,
  scope: SearchScope,
  isBeginningWanted: (word: string) => boolean = () => true,
): SearchExpressions {
  const mark = feedMark(scope.feedKey);
  const exact = exactClauses(search, scope, mark);
  const fields = search.terms.map(({ field }) => field);
  const isBeginning = ({ field }: SearchTerm) => (BEGINNING_IS_ENOUGH.has(field) ? isBeginningWanted : NEVER);
  const join = (clauseOf: (term: SearchTerm) => string): string =>
    [...search.terms.map(clauseOf), ...exact].join(' AND ');
  const hasNames = fields.every((field) => NAME_FIELDS.has(field));
  const hasTexts = fields.some((field) => !ONLY_NAMED.has(field));
  return {
    names: hasNames ? join((term) => clause(term, mark, isBeginning(term))) : null,
    texts: hasTexts ? join((term) => clause(term, mark, NEVER)) : null,
  };
}

/** A query of either table for a whole word. */
export function wordExpression(feedKey: number, word: string): string {
  return `"${feedMark(feedKey)}${word}"`;
}

/** A query of `package_names` for ids of which all segments together are this word. */
export function wholeIdExpression(feedKey: number, word: string): string {
  return `id : ${wordExpression(feedKey, word)}`;
}

function clause({ field, words, isPhrase }: SearchTerm, mark: string, isBeginning: (word: string) => boolean): string {
  const quoted = isPhrase
    ? [`"${words.map((word) => mark + word).join(' ')}"`]
    : words.map((word) => `"${mark}${word}"${isBeginning(word) ? '*' : ''}`);
  const all = quoted.length === 1 ? (quoted[0] ?? '') : `(${quoted.join(' AND ')})`;
  return field === null ? all : `${COLUMNS[field]} : ${all}`;
}

function exactClauses(
  { versions, owners }: Pick<SearchTerms, 'versions' | 'owners'>,
  { view, packageType }: SearchScope,
  mark: string,
): readonly string[] {
  const anyOf = (kind: string, values: readonly string[]): string =>
    `exact : (${values.map((value) => `"${mark}${exactWord(kind, value)}"`).join(' OR ')})`;
  return [
    ...(versions.length === 0 ? [] : [anyOf(`v${view}`, versions)]),
    ...owners.map((owner) => anyOf('o', [owner])),
    ...(packageType === null ? [] : [anyOf(`t${view}`, [packageType])]),
  ];
}
