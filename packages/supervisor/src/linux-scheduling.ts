/**
 * How much of the processors a process gets when there are not enough, on Linux and without privileges.
 *
 * The kernel shares the processors among sessions first, and among the threads of one after that. So a process with a session of its
 * own gets no more for having many threads, and everybody may set the weight of a session of theirs down, and up again to where it was.
 * Within a control group for processors, as in most containers, the kernel does not look at sessions, and none of this has an effect.
 *
 * Source: sched(7), "The autogroup feature"; Linux, kernel/sched/autogroup.c, `proc_sched_autogroup_set_nice`.
 */
import { readFileSync, writeFileSync } from 'node:fs';

export interface Scheduling {
  /** Processor time of all threads so far, in milliseconds; `undefined` for a process that has ended. */
  ranMs(id: number): number | undefined;
  /**
   * @param nice - 0 for its full share, up to 19 for the least.
   * @returns whether it was done; the kernel lets nobody do it more often than ten times a second.
   */
  setNice(id: number, nice: number): boolean;
}

const ENABLED_FILE = '/proc/sys/kernel/sched_autogroup_enabled';
/** Clock ticks are a hundredth of a second for user space. */
const TICK_MS = 10;

export const linuxScheduling: Scheduling = {
  ranMs(id) {
    const stat = read(`/proc/${id}/stat`);
    if (stat === undefined) return undefined;
    // The name, in brackets, may hold anything; after it come the fields from the third on. Source: proc(5), fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  },
  setNice(id, nice) {
    try {
      writeFileSync(`/proc/${id}/autogroup`, String(nice));
      return true;
    } catch {
      return false;
    }
  },
};

/** Whether the kernel shares the processors among sessions. */
export function sharesBySession(): boolean {
  return read(ENABLED_FILE)?.trim() === '1';
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
