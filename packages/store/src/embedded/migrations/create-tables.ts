/**
 * The first tables of the embedded store.
 *
 * Two things are kept apart from the narrow rows that indexes and scans touch: the large columns (`package_content`), and
 * the words of the search (`package_search`, one row an id, contentless because its text can be made again from the
 * newest version). Feeds and ids count their versions by listed, pre-release and SemVer 2 (`count_010`: unlisted pre-releases
 * without SemVer 2), so that a page far into a list is found without stepping over all versions before it. `package` points at
 * the newest listed version of each kind, so that a search and a list of latest versions read one row an id. `package_version`
 * lies in the order of its key, so that all versions of an id are on a few pages however far apart they were pushed.
 * `package_type` has the ids of which any version has a type other than the usual one: whom to ask at all when a search is for
 * tools. A version's key is never given out twice: what a reader has seen of a deleted version cannot turn into another one.
 */
import type { Connection } from '../connection.ts';

const TABLES = `
CREATE TABLE feed (
  feed_key INTEGER PRIMARY KEY,
  feed_id TEXT NOT NULL UNIQUE,
  revision INTEGER NOT NULL DEFAULT 0,
  package_count INTEGER NOT NULL DEFAULT 0,
  count_000 INTEGER NOT NULL DEFAULT 0,
  count_001 INTEGER NOT NULL DEFAULT 0,
  count_010 INTEGER NOT NULL DEFAULT 0,
  count_011 INTEGER NOT NULL DEFAULT 0,
  count_100 INTEGER NOT NULL DEFAULT 0,
  count_101 INTEGER NOT NULL DEFAULT 0,
  count_110 INTEGER NOT NULL DEFAULT 0,
  count_111 INTEGER NOT NULL DEFAULT 0,
  byte_count INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE package (
  package_key INTEGER PRIMARY KEY AUTOINCREMENT,
  feed_key INTEGER NOT NULL,
  id_lower TEXT NOT NULL,
  id TEXT NOT NULL,
  total_downloads INTEGER NOT NULL DEFAULT 0,
  count_000 INTEGER NOT NULL DEFAULT 0,
  count_001 INTEGER NOT NULL DEFAULT 0,
  count_010 INTEGER NOT NULL DEFAULT 0,
  count_011 INTEGER NOT NULL DEFAULT 0,
  count_100 INTEGER NOT NULL DEFAULT 0,
  count_101 INTEGER NOT NULL DEFAULT 0,
  count_110 INTEGER NOT NULL DEFAULT 0,
  count_111 INTEGER NOT NULL DEFAULT 0,
  document_key INTEGER,
  latest_key INTEGER,
  absolute_latest_key INTEGER,
  latest_semver2_key INTEGER,
  absolute_latest_semver2_key INTEGER
) STRICT;
CREATE UNIQUE INDEX package_by_id ON package (feed_key, id_lower);
CREATE INDEX package_by_latest ON package (feed_key, id_lower) WHERE latest_key IS NOT NULL;
CREATE INDEX package_by_absolute_latest ON package (feed_key, id_lower) WHERE absolute_latest_key IS NOT NULL;
CREATE INDEX package_by_latest_semver2 ON package (feed_key, id_lower) WHERE latest_semver2_key IS NOT NULL;
CREATE INDEX package_by_absolute_latest_semver2 ON package (feed_key, id_lower)
  WHERE absolute_latest_semver2_key IS NOT NULL;

CREATE TABLE package_content (
  version_key INTEGER PRIMARY KEY AUTOINCREMENT,
  v3_leaf_format INTEGER NOT NULL,
  v2_entry_format INTEGER NOT NULL,
  v3_leaf TEXT NOT NULL,
  v2_entry TEXT NOT NULL,
  metadata TEXT NOT NULL
) STRICT;

CREATE TABLE package_version (
  package_key INTEGER NOT NULL,
  sort_key TEXT NOT NULL,
  version_key INTEGER NOT NULL UNIQUE,
  normalized_lower TEXT NOT NULL,
  listed INTEGER NOT NULL,
  is_prerelease INTEGER NOT NULL,
  is_semver2 INTEGER NOT NULL,
  downloads INTEGER NOT NULL DEFAULT 0,
  size_bytes INTEGER NOT NULL,
  id TEXT NOT NULL,
  version TEXT NOT NULL,
  normalized TEXT NOT NULL,
  created TEXT NOT NULL,
  last_edited TEXT NOT NULL,
  sha512 BLOB NOT NULL,
  package_types TEXT NOT NULL,
  PRIMARY KEY (package_key, sort_key, version_key),
  UNIQUE (package_key, normalized_lower)
) STRICT, WITHOUT ROWID;
CREATE INDEX package_version_by_blob ON package_version (sha512);

CREATE TABLE package_type (
  feed_key INTEGER NOT NULL,
  name TEXT NOT NULL,
  package_key INTEGER NOT NULL,
  PRIMARY KEY (feed_key, name, package_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX package_type_by_package ON package_type (package_key);

CREATE VIRTUAL TABLE package_search USING fts5 (
  id, parts, title, tags, description, authors,
  content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TABLE blob_intent (
  intent_key INTEGER PRIMARY KEY,
  sha512 BLOB NOT NULL,
  owner TEXT NOT NULL
) STRICT;
CREATE INDEX blob_intent_by_blob ON blob_intent (sha512, owner);

CREATE TABLE blob_removal (
  sha512 BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE catalog (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  feed_key INTEGER NOT NULL,
  at TEXT NOT NULL,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  normalized TEXT NOT NULL
) STRICT;
`;

export function createTables(connection: Connection): void {
  connection.exec(TABLES);
}
