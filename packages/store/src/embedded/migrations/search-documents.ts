/**
 * Two full-text tables instead of one, with owners and what is compared as a whole; how many ids of a feed have each kind of
 * latest version; and ids by their downloads.
 *
 * The index is made anew from the newest version of each id. Package types are words
 * of it too, so `package_type` goes. `search_row` is the key of an id's document, `document_pointers`
 * the latest versions of which it tells. The names have indexes of the first one to eight characters that follow the six of the
 * feed's mark: the fewer of them, the more words begin so.
 */
import type { Connection } from '../connection.ts';
import { refreshLatest } from '../latest-pointers.ts';

const COLUMNS = `
DROP TABLE package_search;
DROP TABLE package_type;
CREATE VIRTUAL TABLE package_names USING fts5 (
  id, parts, title, tags, exact,
  content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2 tokenchars '=.-'", prefix = '7 8 9 10 11 12 13 14'
);
CREATE VIRTUAL TABLE package_texts USING fts5 (
  id, parts, title, tags, exact, authors, owners, description, summary,
  content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2 tokenchars '=.-'"
);
ALTER TABLE package ADD COLUMN search_row INTEGER;
ALTER TABLE package ADD COLUMN document_pointers TEXT NOT NULL DEFAULT '';
`;

const POINTERS = ['latest', 'absolute_latest', 'latest_semver2', 'absolute_latest_semver2'];

export function searchDocuments(connection: Connection): void {
  connection.exec(COLUMNS);
  for (const pointer of POINTERS) {
    connection.exec(`
      ALTER TABLE feed ADD COLUMN ${pointer}_count INTEGER NOT NULL DEFAULT 0;
      UPDATE feed SET ${pointer}_count =
        (SELECT count(*) FROM package p WHERE p.feed_key = feed.feed_key AND p.${pointer}_key IS NOT NULL);
      CREATE INDEX package_by_${pointer}_downloads ON package (feed_key, total_downloads DESC, id_lower)
        WHERE ${pointer}_key IS NOT NULL;
    `);
  }
  fillIndex(connection);
}

function fillIndex(connection: Connection): void {
  for (let after = 0; ;) {
    const next = connection.get(
      'SELECT package_key FROM package WHERE package_key > ? ORDER BY package_key LIMIT 1',
      after,
    );
    if (next === undefined) {
      return;
    }
    after = Number(next.package_key);
    refreshLatest(connection, after);
  }
}
