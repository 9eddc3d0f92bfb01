/** What a drill found, as a person reads it on a terminal. Pure. */
import type { DrillResult } from './run-drill.ts';
import { hasHeld } from './run-drill.ts';

const MARKS = { held: 'held  ', broken: 'BROKEN', 'not measured': '?     ' } as const;

export function verdictText(result: DrillResult): string {
  const { drill, isGuarded, findings, figures } = result;
  const lines = [
    `Drill ${drill.name}${isGuarded ? '' : ` without its guard: ${drill.guard.off}`}`,
    `  hypothesis: ${drill.hypothesis}`,
    `  fault:      ${drill.fault}`,
    `  guard:      ${drill.guard.what}`,
    '',
    ...findings.flatMap(({ law, outcome, expected, measured }) => [
      `  ${MARKS[outcome]}  ${law}`,
      `          expected ${expected}; measured ${measured}`,
    ]),
    ...figures.map(({ name, value }) => `          ${name}: ${value}`),
    '',
    verdictSentence(result),
  ];
  return `${lines.join('\n')}\n`;
}

export function verdictSentence(result: DrillResult): string {
  const { findings } = result;
  if (hasHeld(result)) return `All ${findings.length} laws held.`;
  const broken = findings.filter(({ outcome }) => outcome === 'broken').length;
  const open = findings.filter(({ outcome }) => outcome === 'not measured').length;
  return `${broken} of ${findings.length} laws broken${open > 0 ? `, ${open} not measured` : ''}.`;
}
