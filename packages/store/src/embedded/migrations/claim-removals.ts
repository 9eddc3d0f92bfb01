/**
 * Until when a process is about to remove a blob from a storage that it has to ask, in milliseconds since 1970: nobody can announce the
 * same content meanwhile. Null: nobody is.
 */
import type { Connection } from '../connection.ts';

export function claimRemovals(connection: Connection): void {
  connection.exec('ALTER TABLE blob_removal ADD COLUMN claimed_until INTEGER');
}
