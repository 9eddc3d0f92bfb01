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

/** Longer than removals that run side by side can take, with the longest time limit that a storage may have. */
const CLAIM_MS = 180_000;
const CONCURRENT_REMOVALS = 8;
/** Nothing is begun later than this after the claim: a process may have stood still, and others may have taken over. */
const LATEST_BEGIN_MS = 30_000;
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
    const claim = await writeLock.run((connection) => claimDue(connection, now()));
    if (claim.claimed.length === 0) return removed;
    const { gone, failed } = await removeEach(claim, now, removeBlob);
    await writeLock.run((connection) => settleClaims(connection, { ...claim, gone, failed }));
    removed += gone.size;
    more = claim.claimed.length === CONCURRENT_REMOVALS && failed.size === 0;
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
    if (typeof outcome === 'object') await finishRemoval(parts, outcome);
    else if (performance.now() < giveUpAt) await delay(PAUSE_MS);
    else {
      const detail = 'a former package with the same content is being removed';
      throw new ProblemError('storeUnavailable', { detail, retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
  }
}

async function finishRemoval({ writeLock, remoteBlobs }: AwaitedRemovalParts, claim: Claim): Promise<void> {
  const settle = (gone: readonly string[], failed: readonly string[]): Promise<void> =>
    writeLock.run((connection) => settleClaims(connection, { ...claim, gone: new Set(gone), failed: new Set(failed) }));
  try {
    for (const sha512 of claim.claimed) await remoteBlobs.remove(sha512);
  } catch (error) {
    await settle([], claim.claimed);
    throw error;
  }
  await settle(claim.claimed, []);
}

interface Claim {
  readonly claimed: readonly string[];
  /** Milliseconds since 1970. Tells this claim from one that took it over. */
  readonly until: number;
}

function intendOrClaim(
  connection: Connection,
  { sha512, owner, now }: { readonly sha512: string; readonly owner: string; readonly now: number },
): 'announced' | Claim | 'busy' {
  const claim = connection.get(
    'SELECT claimed_until FROM blob_removal WHERE sha512 = ? AND claimed_until IS NOT NULL',
    sha512FromHex(sha512),
  );
  if (claim === undefined) {
    intend(connection, sha512, owner);
    return 'announced';
  }
  if (Number(claim.claimed_until) > now) return 'busy';
  const until = now + CLAIM_MS;
  markClaimed(connection, sha512, until);
  return { claimed: [sha512], until };
}

function claimDue(connection: Connection, now: number): Claim {
  connection.run(`DELETE FROM blob_removal WHERE claimed_until IS NULL AND (${IS_NEEDED})`);
  const rows = connection.all(
    `SELECT sha512 FROM blob_removal WHERE due_at <= ? AND (claimed_until IS NULL OR claimed_until <= ?) LIMIT ?`,
    now,
    now,
    CONCURRENT_REMOVALS,
  );
  const claimed = rows.map((row) => sha512ToHex(row.sha512 as Uint8Array));
  const until = now + CLAIM_MS;
  for (const sha512 of claimed) markClaimed(connection, sha512, until);
  return { claimed, until };
}

/** @param until - milliseconds since 1970. In the table 0 stands for a claim that anybody may take over, null for none. */
function markClaimed(connection: Connection, sha512: string, until: number): void {
  connection.run('UPDATE blob_removal SET claimed_until = ? WHERE sha512 = ?', until, sha512FromHex(sha512));
}

interface Removed {
  readonly gone: ReadonlySet<string>;
  /** Nobody knows whether they are gone. */
  readonly failed: ReadonlySet<string>;
}

/** All side by side. What is not begun in time is left to the next claim. */
async function removeEach({ claimed, until }: Claim, now: () => number, removeBlob: RemoveBlob): Promise<Removed> {
  const gone = new Set<string>();
  const failed = new Set<string>();
  if (until - now() < CLAIM_MS - LATEST_BEGIN_MS) return { gone, failed };
  const remove = async (sha512: string): Promise<void> => {
    try {
      await removeBlob(sha512);
      gone.add(sha512);
    } catch {
      failed.add(sha512);
    }
  };
  await Promise.all(claimed.map(remove));
  return { gone, failed };
}

/** What somebody else has taken over meanwhile is theirs. */
function settleClaims(connection: Connection, { claimed, until, gone, failed }: Removed & Claim): void {
  const isOwn = 'sha512 = ? AND claimed_until = ?';
  for (const sha512 of claimed) {
    const own = [sha512FromHex(sha512), until] as const;
    if (gone.has(sha512)) connection.run(`DELETE FROM blob_removal WHERE ${isOwn}`, ...own);
    else
      connection.run(`UPDATE blob_removal SET claimed_until = ? WHERE ${isOwn}`, failed.has(sha512) ? 0 : null, ...own);
  }
}
