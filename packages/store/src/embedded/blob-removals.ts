/**
 * Announcements of blobs, and removals of those that nobody needs: inside the write lock where a removal is done at once, and by claims
 * where it has to be waited for.
 */
import type { BlobStore, RemoveBlob } from '../blob-store.ts';
import { doAwaitedRemovals, intendWhenFree } from './awaited-removals.ts';
import { IS_NEEDED, intend } from './blob-claims.ts';
import type { Connection } from './connection.ts';
import { sha512ToHex } from './stored-version-row.ts';
import type { WriteLock } from './write-lock.ts';

/** What stores that refer to blobs are made of. */
export interface BlobClaimParts {
  readonly writeLock: WriteLock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Set where a removal has to be waited for: it is then done outside of the write lock. */
  readonly remoteBlobs?: Pick<BlobStore, 'remove'> | undefined;
}

/** Bounds what one transaction holds the write lock for. */
const REMOVALS_PER_TRANSACTION = 500;

/** Announces a blob; where removals are waited for, as soon as none of the same content is under way. */
export async function announce(parts: BlobClaimParts, sha512: string, owner: string): Promise<void> {
  const { writeLock, remoteBlobs } = parts;
  if (remoteBlobs === undefined) await writeLock.run((connection) => intend(connection, sha512, owner));
  else await intendWhenFree({ ...parts, remoteBlobs }, sha512, owner);
}

/** Does what is due, batch by batch. Alone: a file must not go before the change that allows it is durable. */
export async function doAllRemovals(parts: BlobClaimParts, removeBlob: RemoveBlob): Promise<number> {
  const { writeLock, now, remoteBlobs } = parts;
  if (remoteBlobs !== undefined) return doAwaitedRemovals({ writeLock, now }, removeBlob);
  let removed = 0;
  for (let more = true; more;) {
    const batch = await writeLock.runAlone((connection) => doRemovals(connection, removeBlob, now()));
    removed += batch.removed;
    more = batch.more;
  }
  return removed;
}

/** Does a batch; `more` when there are further ones. */
function doRemovals(
  connection: Connection,
  removeBlob: RemoveBlob,
  now: number,
): { readonly removed: number; readonly more: boolean } {
  connection.run(`DELETE FROM blob_removal WHERE ${IS_NEEDED}`);
  const rows = connection.all(
    'SELECT sha512 FROM blob_removal WHERE due_at <= ? LIMIT ?',
    now,
    REMOVALS_PER_TRANSACTION,
  );
  for (const row of rows) {
    const sha512 = row.sha512 as Uint8Array;
    removeBlob(sha512ToHex(sha512));
    connection.run('DELETE FROM blob_removal WHERE sha512 = ?', sha512);
  }
  return { removed: rows.length, more: rows.length === REMOVALS_PER_TRANSACTION };
}
