/** The figures of a run as rows of a table, for a terminal. Pure. */
import { measuredPhases } from './measured-phases.ts';
import { percentileMs } from './run-document.ts';
import type { RunDocument } from './run-document.ts';
import { count, latency } from './words.ts';

export const RUN_HEADER = [
  'GROUP',
  'PHASE',
  'SENT',
  'ANSWERED',
  'REFUSED',
  'FAILED',
  'P50',
  'P95',
  'P99',
  'SLOWEST',
] as const;

/** Each group in each phase but the warm-up, and all together. */
export function runRows({ groups, total }: RunDocument): readonly (readonly string[])[] {
  return [...groups, total].flatMap((figures) =>
    measuredPhases(figures)
      .filter(({ sent }) => sent > 0)
      .map((phase) => [
        ...[figures.name, phase.name],
        ...[phase.sent, phase.ok, phase.refused, phase.failed].map(count),
        ...[0.5, 0.95, 0.99, 1].map((share) => latency(percentileMs(phase, share))),
      ]),
  );
}

/** The most frequent reasons of errors: how often, and where. */
export function runReasons({ groups }: RunDocument, most: number): readonly string[] {
  return groups
    .flatMap(({ name, phases }) =>
      phases.flatMap((phase) => phase.reasons.map((each) => ({ ...each, name, phase: phase.name }))),
    )
    .sort((left, right) => right.count - left.count)
    .slice(0, most)
    .map(({ reason, count: times, name, phase }) => `${count(times)} x ${reason} (${name}, ${phase})`);
}
