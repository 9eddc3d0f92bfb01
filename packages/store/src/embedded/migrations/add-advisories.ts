/**
 * Deprecations, by version, and vulnerabilities, by feed and id: one row for all that one source says of an id, since they are read,
 * compared and written together. An entry of the catalog keeps the deprecation that its version had after the change.
 */
import type { Connection } from '../connection.ts';

const TABLES = `
CREATE TABLE deprecation (
  feed_key INTEGER NOT NULL,
  version_key INTEGER NOT NULL,
  reasons TEXT NOT NULL,
  message TEXT NOT NULL,
  alternate_id TEXT,
  alternate_range TEXT,
  PRIMARY KEY (feed_key, version_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE vulnerability_source (
  source_key INTEGER PRIMARY KEY,
  feed_key INTEGER NOT NULL,
  name TEXT NOT NULL,
  updated TEXT NOT NULL,
  package_count INTEGER NOT NULL,
  vulnerability_count INTEGER NOT NULL,
  UNIQUE (feed_key, name)
) STRICT;

CREATE TABLE vulnerability (
  feed_key INTEGER NOT NULL,
  id_lower TEXT NOT NULL,
  source_key INTEGER NOT NULL,
  entries TEXT NOT NULL,
  PRIMARY KEY (feed_key, id_lower, source_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX vulnerability_by_source ON vulnerability (source_key, id_lower);

ALTER TABLE catalog ADD COLUMN deprecation TEXT;
`;

export function addAdvisories(connection: Connection): void {
  connection.exec(TABLES);
}
