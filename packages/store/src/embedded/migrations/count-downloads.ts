/**
 * Downloads by day (days since 1970, UTC), of versions, ids and feeds, each kept for longer than the one before it.
 *
 * `replaced_version` leads from a version that is gone to the one that was pushed in its place: counts of it may still be under
 * way. A feed has hidden counts while its newest revision was made before they came.
 */
import type { Connection } from '../connection.ts';

const TABLES = `
CREATE TABLE version_download_day (
  version_key INTEGER NOT NULL,
  day INTEGER NOT NULL,
  downloads INTEGER NOT NULL,
  PRIMARY KEY (version_key, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX version_download_day_by_day ON version_download_day (day);

CREATE TABLE package_download_day (
  package_key INTEGER NOT NULL,
  day INTEGER NOT NULL,
  downloads INTEGER NOT NULL,
  PRIMARY KEY (package_key, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX package_download_day_by_day ON package_download_day (day);

CREATE TABLE feed_download_day (
  feed_key INTEGER NOT NULL,
  day INTEGER NOT NULL,
  downloads INTEGER NOT NULL,
  PRIMARY KEY (feed_key, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE replaced_version (
  old_key INTEGER PRIMARY KEY,
  new_key INTEGER NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX replaced_version_by_new ON replaced_version (new_key);
CREATE INDEX replaced_version_by_time ON replaced_version (at_ms);

ALTER TABLE feed ADD COLUMN has_hidden_counts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed ADD COLUMN counts_shown_ms INTEGER NOT NULL DEFAULT 0;
CREATE INDEX feed_with_hidden_counts ON feed (counts_shown_ms) WHERE has_hidden_counts = 1;
`;

export function countDownloads(connection: Connection): void {
  connection.exec(TABLES);
}
