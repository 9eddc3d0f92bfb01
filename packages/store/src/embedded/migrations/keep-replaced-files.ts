/** The file of a replaced version is removed some time after it: `due_at`, in milliseconds since 1970, 0 for at once. */
import type { Connection } from '../connection.ts';

export function keepReplacedFiles(connection: Connection): void {
  connection.exec('ALTER TABLE blob_removal ADD COLUMN due_at INTEGER NOT NULL DEFAULT 0');
}
