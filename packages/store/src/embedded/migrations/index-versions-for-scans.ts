/**
 * What scans need: each version knows its feed, title and tags; indexes in the order of pushes, of changes and of downloads; the
 * substring index of ids, titles and tags.
 */
import type { Connection } from '../connection.ts';
import { refreshAllSubstrings } from '../substring-index.ts';

const TABLES = `
ALTER TABLE package_version ADD COLUMN feed_key INTEGER NOT NULL DEFAULT 0;
ALTER TABLE package_version ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE package_version ADD COLUMN tags TEXT NOT NULL DEFAULT '';

CREATE VIRTUAL TABLE package_substring USING fts5 (
  trigrams, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);
CREATE TABLE package_substring_text (
  package_key INTEGER PRIMARY KEY,
  indexed TEXT NOT NULL
) STRICT;

UPDATE package_version SET
  feed_key = (SELECT p.feed_key FROM package p WHERE p.package_key = package_version.package_key),
  (title, tags) = (
    SELECT coalesce(c.metadata ->> '$.title', ''),
      coalesce((SELECT group_concat(tag.value, ' ' ORDER BY tag.key) FROM json_each(c.metadata, '$.tags') tag), '')
    FROM package_content c WHERE c.version_key = package_version.version_key);

CREATE INDEX package_version_by_created ON package_version (feed_key, created);
CREATE INDEX package_version_by_edited ON package_version (feed_key, last_edited);
CREATE UNIQUE INDEX package_by_downloads ON package (feed_key, total_downloads DESC, id_lower);
`;

export function indexVersionsForScans(connection: Connection): void {
  connection.exec(TABLES);
  refreshAllSubstrings(connection);
}
