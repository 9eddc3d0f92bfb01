import { LoadReport } from '@feedfleet/load';
import { describe, expect, it } from '@jest/globals';

import { boundedWait, isolation, noFailures, over, recovery, undisturbed } from './laws.ts';

type Ended = readonly [latencyMs: number, outcome?: 'refused' | 'failed'];

function report(phases: Readonly<Record<string, Readonly<Record<string, readonly Ended[]>>>>): LoadReport {
  const made = new LoadReport();
  for (const [phase, groups] of Object.entries(phases)) {
    for (const [group, ends] of Object.entries(groups)) {
      for (const [latencyMs, outcome] of ends) {
        made.of(phase, group).start();
        made.of(phase, group).end(outcome === undefined ? { outcome: 'ok' } : { outcome, reason: outcome }, latencyMs);
      }
    }
  }
  return made;
}

const many = (count: number, ...end: Ended): readonly Ended[] => Array.from({ length: count }, () => end);

describe('isolation', () => {
  it('holds while the other families fail nothing, and were asked', () => {
    const seen = report({ quiet: { v2: many(10, 5) }, fault: { v2: many(10, 5), v3: many(10, 5, 'failed') } });
    expect(isolation(seen, ['v2']).outcome).toBe('held');
    expect(isolation(seen, ['v2', 'v3'])).toMatchObject({ outcome: 'broken', measured: '10 (10 x failed)' });
    expect(isolation(seen, ['v2', 'v1']).outcome).toBe('broken');
  });

  it('forgives a few refusals, and no failure, where the generator itself had no processor', () => {
    const seen = report({ fault: { v2: [...many(99, 5), [5, 'refused']], v1: [...many(99, 5), [5, 'failed']] } });
    expect(isolation(seen, ['v2']).outcome).toBe('broken');
    for (let each = 0; each < 100; each += 1) seen.lag.record(80);
    expect(isolation(seen, ['v2']).outcome).toBe('held');
    expect(isolation(seen, ['v1']).outcome).toBe('broken');
    const many6 = report({ fault: { v2: [...many(94, 5), ...many(6, 5, 'refused')] } });
    for (let each = 0; each < 100; each += 1) many6.lag.record(80);
    expect(isolation(many6, ['v2']).outcome).toBe('broken');
  });
});

describe('undisturbed', () => {
  const of = (quietMs: number, faultMs: number): string =>
    undisturbed(report({ quiet: { v2: many(100, quietMs) }, fault: { v2: many(100, faultMs) } }), ['v2']).outcome;

  it('compares p99 with the quiet of the same run, and takes a few milliseconds for noise', () => {
    expect(of(3, 27)).toBe('held');
    expect(of(3, 40)).toBe('broken');
    expect(of(400, 480)).toBe('held');
    expect(of(400, 520)).toBe('broken');
  });
});

describe('bounds', () => {
  const law = { id: 'x', law: 'X' };

  it('counts the wait of every end, and says when nothing was asked', () => {
    const seen = report({ fault: { v3: [[5], [900, 'refused'], [1_500, 'failed']] } });
    expect(boundedWait(seen.of('fault', 'v3'), { ...law, mostMs: 1_600 }).outcome).toBe('held');
    expect(boundedWait(seen.of('fault', 'v3'), { ...law, mostMs: 1_400 }).outcome).toBe('broken');
    expect(boundedWait(seen.of('fault', 'v1'), { ...law, mostMs: 1_400 }).outcome).toBe('broken');
  });

  it('tells failures from being told to come again', () => {
    const seen = report({ fault: { v3: [[5], [9, 'refused']] }, quiet: { v3: [[5]] } });
    expect(noFailures(over(seen, ['v3']), { ...law, mayRefuse: true })).toMatchObject({
      outcome: 'held',
      expected: '0 of 3',
    });
    expect(noFailures(over(seen, ['v3']), law).outcome).toBe('broken');
    expect(noFailures(over(seen, ['v3'], ['quiet']), law).outcome).toBe('held');
  });

  it('ask for a recovery that came in time', () => {
    expect(recovery(900, 1_000).outcome).toBe('held');
    expect(recovery(1_100, 1_000).outcome).toBe('broken');
    expect(recovery(undefined, 1_000).outcome).toBe('broken');
  });
});
