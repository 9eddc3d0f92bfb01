/**
 * Who needs a blob: versions that refer to it, as their package or as their symbols, copies of a source's packages, and whoever has
 * announced it. A blob goes only when nobody does, and so that nobody in any process can announce it at the same moment: inside the
 * write lock, or, where a removal takes a network, under a claim.
 *
 * A blob's removal is written down in the transaction that drops its last version and is done in the next one: the file must not
 * be gone before the change that allows it is durable. What a crash leaves between the two is done by the next release. The file
 * of a replaced version goes later still: who has read the version before it was replaced is to find it.
 */
import type { Connection } from './connection.ts';
import { sha512FromHex } from './stored-version-row.ts';

/** One row a push: two pushes of the same content by the same owner each have a claim of their own. */
export function intend(connection: Connection, sha512: string, owner: string): void {
  connection.run('INSERT INTO blob_intent (sha512, owner) VALUES (?, ?)', sha512FromHex(sha512), owner);
}

/** @returns whether there was one. */
export function settleIntent(connection: Connection, sha512: string, owner: string): boolean {
  const { changes } = connection.run(
    `DELETE FROM blob_intent WHERE intent_key =
       (SELECT intent_key FROM blob_intent WHERE sha512 = ? AND owner = ? LIMIT 1)`,
    sha512FromHex(sha512),
    owner,
  );
  return changes === 1;
}

/** Turns what a dead owner announced into removals to be done. */
export function claimRemovalsOf(connection: Connection, owner: string): void {
  connection.run('INSERT OR IGNORE INTO blob_removal (sha512) SELECT sha512 FROM blob_intent WHERE owner = ?', owner);
  connection.run('DELETE FROM blob_intent WHERE owner = ?', owner);
}

/** @param dueAt - not removed before, in milliseconds since 1970; 0 for at once. */
export function claimRemoval(connection: Connection, sha512: Uint8Array, dueAt = 0): void {
  connection.run(
    `INSERT INTO blob_removal (sha512, due_at) VALUES (?, ?)
     ON CONFLICT (sha512) DO UPDATE SET due_at = max(due_at, excluded.due_at)`,
    sha512,
    dueAt,
  );
}

/** Whether a removal is due that nobody has done: asked of a connection that only reads. */
export function hasDueRemovals(connection: Connection, now: number): boolean {
  return (
    connection.get(
      'SELECT 1 FROM blob_removal WHERE due_at <= ? AND (claimed_until IS NULL OR claimed_until <= ?) LIMIT 1',
      now,
      now,
    ) !== undefined
  );
}

export const IS_NEEDED = `EXISTS (SELECT 1 FROM package_version v WHERE v.sha512 = blob_removal.sha512)
  OR EXISTS (SELECT 1 FROM symbol_package s WHERE s.sha512 = blob_removal.sha512)
  OR EXISTS (SELECT 1 FROM source_copy c WHERE c.sha512 = blob_removal.sha512)
  OR EXISTS (SELECT 1 FROM blob_intent i WHERE i.sha512 = blob_removal.sha512)`;
