/** What several observers say of one component at one instant, taken together. */
import type { State, Verdict } from '@feedfleet/status-model';

/** How many observers say what; those that know nothing are not counted. */
export type VerdictCounts = Readonly<Record<Verdict, number>>;

/**
 * `down` when more than half of those that know say failed; `up` when none says failed or slow; else `degraded`. Nobody knows: `unknown`.
 */
export function mergedState({ ok, slow, failed }: VerdictCounts): Exclude<State, 'maintenance'> {
  const known = ok + slow + failed;
  if (known === 0) return 'unknown';
  if (failed * 2 > known) return 'down';
  return ok === known ? 'up' : 'degraded';
}
