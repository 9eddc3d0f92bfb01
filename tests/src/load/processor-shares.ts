/** Who had the processors between two moments: processes of a fleet, and the generator itself. Linux only, through /proc. */
import { readFileSync } from 'node:fs';

import type { FleetProcesses } from '@feedfleet/throwaway-fleet';

import { scheduledMicroseconds } from '../bench/processor-time.ts';

/** What was counted up to one moment, in microseconds. */
interface Counted {
  readonly at: number;
  readonly used: ReadonlyMap<string, number>;
  readonly kept: ReadonlyMap<string, number>;
}

export interface ProcessorShare {
  /** Processors in use on average; 1 is one of them all the time. */
  readonly processors: number;
  /** The part of the time for which the main thread was ready to run and had no processor. */
  readonly waited: number;
}

export const GENERATOR = 'generator';

/**
 * Time for which the main thread was ready and not running, in microseconds.
 *
 * Source: Linux, Documentation/scheduler/sched-stats.rst, `/proc/pid/schedstat`, field 2.
 */
function waitedMicroseconds(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1_000;
}

export class ProcessorShares {
  readonly #ids: ReadonlyMap<string, number>;
  #last: Counted;

  /** @param instances - of the fleet; they have to run all the time. */
  constructor(processes: FleetProcesses, instances: readonly string[]) {
    const ids = instances.map((instance): [string, number] => [instance, processes.idOf(instance) ?? 0]);
    this.#ids = new Map([[GENERATOR, process.pid], ...ids]);
    this.#last = this.#count();
  }

  /** Of the generator and of each instance since the last call. */
  take(): ReadonlyMap<string, ProcessorShare> {
    const before = this.#last;
    const now = this.#count();
    this.#last = now;
    const passed = (now.at - before.at) * 1_000;
    const since = (of: 'used' | 'kept', name: string): number => (now[of].get(name) ?? 0) - (before[of].get(name) ?? 0);
    const shareOf = (name: string): ProcessorShare => ({
      processors: since('used', name) / passed,
      waited: since('kept', name) / passed,
    });
    return new Map([...this.#ids.keys()].map((name) => [name, shareOf(name)]));
  }

  #count(): Counted {
    const of = (read: (pid: number) => number): Map<string, number> =>
      new Map([...this.#ids].map(([name, pid]) => [name, read(pid)]));
    return { at: performance.now(), used: of((pid) => scheduledMicroseconds([pid])), kept: of(waitedMicroseconds) };
  }
}
