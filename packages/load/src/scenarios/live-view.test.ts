import { describe, expect, it } from '@jest/globals';

import { madeUpReport } from '../report/made-up-run.ts';
import { liveLines, plainLine } from './live-view.ts';
import type { LiveState } from './live-view.ts';

const report = madeUpReport({
  groups: [
    { name: 'restores', latencyOf: (_, second) => (second < 5 ? 500 : 10) },
    { name: 'pushes', latencyOf: (turn) => (turn === 0 ? { failed: 'status 500' } : 20) },
  ],
  phases: [['steady', 10]],
});
const state: LiveState = {
  ...{ title: 'Restores', target: 'http://127.0.0.1/F/a', report, elapsedMs: 10_500, totalMs: 60_000 },
  processes: new Map([['v3-1', { cpu: 0.254, memoryBytes: 81_000_000 }]]),
};

describe('the live view of a run', () => {
  it('shows the last seconds of each group and of all, the errors and the processes', () => {
    const lines = liveLines(state).map((line) => line.replace(/\s+/g, ' '));
    expect(lines).toEqual([
      'Restores -> http://127.0.0.1/F/a',
      'phase steady, 10.5 s of 1:00',
      'the last 5 s sent ok refused failed p50 p99 slowest',
      'restores 500 500 0 0 10 ms 10 ms 10 ms',
      'pushes 500 495 0 5 20 ms 20 ms 20 ms',
      'all 1,000 995 0 5 10 ms 20 ms 20 ms',
      'errors so far: 10 x status 500',
      'processors and memory: v3-1 0.25 81 MB',
    ]);
  });

  it('is one line where nothing is redrawn', () => {
    expect(plainLine(state)).toBe('10.5 s of 1:00, steady: 200/s, 0 refused, 5 failed, p50 10 ms, p99 20 ms');
  });
});
