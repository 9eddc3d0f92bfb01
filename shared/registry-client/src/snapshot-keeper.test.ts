/** Snapshots on disk. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { DEFAULT_BALANCING } from './balancing-model.ts';
import { systemClock } from './clock.ts';
import type { Snapshot } from './model.ts';
import { RegistryView } from './registry-view.ts';
import { encodeSnapshot, newestName, previousName } from './snapshot-file.ts';
import { SnapshotKeeper } from './snapshot-keeper.ts';

const snapshotAt = (number: number): Snapshot => ({
  format: 1,
  fleetId: 'f',
  number,
  feeds: [],
  keys: [],
  families: [{ id: 'v2', title: `after ${number}`, balancing: DEFAULT_BALANCING }],
  instances: [],
  routes: [],
  sources: [],
  reroutes: [],
  quarantines: [],
  datacenters: [],
});

let folder: string;
let warnings: string[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-keeper-'));
  warnings = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const log = { info: () => undefined, warn: (message: string) => void warnings.push(message), error: () => undefined };
const newKeeper = (): SnapshotKeeper => new SnapshotKeeper({ folder, clock: systemClock, log });
const loadedNumber = async (): Promise<number | undefined> => (await newKeeper().load())?.number;

async function keepOne(number: number): Promise<void> {
  const keeper = newKeeper();
  await keeper.load();
  keeper.keep(RegistryView.of(snapshotAt(number)));
  await keeper.close();
}

describe('snapshots on disk', () => {
  it('are not there on the first start', async () => {
    expect(await loadedNumber()).toBeUndefined();
    expect(warnings).toEqual([]);
  });

  it('are read again, the newest first', async () => {
    await keepOne(1);
    await keepOne(2);
    const view = await newKeeper().load();
    expect(view?.toSnapshot()).toEqual(snapshotAt(2));
    expect((await readdir(folder)).sort()).toEqual([newestName, previousName]);
  });

  it('are read that were written before instances and families had what they have today', async () => {
    const url = 'http://127.0.0.1:5001';
    const old = {
      ...{ format: 1, fleetId: 'f', number: 3, feeds: [], keys: [], routes: [] },
      ...{ families: [{ id: 'v2', title: 'Second' }], instances: [{ id: 'v2-1', family: 'v2', url }] },
    };
    await writeFile(path.join(folder, newestName), encodeSnapshot(old as unknown as Snapshot));
    const view = await newKeeper().load();
    expect(view?.familyById('v2')?.balancing).toEqual(DEFAULT_BALANCING);
    const instance = { id: 'v2-1', family: 'v2', url, weight: 100, datacenter: 'main' };
    expect(view?.instancesOf('v2')).toEqual([{ ...instance, state: 'active', pool: 'main', release: '' }]);
    expect([view?.reroutes, view?.quarantines, view?.datacenters]).toEqual([[], [], []]);
    expect(warnings).toEqual([]);
  });

  it('are written once for a burst of changes', async () => {
    const keeper = newKeeper();
    for (let number = 1; number <= 100; number += 1) keeper.keep(RegistryView.of(snapshotAt(number)));
    await keeper.close();
    expect(await loadedNumber()).toBe(100);
    expect(await readdir(folder)).toEqual([newestName]);
  });

  it('are written at once, in the middle of a pause, for who waits for them', async () => {
    const clock = {
      now: Date.now,
      sleep: (_: number, signal: AbortSignal) =>
        new Promise<void>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    };
    const keeper = new SnapshotKeeper({ folder, clock, log });
    keeper.keep(RegistryView.of(snapshotAt(1)));
    await keeper.flush();
    keeper.keep(RegistryView.of(snapshotAt(2)));
    await keeper.flush();
    expect(await loadedNumber()).toBe(2);
    await keeper.close();
  });

  it('are at most a second behind what is in memory, however slow the disk is', async () => {
    const pauses: number[] = [];
    let now = 0;
    const clock = {
      now: () => (now += 60_000),
      sleep: (milliseconds: number) => Promise.resolve(void pauses.push(milliseconds)),
    };
    const keeper = new SnapshotKeeper({ folder, clock, log });
    keeper.keep(RegistryView.of(snapshotAt(1)));
    while (pauses.length === 0) await turn();
    await keeper.close();
    expect(pauses).toEqual([1000]);
  });

  it('give the previous one when the newest is torn, at every length', async () => {
    await keepOne(1);
    await keepOne(2);
    const whole = await readFile(path.join(folder, newestName));
    for (let length = 0; length < whole.length; length += 1) {
      await writeFile(path.join(folder, newestName), whole.subarray(0, length));
      expect(await loadedNumber()).toBe(1);
    }
    expect(warnings).toHaveLength(whole.length);
  });

  it('give the previous one when any byte of the newest is altered', async () => {
    await keepOne(1);
    await keepOne(2);
    const whole = await readFile(path.join(folder, newestName));
    for (let index = 0; index < whole.length; index += 1) {
      const altered = Buffer.from(whole);
      altered[index] = (altered[index] ?? 0) ^ 1;
      await writeFile(path.join(folder, newestName), altered);
      expect(await loadedNumber()).toBe(1);
    }
  });

  it('never let a damaged one take the place of the last good one', async () => {
    await keepOne(1);
    await keepOne(2);
    await writeFile(path.join(folder, newestName), 'torn');
    await keepOne(3);
    expect(await loadedNumber()).toBe(3);
    await writeFile(path.join(folder, newestName), 'torn');
    expect(await loadedNumber()).toBe(1);
  });

  it('survive an end between the two renames', async () => {
    await keepOne(1);
    await keepOne(2);
    await rm(path.join(folder, newestName));
    await writeFile(path.join(folder, `${newestName}.tmp`), encodeSnapshot(snapshotAt(3)).subarray(0, 50));
    expect(await loadedNumber()).toBe(1);
    expect(await readdir(folder)).toEqual([previousName]);
  });

  it('are not used when their routes do not compile', async () => {
    await keepOne(1);
    await keepOne(2);
    const broken = { ...snapshotAt(3), routes: [{ id: 'r', pattern: '/{', methods: null, family: 'v2' }] };
    await writeFile(path.join(folder, newestName), encodeSnapshot(broken));
    expect(await loadedNumber()).toBe(1);
  });
});
