/** What mirrors keep of foreign sources. The sums are kept too: they are asked for with each new copy. */
import type { Connection } from '../connection.ts';

export function addSourceCopies(connection: Connection): void {
  connection.exec(`
    CREATE TABLE copied_source (
      source_key INTEGER PRIMARY KEY AUTOINCREMENT,
      feed_id TEXT NOT NULL,
      source_id TEXT NOT NULL,
      origin TEXT NOT NULL,
      packages INTEGER NOT NULL DEFAULT 0,
      bytes INTEGER NOT NULL DEFAULT 0,
      documents INTEGER NOT NULL DEFAULT 0,
      negative_documents INTEGER NOT NULL DEFAULT 0,
      UNIQUE (feed_id, source_id, origin)
    ) STRICT;

    CREATE TABLE source_copy (
      source_key INTEGER NOT NULL,
      id_lower TEXT NOT NULL,
      normalized_lower TEXT NOT NULL,
      size_bytes INTEGER NOT NULL,
      sha512 BLOB NOT NULL,
      PRIMARY KEY (source_key, id_lower, normalized_lower)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX source_copy_by_blob ON source_copy (sha512);

    CREATE TABLE source_document (
      document_key INTEGER PRIMARY KEY,
      source_key INTEGER NOT NULL,
      id_lower TEXT NOT NULL,
      is_negative INTEGER NOT NULL,
      told_ms INTEGER NOT NULL,
      tag TEXT NOT NULL,
      content BLOB NOT NULL,
      UNIQUE (source_key, id_lower)
    ) STRICT;
    CREATE INDEX source_document_by_age ON source_document (source_key, is_negative, told_ms);
  `);
}
