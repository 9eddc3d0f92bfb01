import { describe, expect, it } from '@jest/globals';

import { judgeRun } from './judge-run.ts';
import { madeUpRun } from './made-up-run.ts';
import type { MadeUpGroup } from './made-up-run.ts';

const judged = (latencyOf: MadeUpGroup['latencyOf'], seconds = 5) =>
  judgeRun(madeUpRun({ groups: [{ name: 'restores', latencyOf }], phases: [['steady', seconds]] }), {
    maxP99Ms: 50,
  }).verdicts.map(({ outcome }) => outcome);

describe('what an operator expects', () => {
  it('holds for a run that is as fast', () => {
    expect(judged(() => 5)).toEqual(['held']);
    expect(judged(() => 80)).toEqual(['broken']);
  });

  it('does not hold because only the fast ones were answered', () => {
    expect(judged((turn) => (turn < 500_000 ? { failed: 'timeout' } : 5))).toEqual(['broken']);
  });

  it('is not measured where nothing was sent', () => {
    expect(judged(() => 5, 0)).toEqual(['not measured']);
  });
});
