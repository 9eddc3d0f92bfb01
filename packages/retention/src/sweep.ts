/**
 * Removes what a plan lets go, in batches, each only if the feed is still what the plan was made from.
 *
 * A process that is killed in the middle leaves whole batches: the next sweep makes a new plan from what is there.
 */
import type { MetadataStore, RemoveBlob, RetentionStore, VersionIdentity } from '@feedfleet/store';
import { planRetention } from './plan.ts';
import type { RetentionPlan, RetentionPolicy } from './plan.ts';

/** Bounds what one transaction holds the write lock for. */
const DELETED_AT_ONCE = 50;
/** A feed that changes faster than a plan is made is left for later. */
const MAX_PLANS = 5;

export interface SweepOptions {
  readonly feedId: string;
  readonly policy: RetentionPolicy;
  readonly metadata: MetadataStore;
  readonly retention: RetentionStore;
  readonly removeBlob: RemoveBlob;
  /** As in `PlanRetention`. */
  readonly pause: () => Promise<void>;
  /** Asked after each pause: whether to leave the rest for another time. Default: never. */
  readonly isOver?: () => boolean;
}

export interface SweepResult {
  readonly removed: readonly VersionIdentity[];
  readonly protected: RetentionPlan['protected'];
  /** Whether all that may go is gone; not when it was over before, or others changed the feed again and again meanwhile. */
  readonly isComplete: boolean;
  /** The feed's revision after the last batch. */
  readonly revision: number;
}

/** What a sweep would do now. */
export function previewSweep({ feedId, policy, metadata, retention, pause }: SweepOptions): Promise<RetentionPlan> {
  const source = {
    version: metadata.version.bind(metadata),
    versionsOf: metadata.versionsOf.bind(metadata),
    dependentsOf: retention.dependentsOf.bind(retention),
    idsWithMoreThan: retention.idsWithMoreThan.bind(retention),
    pins: retention.pins.bind(retention),
  };
  return planRetention({ feedId, policy, source, pause });
}

export async function sweep(options: SweepOptions): Promise<SweepResult> {
  const { feedId, metadata } = options;
  const removed: VersionIdentity[] = [];
  for (let plans = 1; ; plans += 1) {
    const revision = metadata.revisionOf(feedId);
    const plan = await planUnlessOver(options);
    if (plan === 'over') return { removed, protected: [], isComplete: false, revision };
    const end = await removeAll(options, { versions: plan.removed, revision }, removed);
    if (end.outcome !== 'outdated' || plans === MAX_PLANS) {
      const isComplete = end.outcome === 'deleted';
      return { removed, protected: plan.protected, isComplete, revision: end.revision };
    }
  }
}

/** The rest of a sweep was left for another time. */
class OverError extends Error {}

async function planUnlessOver(options: SweepOptions): Promise<RetentionPlan | 'over'> {
  const { pause, isOver = () => false } = options;
  const pauseUnlessOver = async (): Promise<void> => {
    await pause();
    if (isOver()) throw new OverError();
  };
  try {
    return await previewSweep({ ...options, pause: pauseUnlessOver });
  } catch (error) {
    if (error instanceof OverError) return 'over';
    throw error;
  }
}

interface Removal {
  readonly versions: readonly VersionIdentity[];
  /** The feed's, when they were chosen. */
  readonly revision: number;
}

interface RemovalEnd {
  readonly outcome: 'deleted' | 'outdated' | 'over';
  /** The feed's, after the last batch. */
  readonly revision: number;
}

/** @param removed - takes what is gone. */
async function removeAll(
  { feedId, retention, removeBlob, pause, isOver = () => false }: SweepOptions,
  { versions, revision: chosenAt }: Removal,
  removed: VersionIdentity[],
): Promise<RemovalEnd> {
  let revision = chosenAt;
  for (let next = 0; next < versions.length; next += DELETED_AT_ONCE) {
    if (isOver()) return { outcome: 'over', revision };
    const batch = versions.slice(next, next + DELETED_AT_ONCE);
    const deletion = await retention.deleteAtRevision(feedId, batch, revision, removeBlob);
    if (deletion.outcome === 'outdated') return { outcome: 'outdated', revision };
    revision = deletion.revision;
    for (const version of batch) removed.push(version);
    await pause();
  }
  return { outcome: 'deleted', revision };
}
