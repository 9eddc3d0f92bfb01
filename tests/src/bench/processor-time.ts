/** Processor time and memory of processes, from Linux's /proc. */
import { readFileSync, readdirSync } from 'node:fs';

/** Clock ticks a second of /proc's times; fixed at 100 for user space on Linux. */
const TICKS_PER_SECOND = 100;

/** User and system time of the processes so far, in microseconds. */
export function processorMicroseconds(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(fields[11]) + Number(fields[12]);
  });
  return (ticks.reduce((sum, each) => sum + each, 0) * 1_000_000) / TICKS_PER_SECOND;
}

/**
 * Time that the main thread of a process has run so far, in microseconds: exact, and the same however busy the machine is.
 *
 * Source: Linux, "Scheduler Statistics", section "/proc/<pid>/schedstat".
 */
export function mainThreadMicroseconds(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1000;
}

/** The process and everything that it started, itself included. */
export function processTree(pid: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) /s, '');
      parents.set(Number(name), Number(stat.split(' ')[1]));
    } catch {
      // It ended between the two calls.
    }
  }
  const isBelow = (each: number): boolean => {
    for (let at: number | undefined = each; at !== undefined; at = parents.get(at)) if (at === pid) return true;
    return false;
  };
  return [...parents.keys()].filter(isBelow);
}

/** Proportional set size in bytes: pages that processes share are counted once. */
export function memoryBytes(pids: readonly number[]): { readonly resident: number; readonly proportional: number } {
  const read = (pid: number, field: string): number => {
    const match = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
    return Number(match?.[1] ?? 0) * 1024;
  };
  const sum = (field: string): number => pids.reduce((total, pid) => total + read(pid, field), 0);
  return { resident: sum('Rss'), proportional: sum('Pss') };
}

/**
 * Time on a processor of all threads of the processes so far, in microseconds, to the nanosecond: for rounds too short for clock ticks.
 *
 * Source: Linux, Documentation/scheduler/sched-stats.rst, `/proc/pid/schedstat`, field 1.
 */
export function scheduledMicroseconds(pids: readonly number[]): number {
  const threads = pids.flatMap((pid) =>
    readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`),
  );
  return threads.reduce(
    (sum, folder) => sum + Number(readFileSync(`${folder}/schedstat`, 'utf8').split(' ')[0]) / 1000,
    0,
  );
}
