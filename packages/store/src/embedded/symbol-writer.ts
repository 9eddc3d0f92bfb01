/** What changes the symbols of a version. Each function runs inside a write transaction. */
import type { SymbolFile } from '@feedfleet/nupkg';
import type { FeedQuota } from '../metadata-store.ts';
import type { NewSymbols } from '../symbol-store.ts';
import { claimRemoval } from './blob-claims.ts';
import type { Connection } from './connection.ts';
import { countBytes } from './feed-changes.ts';
import { assertQuota } from './feed-quota.ts';
import { sha512FromHex } from './stored-version-row.ts';

/** File names of symbols are the same whatever their case. */
export const nameKey = (fileName: string): string => fileName.toLowerCase();

/** Where the symbols belong: keys of rows. */
export interface SymbolsOwner {
  readonly feedKey: number;
  readonly versionKey: number;
}

/** @throws ProblemError `FF_QUOTA_EXCEEDED` when the feed would grow past its quota. */
export function replaceSymbols(
  connection: Connection,
  owner: SymbolsOwner,
  { symbols, quota }: { readonly symbols: NewSymbols; readonly quota: FeedQuota | undefined },
): 'added' | 'replaced' {
  const { feedKey, versionKey } = owner;
  const former = connection.get('SELECT size_bytes FROM symbol_package WHERE version_key = ?', versionKey);
  const bytes = symbols.sizeBytes - Number(former?.size_bytes ?? 0);
  assertQuota(connection, feedKey, { growth: { packages: 0, versions: 0, bytes }, quota });
  forgetSymbols(connection, owner, 0);
  connection.run(
    'INSERT INTO symbol_package (version_key, size_bytes, sha512) VALUES (?, ?, ?)',
    versionKey,
    symbols.sizeBytes,
    sha512FromHex(symbols.sha512),
  );
  countBytes(connection, feedKey, symbols.sizeBytes);
  for (const file of symbols.files) insertFile(connection, owner, file);
  return former === undefined ? 'added' : 'replaced';
}

/** Removes the symbols of a version, if it has any; their package goes unless somebody else needs it. @param dueAt - when it may go. */
export function forgetSymbols(connection: Connection, { feedKey, versionKey }: SymbolsOwner, dueAt: number): void {
  const found = connection.get('SELECT sha512, size_bytes FROM symbol_package WHERE version_key = ?', versionKey);
  if (found === undefined) return;
  claimRemoval(connection, found.sha512 as Uint8Array, dueAt);
  connection.run('DELETE FROM symbol_file WHERE version_key = ?', versionKey);
  connection.run('DELETE FROM symbol_package WHERE version_key = ?', versionKey);
  countBytes(connection, feedKey, -Number(found.size_bytes));
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
