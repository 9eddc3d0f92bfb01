/**
 * From which foreign source a feed takes an id. By the feed's own id: a feed that only bundles others has no row in `feed`. The count is
 * kept, because a feed may have very many pins and each new one asks.
 */
import type { Connection } from '../connection.ts';

export function addSourcePins(connection: Connection): void {
  connection.exec(`
    CREATE TABLE source_pin (
      feed_id TEXT NOT NULL,
      id_lower TEXT NOT NULL,
      source_id TEXT NOT NULL,
      at TEXT NOT NULL,
      PRIMARY KEY (feed_id, id_lower)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX source_pin_by_source ON source_pin (feed_id, source_id);

    CREATE TABLE source_pin_count (
      feed_id TEXT NOT NULL PRIMARY KEY,
      pins INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `);
}
