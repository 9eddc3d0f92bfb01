/** Which phases of a run its figures are judged by. Pure. */
import type { RunFigures, RunGroupPhase } from './run-document.ts';

/** What a run begins with so that the figures are of a target that has its caches filled; judged by nobody. */
export const WARM_UP = 'warm-up';

/** All of them but the warm-up, unless there is nothing else. */
export function measuredPhases({ phases }: Pick<RunFigures, 'phases'>): readonly RunGroupPhase[] {
  const measured = phases.filter(({ name }) => name !== WARM_UP);
  return measured.length === 0 ? phases : measured;
}
