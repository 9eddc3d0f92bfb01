/** What changes the symbols of a version. Each function runs inside a write transaction. */
import type { SymbolFile } from '@feedfleet/nupkg';
import type { NewSymbols } from '../symbol-store.ts';
import { claimRemoval } from './blob-claims.ts';
import type { Connection } from './connection.ts';
import { sha512FromHex } from './stored-version-row.ts';

/** File names of symbols are the same whatever their case. */
export const nameKey = (fileName: string): string => fileName.toLowerCase();

/** Where the symbols belong: keys of rows. */
export interface SymbolsOwner {
  readonly feedKey: number;
  readonly versionKey: number;
}

export function replaceSymbols(
  connection: Connection,
  { feedKey, versionKey }: SymbolsOwner,
  symbols: NewSymbols,
): 'added' | 'replaced' {
  const isReplaced = forgetSymbols(connection, versionKey, 0);
  connection.run(
    'INSERT INTO symbol_package (version_key, size_bytes, sha512) VALUES (?, ?, ?)',
    versionKey,
    symbols.sizeBytes,
    sha512FromHex(symbols.sha512),
  );
  for (const file of symbols.files) insertFile(connection, { feedKey, versionKey }, file);
  return isReplaced ? 'replaced' : 'added';
}

/** Removes the symbols of a version, if it has any; their package goes unless somebody else needs it. @param dueAt - when it may go. @returns whether it had any. */
export function forgetSymbols(connection: Connection, versionKey: number, dueAt: number): boolean {
  const found = connection.get('SELECT sha512 FROM symbol_package WHERE version_key = ?', versionKey);
  if (found === undefined) return false;
  claimRemoval(connection, found.sha512 as Uint8Array, dueAt);
  connection.run('DELETE FROM symbol_file WHERE version_key = ?', versionKey);
  connection.run('DELETE FROM symbol_package WHERE version_key = ?', versionKey);
  return true;
}

function insertFile(connection: Connection, { feedKey, versionKey }: SymbolsOwner, file: SymbolFile): void {
  const { fileName, signature, checksum, content } = file;
  connection.run(
    `INSERT OR IGNORE INTO symbol_file
       (feed_key, signature, name_lower, version_key, checksum, name, start, packed_bytes, size_bytes, compression)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[feedKey, signature, nameKey(fileName), versionKey, checksum ?? '', fileName],
    ...[content.start, content.packedBytes, content.sizeBytes, content.compression],
  );
}
