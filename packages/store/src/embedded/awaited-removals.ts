/**
 * Removals from a blob store that is asked over a network: outside of the write lock, which must not wait for a storage that hangs.
 *
 * What is to be removed is claimed first, in a transaction of its own. As long as the claim stands, nobody can announce the same content:
 * it would be taken away in the middle of a push. The claim goes when the blob is known to be gone. A removal that failed may have been
 * done, or may be done yet: its claim stays, and whoever comes next tries again, also who wants to announce that content. The claim of a
 * process that died is taken over when its time is up.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ProblemError } from '@feedfleet/problems';
import type { BlobStore, RemoveBlob } from '../blob-store.ts';
import { IS_NEEDED, intend } from './blob-claims.ts';
import type { Connection } from './connection.ts';
import { sha512FromHex, sha512ToHex } from './stored-version-row.ts';
import type { WriteLock } from './write-lock.ts';

export interface AwaitedRemovalParts {
  readonly writeLock: WriteLock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly remoteBlobs: Pick<BlobStore, 'remove'>;
}

/** Longer than the removals of one claim can take. */
const CLAIM_MS = 120_000;
const REMOVALS_PER_CLAIM = 64;
const CONCURRENT_REMOVALS = 8;
/** How long an announcement waits for the removal of the same content by somebody else. */
const MAX_WAIT_MS = 5_000;
const PAUSE_MS = 50;
const RETRY_AFTER_SECONDS = 5;

/** Does what is due. What cannot be removed now is left for the next call: the change that allowed it is durable all the same. */
export async function doAwaitedRemovals(
  { writeLock, now }: Omit<AwaitedRemovalParts, 'remoteBlobs'>,
  removeBlob: RemoveBlob,
): Promise<number> {
  let removed = 0;
  for (let more = true; more;) {
    const claimed = await writeLock.run((connection) => claimDue(connection, now()));
    if (claimed.length === 0) return removed;
    const { gone, failed } = await removeEach(claimed, removeBlob);
    await writeLock.run((connection) => settleClaims(connection, { claimed, gone, failed }));
    removed += gone.size;
    more = claimed.length === REMOVALS_PER_CLAIM && failed.size === 0;
  }
  return removed;
}

/**
 * Announces a blob as soon as no removal of the same content is under way.
 *
 * @throws ProblemError `FF_STORE_UNAVAILABLE` when that takes too long; what the removal fails with.
 */
export async function intendWhenFree(parts: AwaitedRemovalParts, sha512: string, owner: string): Promise<void> {
  const { writeLock, now } = parts;
  const giveUpAt = performance.now() + MAX_WAIT_MS;
  for (;;) {
    const outcome = await writeLock.run((connection) => intendOrClaim(connection, { sha512, owner, now: now() }));
    if (outcome === 'announced') return;
    if (outcome === 'claimed') await finishRemoval(parts, sha512);
    else if (performance.now() < giveUpAt) await delay(PAUSE_MS);
    else {
      const detail = 'a former package with the same content is being removed';
      throw new ProblemError('storeUnavailable', { detail, retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
  }
}

async function finishRemoval({ writeLock, remoteBlobs }: AwaitedRemovalParts, sha512: string): Promise<void> {
  const claimed = [sha512];
  const settle = (gone: readonly string[], failed: readonly string[]): Promise<void> =>
    writeLock.run((connection) => settleClaims(connection, { claimed, gone: new Set(gone), failed: new Set(failed) }));
  try {
    await remoteBlobs.remove(sha512);
  } catch (error) {
    await settle([], claimed);
    throw error;
  }
  await settle(claimed, []);
}

function intendOrClaim(
  connection: Connection,
  { sha512, owner, now }: { readonly sha512: string; readonly owner: string; readonly now: number },
): 'announced' | 'claimed' | 'busy' {
  const claim = connection.get(
    'SELECT claimed_until FROM blob_removal WHERE sha512 = ? AND claimed_until IS NOT NULL',
    sha512FromHex(sha512),
  );
  if (claim === undefined) {
    intend(connection, sha512, owner);
    return 'announced';
  }
  if (Number(claim.claimed_until) > now) return 'busy';
  markClaimed(connection, sha512, now + CLAIM_MS);
  return 'claimed';
}

function claimDue(connection: Connection, now: number): readonly string[] {
  connection.run(`DELETE FROM blob_removal WHERE claimed_until IS NULL AND (${IS_NEEDED})`);
  const rows = connection.all(
    `SELECT sha512 FROM blob_removal WHERE due_at <= ? AND (claimed_until IS NULL OR claimed_until <= ?) LIMIT ?`,
    now,
    now,
    REMOVALS_PER_CLAIM,
  );
  const claimed = rows.map((row) => sha512ToHex(row.sha512 as Uint8Array));
  for (const sha512 of claimed) markClaimed(connection, sha512, now + CLAIM_MS);
  return claimed;
}

/** @param until - milliseconds since 1970; 0 for a claim that stands and that anybody may take over; null for none. */
function markClaimed(connection: Connection, sha512: string, until: number | null): void {
  connection.run('UPDATE blob_removal SET claimed_until = ? WHERE sha512 = ?', until, sha512FromHex(sha512));
}

interface Removed {
  readonly gone: ReadonlySet<string>;
  /** Nobody knows whether they are gone. */
  readonly failed: ReadonlySet<string>;
}

/** Stops at the first failure: the others would meet the same. */
async function removeEach(claimed: readonly string[], removeBlob: RemoveBlob): Promise<Removed> {
  const gone = new Set<string>();
  const failed = new Set<string>();
  const waiting = [...claimed];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && failed.size === 0; next = waiting.shift()) {
      try {
        await removeBlob(next);
        gone.add(next);
      } catch {
        failed.add(next);
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_REMOVALS }, work));
  return { gone, failed };
}

function settleClaims(
  connection: Connection,
  { claimed, gone, failed }: Removed & { readonly claimed: readonly string[] },
): void {
  for (const sha512 of claimed) {
    if (gone.has(sha512)) connection.run('DELETE FROM blob_removal WHERE sha512 = ?', sha512FromHex(sha512));
    else markClaimed(connection, sha512, failed.has(sha512) ? 0 : null);
  }
}
