/**
 * Processor time and memory of named processes over time.
 *
 * Source: proc(5), `/proc/pid/stat`, fields 14, 15 and 22, and `/proc/pid/statm`. Where there is no `/proc`, there are no samples.
 */
import { readFileSync } from 'node:fs';

import type { RunProcess } from './report/run-document.ts';

export interface SamplerOptions {
  /** Process ids by name, asked for before each sample: a process that was started again has another one. */
  readonly processes: () => ReadonlyMap<string, number>;
  /** Milliseconds since the start of the run. */
  readonly elapsedMs: () => number;
  /** Default 1,000. */
  readonly intervalMs?: number;
}

interface Reading {
  readonly atMs: number;
  /** Of the process, not of others that had its id before. */
  readonly identity: string;
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

/** Of user space on Linux. */
const MS_PER_TICK = 10;
/** Of all Linux machines that Node runs on by default; others show their memory too small. */
const PAGE_BYTES = 4096;
/** An hour at one a second, of each process. */
const MOST_SAMPLES = 4_000;

export class ProcessSampler {
  readonly #options: SamplerOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #last = new Map<string, Reading>();
  readonly #samples = new Map<string, RunProcess['samples'][number][]>();

  constructor(options: SamplerOptions) {
    this.#options = options;
    this.#sample();
    this.#timer = setInterval(() => this.#sample(), options.intervalMs ?? 1000);
  }

  /** Whether this machine tells of its processes. */
  static get isPossible(): boolean {
    return readingOf(process.pid, 0) !== undefined;
  }

  /** The newest sample of each process that has one. */
  get newest(): ReadonlyMap<string, RunProcess['samples'][number]> {
    const newest = new Map<string, RunProcess['samples'][number]>();
    for (const [name, samples] of this.#samples) {
      const last = samples.at(-1);
      if (last !== undefined) newest.set(name, last);
    }
    return newest;
  }

  stop(): readonly RunProcess[] {
    clearInterval(this.#timer);
    return [...this.#samples].map(([name, samples]) => ({ name, samples }));
  }

  #sample(): void {
    const atMs = Math.round(this.#options.elapsedMs());
    for (const [name, id] of this.#options.processes()) {
      const before = this.#last.get(name);
      const now = readingOf(id, atMs);
      if (now === undefined) {
        this.#last.delete(name);
        continue;
      }
      this.#last.set(name, now);
      if (before?.identity !== now.identity || now.atMs <= before.atMs) continue;
      const cpu = Math.max(0, now.cpuMs - before.cpuMs) / (now.atMs - before.atMs);
      this.#keep(name, { atMs, cpu: Math.round(cpu * 1000) / 1000, memoryBytes: now.memoryBytes });
    }
  }

  #keep(name: string, sample: RunProcess['samples'][number]): void {
    const samples = this.#samples.get(name) ?? [];
    this.#samples.set(name, samples);
    if (samples.length < MOST_SAMPLES) samples.push(sample);
  }
}

/** @returns undefined for a process that is not there. */
function readingOf(id: number, atMs: number): Reading | undefined {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
    // The name, in brackets, may hold anything; after it come the fields from the third on.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [, resident = '0', ofFiles = '0'] = readFileSync(`/proc/${id}/statm`, 'utf8').split(' ');
    return {
      atMs,
      identity: `${id} ${fields[19] ?? ''}`,
      cpuMs: (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK,
      memoryBytes: (Number(resident) - Number(ofFiles)) * PAGE_BYTES,
    };
  } catch {
    return undefined;
  }
}
