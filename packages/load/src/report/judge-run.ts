/** A run judged by what its operator expects of it, so that a script has a yes or a no. Pure. */
import { measuredPhases } from './measured-phases.ts';
import { percentileMs } from './run-document.ts';
import type { RunDocument, Verdict } from './run-document.ts';
import { latency, percent } from './words.ts';

export interface Expectations {
  /** Of all requests together, in each phase but the warm-up. */
  readonly maxP99Ms?: number | undefined;
  /** Refused and failed, of all requests, from 0 to 1. */
  readonly maxErrorShare?: number | undefined;
}

/** @returns the document with a verdict for each expectation and phase. */
export function judgeRun(document: RunDocument, { maxP99Ms, maxErrorShare }: Expectations): RunDocument {
  const phases = measuredPhases(document.total).filter(({ sent }) => sent > 0);
  const verdicts = phases.flatMap((phase): readonly Verdict[] => {
    const slowest = percentileMs(phase, 0.99);
    const errors = (phase.refused + phase.failed) / phase.sent;
    return [
      ...(maxP99Ms === undefined
        ? []
        : [verdictOf(`99th percentile in phase ${phase.name}`, slowest, maxP99Ms, latency)]),
      ...(maxErrorShare === undefined
        ? []
        : [verdictOf(`Errors in phase ${phase.name}`, errors, maxErrorShare, percent)]),
    ];
  });
  return { ...document, verdicts: [...document.verdicts, ...verdicts] };
}

function verdictOf(law: string, measured: number | null, most: number, words: (value: number) => string): Verdict {
  const expected = `at most ${words(most)}`;
  if (measured === null) return { law, outcome: 'broken', expected, measured: 'nothing was answered as it should' };
  return { law, outcome: measured <= most ? 'held' : 'broken', expected, measured: words(measured) };
}
