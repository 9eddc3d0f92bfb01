/**
 * Which ids contain a text: the pieces of three and of six characters of each id, and of the titles and tags of its latest versions.
 *
 * A text of six characters or more is asked for by the long pieces. Few ids have each of them, however many a feed has; three
 * characters are in thousands of ids of a large feed, which are all read to find the one that has the whole text.
 *
 * Each piece carries the feed's key and its column in front, so that a question costs what this feed has and not what all
 * feeds have. The index has neither text nor positions: it gives candidates, which are checked against their rows. What has been
 * indexed is kept beside it, so that a version with the title and tags of the one before changes nothing.
 *
 * Source: SQLite documentation, "SQLite FTS5 Extension", sections "Contentless-Delete Tables" and "The Detail Option". Its own
 * trigram tokenizer keeps feeds together, and with them the cost of a question.
 */
import type { SubstringMatch } from '../version-scan.ts';
import type { Connection } from './connection.ts';

type Column = Extract<SubstringMatch, { kind: 'part' }>['column'];

const MARKS: Readonly<Record<Column, string>> = { id: 'i', title: 't', tags: 'g' };
/** Longest text of one id that is indexed, in characters; what is longer is a candidate for everything. */
const MAX_INDEXED_CHARACTERS = 8_192;
const UNBOUNDED = 'x';
/** Characters of the pieces. */
const SHORT = 3;
const LONG = 6;
/** More pieces of one text find hardly less. */
const MAX_PIECES = 24;
/** Keys of ids that are held at a time. */
const REFRESHED_AT_ONCE = 1000;

interface IndexedText {
  readonly id: string;
  readonly titles: readonly string[];
  readonly tags: readonly string[];
}

const TEXTS = `SELECT DISTINCT p.feed_key, p.id_lower, v.title, v.tags
  FROM package p LEFT JOIN package_version v
    ON v.version_key IN (p.latest_key, p.absolute_latest_key, p.latest_semver2_key, p.absolute_latest_semver2_key)
  WHERE p.package_key = ? ORDER BY v.title, v.tags`;

/** Indexes an id anew when its text, or that of its latest versions, is another one. */
export function refreshSubstrings(connection: Connection, packageKey: number): void {
  const rows = connection.all(TEXTS, packageKey);
  const first = rows[0];
  if (first === undefined) {
    return;
  }
  const distinct = (texts: readonly unknown[]): readonly string[] => [
    ...new Set(texts.filter((text) => typeof text === 'string' && text !== '') as string[]),
  ];
  const text: IndexedText = {
    id: String(first.id_lower),
    titles: distinct(rows.map((row) => row.title)),
    tags: distinct(rows.map((row) => row.tags)),
  };
  const shape = JSON.stringify(text);
  const known = connection.get('SELECT indexed FROM package_substring_text WHERE package_key = ?', packageKey);
  if (known?.indexed === shape) {
    return;
  }
  if (known !== undefined) {
    connection.run('DELETE FROM package_substring WHERE rowid = ?', packageKey);
  }
  connection.run(
    'INSERT OR REPLACE INTO package_substring_text (package_key, indexed) VALUES (?, ?)',
    packageKey,
    shape,
  );
  connection.run(
    'INSERT INTO package_substring (rowid, trigrams) VALUES (?, ?)',
    packageKey,
    document(Number(first.feed_key), text),
  );
}

/** Indexes all ids of all feeds. */
export function refreshAllSubstrings(connection: Connection): void {
  for (let after = 0, more = true; more;) {
    const keys = connection.all(
      'SELECT package_key FROM package WHERE package_key > ? ORDER BY package_key LIMIT ?',
      after,
      REFRESHED_AT_ONCE,
    );
    keys.forEach((row) => refreshSubstrings(connection, Number(row.package_key)));
    after = Number(keys.at(-1)?.package_key ?? 0);
    more = keys.length === REFRESHED_AT_ONCE;
  }
}

export function forgetSubstrings(connection: Connection, packageKey: number): void {
  connection.run('DELETE FROM package_substring WHERE rowid = ?', packageKey);
  connection.run('DELETE FROM package_substring_text WHERE package_key = ?', packageKey);
}

/** A full-text query that every match fulfils. Texts are encoded, so that no operator of the query language is in them. */
export function substringExpression(feedKey: number, match: SubstringMatch): string {
  const mark = feedMark(feedKey);
  return `(${expression(mark, match)}) OR "${mark}${UNBOUNDED}"`;
}

function expression(mark: string, match: SubstringMatch): string {
  switch (match.kind) {
    case 'part':
      return sideBySide(mark + MARKS[match.column], charactersOf(match.text))
        .map((token) => `"${token}"`)
        .join(' AND ');
    case 'every':
      return match.of.map((part) => `(${expression(mark, part)})`).join(' AND ');
    case 'some':
      return match.of.map((part) => `(${expression(mark, part)})`).join(' OR ');
  }
}

function document(feedKey: number, { id, titles, tags }: IndexedText): string {
  const mark = feedMark(feedKey);
  const length = [id, ...titles, ...tags].reduce((sum, text) => sum + text.length, 0);
  if (length > MAX_INDEXED_CHARACTERS) {
    return mark + UNBOUNDED;
  }
  const tokens = [
    ...pieces(mark + MARKS.id, id),
    ...titles.flatMap((title) => pieces(mark + MARKS.title, title)),
    ...tags.flatMap((tag) => pieces(mark + MARKS.tags, ` ${tag} `)),
  ];
  return [...new Set(tokens)].join(' ');
}

/** At every character there begins a piece of each length. */
function pieces(mark: string, text: string): readonly string[] {
  const characters = charactersOf(text);
  return [SHORT, LONG].flatMap((length) =>
    characters.slice(0, 1 - length).map((_, start) => piece(mark, characters, { start, length })),
  );
}

/**
 * Every third or sixth piece and the last one: they hold all characters. The others would cost as much again, twice, as each reads
 * the ids that have it, and find hardly less.
 */
function sideBySide(mark: string, characters: readonly string[]): readonly string[] {
  const length = characters.length < LONG ? SHORT : LONG;
  const last = characters.length - length;
  const starts = Array.from({ length: Math.ceil(last / length) }, (_, index) => index * length);
  const tokens = [...starts, last].map((start) => piece(mark, characters, { start, length }));
  return [...new Set(tokens)].slice(0, MAX_PIECES);
}

function piece(
  mark: string,
  characters: readonly string[],
  { start, length }: { readonly start: number; readonly length: number },
): string {
  return mark + characters.slice(start, start + length).join('');
}

function charactersOf(text: string): readonly string[] {
  return Array.from(text.toLowerCase().toWellFormed(), wordCharacter);
}

/** The tokenizer splits words at ASCII characters that are neither letters nor digits, and at no others. */
function wordCharacter(character: string): string {
  return /[^a-z0-9]/.test(character) && character < '\u0080'
    ? String.fromCodePoint(0x2400 + character.charCodeAt(0))
    : character;
}

/** No mark is the beginning of another one: its first character tells its length. */
function feedMark(feedKey: number): string {
  const digits = feedKey.toString(36);
  return digits.length.toString(36) + digits;
}
