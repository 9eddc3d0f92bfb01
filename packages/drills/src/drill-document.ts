/** What a drill found, as the document of its run: for scripts, and for the report that a person reads. */
import { describeRun } from '@feedfleet/load';
import type { RunDocument } from '@feedfleet/load';

import type { DrillResult } from './run-drill.ts';
import { verdictSentence } from './verdict-text.ts';

export function drillDocument(result: DrillResult): RunDocument {
  const { drill, isShort, isGuarded, findings, figures, target, machine, report, processes } = result;
  return describeRun(report, {
    title: `Drill ${drill.name}${isGuarded ? '' : ' without its guard'}`,
    description: `${verdictSentence(result)} ${drill.hypothesis}`,
    ...{ target, machine, processes },
    settings: {
      fault: drill.fault,
      guard: isGuarded ? drill.guard.what : `off: ${drill.guard.off}`,
      form: isShort ? 'short' : 'full',
      ...Object.fromEntries(figures.map(({ name, value }) => [name, value])),
    },
    verdicts: findings.map(({ law, outcome, expected, measured }) => ({ law, outcome, expected, measured })),
  });
}
