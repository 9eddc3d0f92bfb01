/** Which phases of a run its figures are judged by. Pure. */
import type { RunDocument, RunFigures, RunGroupPhase } from './run-document.ts';

/** What a run begins with so that the figures are of a target that has its caches filled; judged by nobody. */
export const WARM_UP = 'warm-up';

/** All of them but the warm-up, unless there is nothing else. */
export function measuredPhases({ phases }: Pick<RunFigures, 'phases'>): readonly RunGroupPhase[] {
  const measured = phases.filter(({ name }) => name !== WARM_UP);
  return measured.length === 0 ? phases : measured;
}

/** A generator that starts requests so late has measured itself, in milliseconds. */
const LATE_MS = 50;

/** Whether the generator lacked a processor, which makes the latencies those of its machine as well. */
export function wasStarved({ generator }: Pick<RunDocument, 'generator'>): boolean {
  return (generator.lateP99Ms ?? 0) > LATE_MS;
}
