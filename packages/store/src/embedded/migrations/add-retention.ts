/**
 * Who depends on whom inside a feed, and the versions that are pinned.
 *
 * `dependency` lies in the order in which it is asked: by the id that is depended on. A pin names a version and not its key, so
 * that it outlives a version that is replaced.
 */
import type { Connection } from '../connection.ts';

export function addRetention(connection: Connection): void {
  connection.exec(`
    CREATE TABLE dependency (
      feed_key INTEGER NOT NULL,
      id_lower TEXT NOT NULL,
      version_key INTEGER NOT NULL,
      range TEXT NOT NULL,
      PRIMARY KEY (feed_key, id_lower, version_key, range)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX dependency_by_version ON dependency (version_key);

    CREATE TABLE pin (
      feed_key INTEGER NOT NULL,
      id_lower TEXT NOT NULL,
      normalized_lower TEXT NOT NULL,
      id TEXT NOT NULL,
      normalized TEXT NOT NULL,
      note TEXT NOT NULL,
      at TEXT NOT NULL,
      PRIMARY KEY (feed_key, id_lower, normalized_lower)
    ) STRICT, WITHOUT ROWID;

    INSERT OR IGNORE INTO dependency (feed_key, id_lower, version_key, range)
      SELECT p.feed_key, lower(d.value ->> 'id'), v.version_key, d.value ->> 'range'
      FROM package p JOIN package_version v ON v.package_key = p.package_key
        JOIN package_content c ON c.version_key = v.version_key,
        json_each(c.metadata, '$.dependencyGroups') g, json_each(g.value, '$.dependencies') d;
  `);
}
