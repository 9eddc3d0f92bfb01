import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sampleBatchSchema } from '@feedfleet/status-model';
import type { Sample } from '@feedfleet/status-model';

import { SampleQueue } from './sample-queue.ts';

const NOW = Date.parse('2026-11-28T12:00:00.000Z');
const DAY_MS = 24 * 3_600_000;
const sample: Sample = {
  ...{ component: 'family:v3', at: '2026-11-28T12:00:00.000Z', verdict: 'ok' },
  ...{ latencyMs: 3, reason: null },
};
let folder: string;
let made = 0;
const open = () => new SampleQueue({ folder, observer: 'far', newId: () => `batch${(made += 1)}`.padEnd(12, 'x') });
const batchOf = (body: Buffer | undefined) => sampleBatchSchema.parse(JSON.parse(String(body)));

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'feedfleet-queue-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the queue of an observer', () => {
  it('gives batches oldest first, the same bytes until they are done, also after a restart', () => {
    const queue = open();
    queue.add([sample], 5000, NOW);
    queue.add([sample, sample], 5000, NOW + 1);
    const first = queue.next();
    const again = open();
    expect(again.next()).toEqual(first);
    expect(batchOf(first?.body).samples).toHaveLength(1);
    again.done(first?.file ?? '');
    expect(batchOf(again.next()?.body).samples).toHaveLength(2);
    again.done(again.next()?.file ?? '');
    expect(again.next()).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('divides what is more than a batch may hold', () => {
    const queue = open();
    queue.add(Array<Sample>(4500).fill(sample), 5000, NOW);
    expect(queue.length).toBe(3);
    expect(batchOf(queue.next()?.body).samples).toHaveLength(2000);
  });

  it('forgets what nobody would take any more', () => {
    const queue = open();
    queue.add([sample], 5000, NOW);
    queue.add([sample, sample], 5000, NOW + 8 * DAY_MS);
    expect(batchOf(queue.next()?.body).samples).toHaveLength(2);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('leaves alone what a process that was killed had not finished', () => {
    writeFileSync(path.join(folder, `${NOW}-halfwritten1.json.new`), '{"observer":');
    expect(open().next()).toBeUndefined();
  });
});
