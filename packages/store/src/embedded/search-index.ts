/**
 * The documents of the search: one an id, in two full-text tables.
 *
 * `package_names` has id, title and tags, where the beginning of a word is enough; `package_texts` has all words of a package,
 * where it takes the whole one. The beginning of a word is found in no more steps than there are words that begin so, which for
 * the texts of a large feed is far too many.
 *
 * Each word carries the feed's key in front: the words of one feed lie together, and one feed's words never match in another's
 * search. What is compared as a whole (owners, versions, package types) is a word that begins with `=`, which no text has.
 *
 * The key of a document has in it what a search filters and orders by, so that neither costs a look at another table: from the
 * high bits to the low ones the power of two of the downloads, the id's key, and which of its four latest versions there are.
 * The last rows are the most downloaded ids and, among equals, the newest.
 */
import type { PackageMetadata } from '@feedfleet/nupkg';
import { documentWordsOf, idWords, wordsOf } from '../search-words.ts';
import { ownerWord } from '../search-text.ts';
import type { Connection, Row } from './connection.ts';

const MAX_DOCUMENT_CHARACTERS = 16_384;
const VIEWS = 16;
const KEYS = 2 ** 44;
const MOST_DOWNLOADS_LOG2 = 63;

const NAME_COLUMNS = ['id', 'parts', 'title', 'tags', 'exact'] as const;
const TEXT_COLUMNS = [...NAME_COLUMNS, 'authors', 'owners', 'description', 'summary'] as const;

/** The key of an id in the search index, by its downloads and the latest versions that it has. */
function documentRow(packageKey: number, downloads: number, pointers: readonly (number | null)[]): number {
  const rank = downloads < 1 ? 0 : Math.min(MOST_DOWNLOADS_LOG2, 1 + Math.floor(Math.log2(downloads)));
  const views = pointers.reduce<number>((sum, pointer, view) => sum + (pointer === null ? 0 : 2 ** view), 0);
  return rank * KEYS + packageKey * VIEWS + views;
}

export function packageKeyOf(row: number): number {
  return Math.floor((row % KEYS) / VIEWS);
}

/** Of one length, so that no mark is the beginning of another one. */
export function feedMark(feedKey: number): string {
  return feedKey.toString(36).padStart(6, '0');
}

/** A word that is compared as a whole; each other character than letters, digits and dots is written as its number. */
export function exactWord(kind: string, value: string): string {
  const plain = value
    .toLowerCase()
    .replace(/[^\p{L}\p{N}.]/gu, (other) => `-${(other.codePointAt(0) ?? 0).toString(16)}-`);
  return `=${kind}=${plain}`;
}

const INDEXED = `SELECT p.feed_key, p.total_downloads, p.search_row, p.document_key, p.document_pointers,
    coalesce(p.absolute_latest_semver2_key,
      (SELECT version_key FROM package_version WHERE package_key = p.package_key ORDER BY sort_key DESC LIMIT 1)) AS newest_key
  FROM package p WHERE p.package_key = ?`;

/** Writes the document of an id anew when its newest version, one of its latest versions or its popularity has changed. */
export function keepDocument(connection: Connection, packageKey: number, pointers: readonly (number | null)[]): void {
  const indexed = connection.get(INDEXED, packageKey);
  if (indexed === undefined || indexed.newest_key === null) {
    return;
  }
  const row = documentRow(packageKey, Number(indexed.total_downloads), pointers);
  const pointed = pointers.join(' ');
  if (
    row === indexed.search_row &&
    pointed === indexed.document_pointers &&
    indexed.newest_key === indexed.document_key
  ) {
    return;
  }
  forgetDocument(connection, packageKey);
  writeDocument(connection, row, { indexed, pointers });
  connection.run(
    `UPDATE package SET search_row = ?1, document_pointers = ?2, document_key = ?3,
       id = (SELECT id FROM package_version WHERE version_key = ?3) WHERE package_key = ?4`,
    ...[row, pointed, Number(indexed.newest_key), packageKey],
  );
}

export function forgetDocument(connection: Connection, packageKey: number): void {
  const row = connection.get('SELECT search_row FROM package WHERE package_key = ?', packageKey)?.search_row ?? null;
  if (row !== null) {
    connection.run('DELETE FROM package_names WHERE rowid = ?', Number(row));
    connection.run('DELETE FROM package_texts WHERE rowid = ?', Number(row));
  }
}

function writeDocument(
  connection: Connection,
  row: number,
  { indexed, pointers }: { readonly indexed: Row; readonly pointers: readonly (number | null)[] },
): void {
  const content = connection.get(
    'SELECT metadata FROM package_content WHERE version_key = ?',
    Number(indexed.newest_key),
  );
  const metadata = JSON.parse(String(content?.metadata)) as PackageMetadata;
  const mark = feedMark(Number(indexed.feed_key));
  const exact = [...ownerWords(metadata), ...pointers.flatMap((key, view) => viewWords(connection, key, view))];
  const columns = { ...columnsOf(metadata), exact };
  for (const [table, names] of [
    ['package_names', NAME_COLUMNS],
    ['package_texts', TEXT_COLUMNS],
  ] as const) {
    connection.run(
      `INSERT INTO ${table} (rowid, ${names.join(', ')}) VALUES (?, ${names.map(() => '?').join(', ')})`,
      row,
      ...names.map((name) => columns[name].map((word) => mark + word).join(' ')),
    );
  }
}

function columnsOf(
  metadata: PackageMetadata,
): Record<Exclude<(typeof TEXT_COLUMNS)[number], 'exact'>, readonly string[]> {
  const words = (text: string): readonly string[] => documentWordsOf(text.slice(0, MAX_DOCUMENT_CHARACTERS));
  return {
    id: [...wordsOf(metadata.id), wordsOf(metadata.id).join('')],
    parts: idWords(metadata.id),
    title: words(metadata.title),
    tags: words(metadata.tags.join(' ')),
    authors: words(metadata.authors),
    owners: words(metadata.owners),
    description: words(metadata.description),
    summary: words(metadata.summary),
  };
}

function ownerWords({ owners }: PackageMetadata): readonly string[] {
  return owners.split(/[,;]/).map((name) => exactWord('o', ownerWord(name)));
}

/** Version and types of the version that is the newest in a view. */
function viewWords(connection: Connection, versionKey: number | null, view: number): readonly string[] {
  if (versionKey === null) {
    return [];
  }
  const version = connection.get(
    'SELECT normalized_lower, package_types FROM package_version WHERE version_key = ?',
    versionKey,
  );
  const types = String(version?.package_types)
    .split('/')
    .filter((type) => type !== '');
  return [
    exactWord(`v${view}`, String(version?.normalized_lower)),
    ...types.map((type) => exactWord(`t${view}`, type)),
  ];
}
