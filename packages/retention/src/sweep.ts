/**
 * Removes what a plan lets go, in batches, each only if the feed is still what the plan was made from.
 *
 * A process that is killed in the middle leaves whole batches: the next sweep makes a new plan from what is there.
 */
import type { DeletionOutcome, MetadataStore, RetentionStore, VersionIdentity } from '@feedfleet/store';
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
  readonly removeBlob: (sha512: string) => void;
  /** As in `PlanRetention`. */
  readonly pause: () => Promise<void>;
}

export interface SweepResult {
  readonly removed: readonly VersionIdentity[];
  readonly protected: RetentionPlan['protected'];
  /** Whether all that may go is gone; not when others changed the feed again and again meanwhile. */
  readonly isComplete: boolean;
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
    const plan = await previewSweep(options);
    const outcome = await removeAll(options, plan.removed, revision, removed);
    const isComplete = outcome === 'deleted';
    if (isComplete || plans === MAX_PLANS) return { removed, protected: plan.protected, isComplete };
  }
}

/** @param removed - takes what is gone. */
async function removeAll(
  { feedId, retention, removeBlob, pause }: SweepOptions,
  versions: readonly VersionIdentity[],
  plannedAt: number,
  removed: VersionIdentity[],
): Promise<DeletionOutcome['outcome']> {
  let revision = plannedAt;
  for (let next = 0; next < versions.length; next += DELETED_AT_ONCE) {
    const batch = versions.slice(next, next + DELETED_AT_ONCE);
    const outcome = await retention.deleteAtRevision(feedId, batch, revision, removeBlob);
    if (outcome.outcome === 'outdated') return 'outdated';
    revision = outcome.revision;
    for (const version of batch) removed.push(version);
    await pause();
  }
  return 'deleted';
}
