import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { comparisonRow, renderComparisonPage } from './compare-page.ts';
import { compareRuns, regressionsOf } from './compare-runs.ts';
import type { Change, Comparison } from './compare-runs.ts';
import { madeUpRun } from './made-up-run.ts';
import type { MadeUpGroup } from './made-up-run.ts';

const PHASES = [
  ['warm-up', 2],
  ['steady', 20],
] as const;

/** Latencies that differ from request to request and from second to second. */
const run = (scale: number, failures = 0) => {
  const latencyOf: MadeUpGroup['latencyOf'] = (turn, second) =>
    turn < failures * 1e6
      ? { failed: 'status 500' }
      : scale * (10 + ((turn * 7 + second * 13) % 10)) * (1 + (second % 3) / 10);
  return madeUpRun({ groups: [{ name: 'restores', latencyOf }], phases: PHASES });
};

const changesOf = ({ figures }: Comparison): readonly (readonly [string, Change])[] =>
  figures.filter(({ group }) => group === 'restores').map(({ figure, change }) => [figure, change]);

describe('a comparison of two runs', () => {
  it('finds nothing between a run and itself', () => {
    const { figures, differences, alone } = compareRuns(run(1), run(1));
    expect(figures.map(({ phase, change }) => [phase, change])).toEqual(
      Array.from({ length: 6 }, () => ['steady', 'within noise']),
    );
    expect([differences, alone]).toEqual([[], []]);
  });

  it('finds what is slower and what is faster, whichever of them is first', () => {
    expect(changesOf(compareRuns(run(1), run(2)))).toEqual([
      ['median', 'worse'],
      ['99th percentile', 'worse'],
      ['errors', 'within noise'],
    ]);
    const mirrored = fc.tuple(
      fc.double({ min: 0.2, max: 5, noNaN: true }),
      fc.double({ min: 0.2, max: 5, noNaN: true }),
    );
    const turned: Readonly<Record<Change, Change>> = {
      better: 'worse',
      worse: 'better',
      'within noise': 'within noise',
    };
    fc.assert(
      fc.property(mirrored, ([left, right]) => {
        const there = changesOf(compareRuns(run(left), run(right)));
        const back = changesOf(compareRuns(run(right), run(left)));
        expect(back).toEqual(there.map(([figure, change]) => [figure, turned[change]]));
      }),
      { numRuns: 20 },
    );
  });

  it('takes a difference of less than a tenth for noise', () => {
    expect(changesOf(compareRuns(run(1), run(1.05))).map(([, change]) => change)).toEqual(
      Array.from({ length: 3 }, () => 'within noise'),
    );
  });

  it('is a regression beyond the bound alone, and errors are one at once', () => {
    const slower = compareRuns(run(1), run(1.5));
    expect(regressionsOf(slower, 20).map(({ figure }) => figure)).toContain('median');
    expect(regressionsOf(slower, 100)).toEqual([]);
    const failing = compareRuns(run(1), run(1, 0.05));
    expect(regressionsOf(failing, 100).map(({ figure }) => figure)).toEqual(['errors', 'errors']);
    expect(regressionsOf(compareRuns(run(1, 0.05), run(1)), 0)).toEqual([]);
  });

  it('charges nobody for what the generator itself was late by', () => {
    const late = (lateMs: number) => ({
      ...run(2),
      generator: { lateP50Ms: lateMs, lateP99Ms: lateMs, lateMaxMs: lateMs },
    });
    const { differences } = compareRuns(run(1), late(100));
    expect(changesOf(compareRuns(run(1), late(100))).map(([, change]) => change)).not.toContain('worse');
    expect(differences).toEqual(['the generator of B lacked a processor: late by 100 ms (p99)']);
    expect(changesOf(compareRuns(run(1), late(1))).map(([, change]) => change)).toContain('worse');
  });

  it('takes a pause that comes once in a run for what it is', () => {
    const paused = (pauses: number) =>
      madeUpRun({
        groups: [{ name: 'restores', latencyOf: (turn, second) => (second < pauses ? 500 : 5 + (turn % 10) / 10) }],
        phases: [['steady', 60]],
      });
    const changeOf = (before: number, after: number) => changesOf(compareRuns(paused(before), paused(after)))[1];
    expect(changeOf(0, 1)).toEqual(['99th percentile', 'within noise']);
    expect(changeOf(0, 12)).toEqual(['99th percentile', 'worse']);
  });

  it('names the phases in which one of the runs did nothing', () => {
    const [whole, cutShort] = [20, 0].map((seconds) =>
      madeUpRun({
        groups: [{ name: 'restores', latencyOf: () => 5 }],
        phases: [
          ['steady', 20],
          ['after', seconds],
        ],
      }),
    );
    if (whole === undefined || cutShort === undefined) throw new Error('no runs');
    expect(compareRuns(whole, cutShort).alone).toEqual(['restores, after']);
  });

  it('names what cannot be compared', () => {
    const other = madeUpRun({
      groups: [{ name: 'pushes', latencyOf: () => 1 }],
      phases: PHASES,
      about: { settings: { scenario: 'push-burst' } },
    });
    const { differences, alone, figures } = compareRuns(run(1), other);
    expect(differences).toEqual(['scenario: undefined and push-burst']);
    expect(alone).toEqual(['restores, steady', 'pushes, steady']);
    expect(new Set(figures.map(({ group }) => group))).toEqual(new Set(['all']));
  });

  it('is shown as rows and as a page', () => {
    const [before, after] = [run(1), run(2)];
    const comparison = compareRuns(before, after);
    const [group, phase, figure, , , change, verdict] = comparison.figures.map(comparisonRow)[0] ?? [];
    expect([group, phase, figure, change, verdict]).toEqual(['all', 'steady', 'median', '+100 %', 'worse']);
    expect(renderComparisonPage(before, after, comparison)).toContain('class="bad">worse');
  });
});
