/** The processes below a supervisor, by instance: found, killed, stopped, measured. Linux only, through /proc. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { eventually } from './eventually.ts';
import type { Fleet } from './fleet.ts';

const INSTANCE = 'FEEDFLEET_INSTANCE=';

/** Where the processes of a fleet hang. */
export interface ProcessTree {
  readonly supervisor: { readonly pid?: number | undefined };
}

/** Empty for a process that ended meanwhile. */
function textOf(processId: number, file: string): string {
  try {
    return readFileSync(`/proc/${processId}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function childrenOf(processId: number): readonly number[] {
  const ids = textOf(processId, `task/${processId}/children`).trim().split(/\s+/);
  return ids.map(Number).filter((id) => id > 0);
}

export class FleetProcesses {
  readonly #fleet: ProcessTree;

  constructor(fleet: ProcessTree) {
    this.#fleet = fleet;
  }

  /** @returns undefined while it is not running. */
  idOf(instance: string): number | undefined {
    return childrenOf(this.#fleet.supervisor.pid ?? 0).find((id) =>
      textOf(id, 'environ')
        .split('\0')
        .includes(INSTANCE + instance),
    );
  }

  /** @throws while it is not running. */
  idNow(instance: string): number {
    const id = this.idOf(instance);
    if (id === undefined) throw new Error(`${instance} does not run`);
    return id;
  }

  /** Sends the signal. @returns the id of the process that got it. */
  signal(instance: string, name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGUSR2'): number {
    const id = this.idNow(instance);
    process.kill(id, name);
    return id;
  }

  /** Kills it as often as its supervisor starts it. @returns ends that. */
  keepDead(instance: string): () => void {
    const kill = (): void => {
      if (this.idOf(instance) !== undefined) this.signal(instance, 'SIGKILL');
    };
    kill();
    const killing = setInterval(kill, 25);
    return () => clearInterval(killing);
  }

  /** Resolves when the instance runs as another process than `formerId`. */
  async untilReplaced(instance: string, formerId: number, limitMs = 20_000): Promise<void> {
    await eventually({ what: `${instance} runs again`, limitMs }, () => {
      const id = this.idOf(instance);
      return id === undefined || id === formerId ? undefined : id;
    });
  }

  /** Forgets the highest use of memory so far. Source: proc(5), `/proc/pid/clear_refs`, value 5. */
  forgetPeak(instance: string): void {
    writeFileSync(`/proc/${this.idOf(instance) ?? 0}/clear_refs`, '5');
  }

  /** Resident memory now, and the highest since the start or `forgetPeak`, in bytes. */
  memoryOf(instance: string): { readonly bytes: number; readonly peakBytes: number } {
    const status = textOf(this.idOf(instance) ?? 0, 'status');
    const bytesOf = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? NaN) * 1024;
    return { bytes: bytesOf('VmRSS'), peakBytes: bytesOf('VmHWM') };
  }
}

interface FleetFile {
  readonly registryUrl: string;
  readonly ports: Readonly<Record<string, number>>;
}

/** Where the supervisor keeps where everything is. */
const fleetFileOf = (fleet: Pick<Fleet, 'data'>): FleetFile =>
  JSON.parse(readFileSync(path.join(fleet.data, 'fleet.json'), 'utf8')) as FleetFile;

/** Where the processes listen. */
export function portsOf(fleet: Pick<Fleet, 'data'>): Readonly<Record<string, number>> {
  return fleetFileOf(fleet).ports;
}

export function registryUrlOf(fleet: Fleet): string {
  return fleetFileOf(fleet).registryUrl;
}
