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

/** Beyond it the 99th percentile of all requests is of one that was not answered as it should. */
const UNANSWERED_SHARE = 0.01;

/** @returns the document with a verdict for each expectation and phase; nothing that was expected holds where nothing was measured. */
export function judgeRun(document: RunDocument, { maxP99Ms, maxErrorShare }: Expectations): RunDocument {
  const phases = measuredPhases(document.total).filter(({ sent }) => sent > 0);
  const verdicts = phases.flatMap((phase): readonly Verdict[] => {
    const errors = (phase.refused + phase.failed) / phase.sent;
    const slowest = errors > UNANSWERED_SHARE ? null : percentileMs(phase, 0.99);
    return [
      ...(maxP99Ms === undefined
        ? []
        : [verdictOf(`99th percentile in phase ${phase.name}`, slowest, maxP99Ms, latency)]),
      ...(maxErrorShare === undefined
        ? []
        : [verdictOf(`Errors in phase ${phase.name}`, errors, maxErrorShare, percent)]),
    ];
  });
  const isExpected = maxP99Ms !== undefined || maxErrorShare !== undefined;
  const nothing: Verdict = { law: 'What was expected', ...NOTHING };
  return {
    ...document,
    verdicts: [...document.verdicts, ...(isExpected && phases.length === 0 ? [nothing] : verdicts)],
  };
}

const NOTHING = { outcome: 'not measured', expected: 'requests', measured: 'nothing was sent' } as const;

function verdictOf(law: string, measured: number | null, most: number, words: (value: number) => string): Verdict {
  const expected = `at most ${words(most)}`;
  if (measured === null)
    return { law, outcome: 'broken', expected, measured: 'more than 1 % were not answered as they should' };
  return { law, outcome: measured <= most ? 'held' : 'broken', expected, measured: words(measured) };
}
