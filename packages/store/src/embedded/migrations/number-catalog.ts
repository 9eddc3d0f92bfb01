/**
 * Makes the catalog of each feed readable by its position.
 *
 * `number` counts a feed's entries from 1 on without gaps, so that a page is found by its number; `committed_us` (microseconds
 * since 1970) is strictly increasing in a feed, whatever the clock does. `version_key` leads to the content of the version, which
 * moves to `deleted_content` when the version goes: an entry that was once read can be read for ever. A version knows its last
 * entry (`commit_number`, `committed_us`).
 *
 * What was deleted before has no content any more. Entries of such versions, and their deletions, are in nobody's copy either,
 * since no catalog was served until now: they stay without a number.
 */
import type { Connection } from '../connection.ts';

const COLUMNS = `
ALTER TABLE catalog ADD COLUMN number INTEGER;
ALTER TABLE catalog ADD COLUMN committed_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE catalog ADD COLUMN version_key INTEGER;
ALTER TABLE catalog ADD COLUMN version TEXT NOT NULL DEFAULT '';
ALTER TABLE catalog ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE package_version ADD COLUMN commit_number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE package_version ADD COLUMN committed_us INTEGER NOT NULL DEFAULT 0;

CREATE TABLE deleted_content (
  version_key INTEGER PRIMARY KEY,
  size_bytes INTEGER NOT NULL,
  created TEXT NOT NULL,
  sha512 BLOB NOT NULL,
  metadata TEXT NOT NULL
) STRICT;
`;

/** An entry belongs to the version that is there now when it came after the last deletion of that id and version. */
const LINK = `
CREATE INDEX catalog_by_version ON catalog (feed_key, id, normalized, sequence);
UPDATE catalog SET version_key = v.version_key, version = v.version
  FROM package p CROSS JOIN package_version v ON v.package_key = p.package_key
  WHERE catalog.feed_key = p.feed_key AND catalog.id = v.id AND catalog.normalized = v.normalized
    AND catalog.sequence > coalesce((SELECT max(d.sequence) FROM catalog d WHERE d.feed_key = p.feed_key AND d.id = v.id
      AND d.normalized = v.normalized AND d.kind = 'deleted'), 0);
`;

/** A push may have been of an unlisted version: its next entry tells, or else what the version is now. */
const LISTED = `
UPDATE catalog SET listed = CASE kind WHEN 'unlisted' THEN 0 WHEN 'relisted' THEN 1 ELSE coalesce(
    (SELECT n.kind = 'unlisted' FROM catalog n WHERE n.feed_key = catalog.feed_key AND n.id = catalog.id
      AND n.normalized = catalog.normalized AND n.sequence > catalog.sequence ORDER BY n.sequence LIMIT 1),
    (SELECT v.listed FROM package_version v WHERE v.version_key = catalog.version_key)) END
  WHERE version_key IS NOT NULL;
DROP INDEX catalog_by_version;
`;

/** Strictly increasing: entry N is no earlier than any entry before it, with one microsecond more for each step between them. */
const NUMBERS = `
UPDATE catalog SET number = n.number, committed_us = n.number + n.latest
  FROM (SELECT sequence, number, max(at_us - number) OVER (PARTITION BY feed_key ORDER BY number) AS latest
    FROM (SELECT sequence, feed_key, row_number() OVER (PARTITION BY feed_key ORDER BY sequence) AS number,
        (CAST(strftime('%s', at) AS INTEGER) * 1000 + CAST(substr(at, 21, 3) AS INTEGER)) * 1000 AS at_us
      FROM catalog WHERE version_key IS NOT NULL)) n
  WHERE n.sequence = catalog.sequence;
UPDATE package_version SET commit_number = c.number, committed_us = c.committed_us
  FROM (SELECT version_key, max(number) AS number, committed_us FROM catalog WHERE version_key IS NOT NULL GROUP BY version_key) c
  WHERE c.version_key = package_version.version_key;
CREATE INDEX catalog_by_number ON catalog (feed_key, number, committed_us) WHERE number IS NOT NULL;
CREATE INDEX catalog_by_kind ON catalog (feed_key, kind, number) WHERE number IS NOT NULL;
`;

export function numberCatalog(connection: Connection): void {
  for (const step of [COLUMNS, LINK, LISTED, NUMBERS]) connection.exec(step);
}
