/**
 * Symbols: for each version its symbols package, and where in it which PDB lies.
 *
 * A PDB that is there for several frameworks is one row; two with one key and another content are two.
 */
import type { Connection } from '../connection.ts';

const TABLES = `
CREATE TABLE symbol_package (
  version_key INTEGER PRIMARY KEY,
  size_bytes INTEGER NOT NULL,
  sha512 BLOB NOT NULL
) STRICT;
CREATE INDEX symbol_package_by_blob ON symbol_package (sha512);

CREATE TABLE symbol_file (
  feed_key INTEGER NOT NULL,
  signature TEXT NOT NULL,
  name_lower TEXT NOT NULL,
  version_key INTEGER NOT NULL,
  checksum TEXT NOT NULL,
  name TEXT NOT NULL,
  start INTEGER NOT NULL,
  packed_bytes INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  compression TEXT NOT NULL,
  PRIMARY KEY (feed_key, signature, name_lower, version_key, checksum)
) STRICT, WITHOUT ROWID;
CREATE INDEX symbol_file_by_checksum ON symbol_file (feed_key, signature, name_lower, checksum, version_key);
CREATE INDEX symbol_file_by_version ON symbol_file (version_key);
`;

export function createSymbols(connection: Connection): void {
  connection.exec(TABLES);
}
