import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { maxSamplesABatch, sampleBatchSchema } from '@feedfleet/status-model';

import type { ObservationPlan } from '../observation-plan.ts';
import { ObserverAgent } from './observer-agent.ts';

let folder: string;
let away: Server;
let url: string;
let agent: ObserverAgent | undefined;

/** A page that is away, and a fleet that is away with it, at one address. */
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'feedfleet-agent-'));
  away = createServer((_request, response) => response.destroy());
  await new Promise<void>((resolve) => away.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(away.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await agent?.stop();
  await new Promise((resolve) => away.close(resolve));
  rmSync(folder, { recursive: true });
});

function start(families: number, elapsedMs: () => number): void {
  const plan: ObservationPlan = {
    version: 1,
    entryUrl: url,
    canary: null,
    ...{ familyMs: 100, instanceMs: 100, writeMs: 100, slowMs: 1000, timeoutMs: 1000 },
    families: Array.from({ length: families }, (_each, index) => ({ id: `f${index}`, title: 'F', path: '/F/{feed}' })),
    instances: [],
  };
  writeFileSync(path.join(folder, 'plan.json'), JSON.stringify(plan));
  const tell = (): void => undefined;
  agent = new ObserverAgent({
    ...{ statusUrl: url, name: 'far', secret: 'of the test', folder },
    ...{ now: () => Date.now(), elapsedMs, tell },
  });
  agent.start();
}

/** What would outlast a kill now: how many samples each batch on disk has, once there is one. */
async function kept(): Promise<readonly number[]> {
  const queue = path.join(folder, 'queue');
  for (;;) {
    const files = readdirSync(queue).filter((name) => name.endsWith('.json'));
    if (files.length === 0) {
      await wait(20);
      continue;
    }
    const batches = files.map((name) => JSON.parse(readFileSync(path.join(queue, name), 'utf8')) as unknown);
    return batches.map((batch) => sampleBatchSchema.parse(batch).samples.length);
  }
}

describe('an observer whose page is away', () => {
  it('keeps on disk what it saw whenever it is time to tell, also while no plan comes', async () => {
    let elapsed = 0;
    // Each time that it looks, it is time for everything.
    start(2, () => (elapsed += 61_000));
    expect((await kept())[0]).toBeGreaterThan(0);
  }, 20_000);

  it('holds one batch in memory at most, however long nothing is due', async () => {
    start(64, () => 0);
    expect(await kept()).toEqual([maxSamplesABatch]);
  }, 60_000);
});
