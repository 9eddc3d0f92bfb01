/** What may befall a process of a family: done to real processes, for a while. Linux only. */
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { FleetProcesses, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import type { Misbehaviour, MisbehaviourOrder } from './misbehaving-process.ts';
import { preloadedBy } from './preload.ts';

export const FAULTS = ['kill -9', 'SIGSTOP', 'CPU burn', 'memory leak', '100 % errors', 'event-loop block'] as const;
export type Fault = (typeof FAULTS)[number];

const MISBEHAVIOURS: Readonly<Partial<Record<Fault, Misbehaviour>>> = {
  'CPU burn': 'burn',
  'memory leak': 'leak',
  '100 % errors': 'errors',
  'event-loop block': 'block',
};

/** A heap is full long before, unless the process stands back on a machine that is busy. */
const LEAK_LIMIT_MS = 60_000;
const REPLACED_LIMIT_MS = LEAK_LIMIT_MS + 30_000;

/** A fleet whose processes can be told to misbehave. */
export class FaultyFleet {
  readonly fleet: Fleet;
  readonly #processes: FleetProcesses;
  readonly #orderFile: string;

  private constructor(fleet: Fleet, orderFile: string) {
    this.fleet = fleet;
    this.#processes = new FleetProcesses(fleet);
    this.#orderFile = orderFile;
  }

  static async start(environment: Readonly<Record<string, string>> = {}): Promise<FaultyFleet> {
    const orderFile = path.join(tmpdir(), `feedfleet-misbehaviour-${process.pid}.json`);
    const fleet = await startFleet({
      environment: { ...environment, ...preloadedBy(['misbehaving-process']), MISBEHAVIOUR_FILE: orderFile },
    });
    return new FaultyFleet(fleet, orderFile);
  }

  /**
   * @param durationMs - of faults that last, in milliseconds.
   * @returns what ends it, where it does not end by itself; a process that dies of it has been started again then.
   */
  inflict(fault: Fault, instance: string, durationMs: number): () => Promise<void> {
    const what = MISBEHAVIOURS[fault];
    if (what === undefined) {
      const id = this.#processes.signal(instance, fault === 'kill -9' ? 'SIGKILL' : 'SIGSTOP');
      return async () => {
        if (fault === 'SIGSTOP') this.#processes.signal(instance, 'SIGCONT');
        else await this.#processes.untilReplaced(instance, id);
      };
    }
    const order: MisbehaviourOrder = { what, durationMs: what === 'leak' ? LEAK_LIMIT_MS : durationMs };
    writeFileSync(this.#orderFile, JSON.stringify(order));
    const id = this.#processes.signal(instance, 'SIGUSR2');
    return async () => {
      if (what === 'leak') await this.#processes.untilReplaced(instance, id, REPLACED_LIMIT_MS);
    };
  }

  async stop(): Promise<void> {
    await this.fleet.stop();
    rmSync(this.#orderFile, { force: true });
  }
}
