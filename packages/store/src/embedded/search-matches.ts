/** Which documents answer to a search: the keys of their rows, without looking at anything else. */
import type { SearchTerms } from '../search-text.ts';
import type { Connection } from './connection.ts';
import { searchExpressions, wordExpression } from './search-expression.ts';
import type { SearchScope } from './search-expression.ts';
import type { SlicedReader } from './turns.ts';

export interface MatchOptions extends SearchScope {
  /** Only ids that have a latest version in the view. */
  readonly isVisible: boolean;
  /** Most rows to find in each table. */
  readonly limit: number;
}

export interface Matches {
  /**
   * What answers by its names before what answers by its texts, each with the most downloaded first. An id whose document was
   * written anew between the two may have two rows.
   */
  readonly rows: readonly number[];
  /** How many of them answer by id, title and tags alone. */
  readonly named: number;
}

/** Characters of the longest beginnings that `package_names` has an index of. */
const INDEXED_BEGINNING = 8;
const MANY = 2000;
/** Rows that one statement gives, which takes about half a millisecond. */
const ROWS_AT_ONCE = 4000;

type SearchTable = 'package_names' | 'package_texts';

/** Documents that answer to all terms and, when ids are named, are of one of them. */
export async function findMatches(reader: SlicedReader, search: SearchTerms, options: MatchOptions): Promise<Matches> {
  if (search.packageIds.length > 0) {
    return ofNamedIds(reader.connection, search, options);
  }
  const { names, texts } = searchExpressions(search, options, (word) =>
    isBeginningWanted(reader.connection, word, options),
  );
  const named = await rowsOf(reader, { table: 'package_names', expression: names }, options);
  if (named.length === options.limit) {
    return { rows: named, named: named.length };
  }
  await reader.turns.pause();
  const others = await rowsOf(reader, { table: 'package_texts', expression: texts }, options);
  return { rows: [...named, ...others.filter(isOutside(named))], named: named.length };
}

/** A test for rows that come from the last to the first, as `rows` do: sets of thousands of them take longer than finding them. */
function isOutside(rows: readonly number[]): (row: number) => boolean {
  let at = 0;
  return (row) => {
    while ((rows[at] ?? -1) > row) at += 1;
    return rows[at] !== row;
  };
}

/** The beginning of a long word takes a look at all that begins so: left out where the word itself is in very many names. */
function isBeginningWanted(connection: Connection, word: string, { feedKey }: MatchOptions): boolean {
  return (
    word.length <= INDEXED_BEGINNING ||
    connection.get(
      `SELECT 1 FROM package_names WHERE package_names MATCH ? LIMIT 1 OFFSET ${MANY}`,
      wordExpression(feedKey, word),
    ) === undefined
  );
}

/** Rows of one table, from the last to the first. */
export async function rowsOf(
  { connection, turns }: SlicedReader,
  { table, expression }: { readonly table: SearchTable; readonly expression: string | null },
  { view, isVisible, limit }: Pick<MatchOptions, 'view' | 'isVisible' | 'limit'>,
): Promise<readonly number[]> {
  if (expression === null) {
    return [];
  }
  // One text with all keys costs a fraction of one object for each; a number that is not cast is a fraction to the index.
  const sql = `SELECT json_group_array(row) AS rows FROM (SELECT rowid AS row FROM ${table} WHERE ${table} MATCH ?
    AND rowid < CAST(? AS INTEGER) ${isVisible ? `AND rowid & ${2 ** view}` : ''} ORDER BY rowid DESC LIMIT ?)`;
  const rows: number[] = [];
  for (let below = Number.MAX_SAFE_INTEGER; ;) {
    const most = Math.min(ROWS_AT_ONCE, limit - rows.length);
    const part = JSON.parse(String(connection.get(sql, expression, below, most)?.rows)) as readonly number[];
    rows.push(...part);
    const last = part.at(-1);
    if (last === undefined || part.length < most || rows.length >= limit) {
      return rows;
    }
    below = last;
    await turns.pause();
  }
}

function ofNamedIds(connection: Connection, search: SearchTerms, options: MatchOptions): Matches {
  const rows = connection
    .all(
      `SELECT search_row FROM package WHERE feed_key = ? AND id_lower IN (SELECT value FROM json_each(?)) AND search_row IS NOT NULL`,
      options.feedKey,
      JSON.stringify(search.packageIds),
    )
    .map((row) => Number(row.search_row))
    .filter((row) => !options.isVisible || hasView(row, options.view));
  const { names, texts } = searchExpressions(search, options);
  // A number that is not cast is a fraction to the index, which then leaves the condition out.
  const answers = (table: SearchTable, expression: string | null, row: number): boolean =>
    expression !== null &&
    connection.get(`SELECT 1 FROM ${table} WHERE ${table} MATCH ? AND rowid = CAST(? AS INTEGER)`, expression, row) !==
      undefined;
  const named = rows.filter((row) => names === '' || answers('package_names', names, row));
  const others = rows.filter((row) => !named.includes(row) && answers('package_texts', texts, row));
  return { rows: [...named, ...others], named: named.length };
}

function hasView(row: number, view: number): boolean {
  return Math.floor(row / 2 ** view) % 2 === 1;
}
