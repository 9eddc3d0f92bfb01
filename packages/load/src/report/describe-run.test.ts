import { describe, expect, it } from '@jest/globals';

import { madeUpReport, madeUpRun } from './made-up-run.ts';
import { percentileMs, runDocumentSchema } from './run-document.ts';

const document = madeUpRun({
  groups: [
    { name: 'restores', family: 'v3', latencyOf: (turn) => (turn % 100_000 === 0 ? 100 : 10) },
    { name: 'searches', family: 'v3', latencyOf: (turn) => (turn === 0 ? { refused: '503 Too busy' } : 20) },
    { name: 'pushes', family: 'push', latencyOf: () => ({ failed: 'ECONNREFUSED' }) },
  ],
  phases: [
    ['warm-up', 1],
    ['steady', 3],
  ],
});

describe('a run as a document', () => {
  it('is read back as it was written', () => {
    expect(runDocumentSchema.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
  });

  it('tells each group, each family and all together, by phase', () => {
    const steady = (figures: typeof document.total) => figures.phases.find(({ name }) => name === 'steady');
    expect(document.families.map(({ name }) => name)).toEqual(['v3', 'push']);
    expect(document.groups.map((group) => steady(group))).toMatchObject([
      { sent: 300, ok: 300, refused: 0, failed: 0 },
      { sent: 300, ok: 297, refused: 3, failed: 0, reasons: [{ reason: '503 Too busy', count: 3 }] },
      { sent: 300, ok: 0, refused: 0, failed: 300, percentiles: [], reasons: [{ reason: 'ECONNREFUSED', count: 300 }] },
    ]);
    expect(document.families.map((family) => steady(family)?.sent)).toEqual([600, 300]);
    expect(steady(document.total)).toMatchObject({ sent: 900, ok: 597, refused: 3, failed: 300 });
  });

  it('has percentiles within one percent, and none of what was never answered', () => {
    const [restores, , pushes] = document.groups.map(({ phases }) => phases[1] ?? { percentiles: [] });
    expect(percentileMs(restores ?? { percentiles: [] }, 0.5)).toBeCloseTo(10, 0);
    expect(percentileMs(restores ?? { percentiles: [] }, 0.99)).toBeCloseTo(100, -1);
    expect(percentileMs(pushes ?? { percentiles: [] }, 0.5)).toBeNull();
  });

  it('tells each second, of which some have nothing', () => {
    const [restores, , pushes] = document.groups;
    expect(restores?.series.map(({ atMs, sent, ok }) => [atMs, sent, ok])).toEqual(
      [0, 1, 2, 3].map((second) => [second * 1000, 100, 100]),
    );
    expect(restores?.series[0]).toMatchObject({ maxMs: 100 });
    expect(pushes?.series[0]).toMatchObject({ failed: 100, p50Ms: null, maxMs: null });
    expect(document.total.series[0]).toMatchObject({ sent: 300 });
  });

  it('ends each phase where the next begins', () => {
    expect(document.phases).toEqual([
      { name: 'warm-up', startMs: 0, endMs: 1_000 },
      { name: 'steady', startMs: 1_000, endMs: 4_000 },
    ]);
  });
});

describe('the seconds of a run', () => {
  it('keep their percentiles when many others come after them, and count what ends much later', () => {
    const report = madeUpReport({
      groups: [{ name: 'all', latencyOf: (_, second) => second + 1 }],
      phases: [['only', 200]],
    });
    report.end('all', 0, { outcome: 'ok' }, 200_000);
    const rows = report.totalSeconds.rows();
    expect(rows.map(([second, { p50Ms }]) => [second, Math.round(p50Ms ?? 0)])).toEqual(
      Array.from({ length: 200 }, (_, second) => [second, second + 1]),
    );
    expect(rows[0]?.[1]).toMatchObject({ ok: 101, maxMs: 200_000 });
  });
});
