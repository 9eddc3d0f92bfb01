/**
 * Ends what a fleet that was killed left behind. Its processes end by themselves when their channel closes; one that is stopped, or
 * whose event loop hangs, cannot, and would keep its port and its memory for ever. The status page goes on, and is told to end.
 *
 * A process is known again by its id and by when it started, so nobody else's that got the id is touched. Without `/proc`
 * nothing is known again, and nothing ended.
 *
 * Source: proc(5), `/proc/pid/stat`, field 22, and `/proc/sys/kernel/random/boot_id`.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { outlivesSupervisor } from './fleet-process.ts';

const FILE = 'processes.json';
const POLL_MS = 50;

const fileSchema = z.strictObject({
  format: z.literal(1),
  /** Start by process id, of each instance. */
  processes: z.record(z.string(), z.strictObject({ id: z.number().int().min(2), start: z.string() })),
});

type Recorded = z.output<typeof fileSchema>['processes'];

/** What was started on a data folder, and is not known to have ended. */
export class StartedProcesses {
  readonly #file: string;
  readonly #processes: Recorded;

  private constructor(file: string, processes: Recorded) {
    this.#file = file;
    this.#processes = processes;
  }

  /** A file that is missing or damaged counts as empty. */
  static open(dataFolder: string): StartedProcesses {
    const file = path.join(dataFolder, FILE);
    try {
      return new StartedProcesses(file, fileSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).processes);
    } catch {
      return new StartedProcesses(file, {});
    }
  }

  started(instance: string, id: number): void {
    const start = startOf(id);
    if (start === undefined) return;
    this.#processes[instance] = { id, start };
    // Losing it costs no more than a process that hangs; it must not keep one from starting.
    try {
      writeFileSync(`${this.#file}.new`, `${JSON.stringify({ format: 1, processes: this.#processes })}\n`, {
        mode: 0o600,
      });
      renameSync(`${this.#file}.new`, this.#file);
    } catch {
      return;
    }
  }

  /**
   * Tells the status page of the last fleet to end, waits for all of them, which may just be draining, and kills what is still there. Only the holder of the
   * fleet's lock may call it.
   *
   * @param patienceMs - how long they may take, in milliseconds.
   * @returns instances that had to be killed.
   */
  async endLeftBehind(patienceMs: number, signal: AbortSignal): Promise<readonly string[]> {
    const left = () => Object.entries(this.#processes).filter(([, { id, start }]) => startOf(id) === start);
    for (const [instance, { id }] of left()) if (outlivesSupervisor(instance)) send(id, 'SIGTERM');
    for (let waited = 0; waited < patienceMs && left().length > 0; waited += POLL_MS) {
      await delay(POLL_MS, undefined, { signal });
    }
    const hanging = left();
    for (const [, { id }] of hanging) send(id, 'SIGKILL');
    return hanging.map(([instance]) => instance);
  }
}

/** Whether processes are known again here. */
export const knowsAgain = (): boolean => startOf(process.pid) !== undefined;

/** `undefined` for a process that has ended, also while its parent has not asked for it yet. */
function startOf(id: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
    // The name, in brackets, may hold anything; after it come the fields from the third on.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return fields[0] === 'Z' || fields[19] === undefined ? undefined : `${boot} ${fields[19]}`;
  } catch {
    return undefined;
  }
}

function send(id: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(id, signal);
  } catch {
    // It ended meanwhile.
  }
}
