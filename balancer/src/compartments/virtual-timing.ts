/** For tests: a clock that goes as far as it is told, and lets what waits go on after each timer. */
import type { Timing } from './compartment.ts';

interface Alarm {
  readonly at: number;
  readonly order: number;
  readonly call: () => void;
  isCancelled: boolean;
}

export class VirtualTiming implements Timing {
  #now = 0;
  #order = 0;
  /** A heap: the earliest first. */
  readonly #alarms: Alarm[] = [];

  now(): number {
    return this.#now;
  }

  after(delayMs: number, call: () => void): { cancel(): void } {
    const alarm = { at: this.#now + delayMs, order: this.#order++, call, isCancelled: false };
    this.#push(alarm);
    return { cancel: () => void (alarm.isCancelled = true) };
  }

  async advance(byMs: number): Promise<void> {
    const until = this.#now + byMs;
    for (let next = this.#alarms[0]; next !== undefined && next.at <= until; next = this.#alarms[0]) {
      this.#pop();
      if (next.isCancelled) continue;
      this.#now = next.at;
      next.call();
      await settled();
    }
    this.#now = until;
  }

  #push(alarm: Alarm): void {
    const heap = this.#alarms;
    let index = heap.push(alarm) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(alarm, heap[parent])) break;
      heap[index] = heap[parent] ?? alarm;
      index = parent;
    }
    heap[index] = alarm;
  }

  #pop(): void {
    const heap = this.#alarms;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const least = isBefore(heap[left + 1], heap[left]) ? left + 1 : left;
      if (!isBefore(heap[least], last)) break;
      heap[index] = heap[least] ?? last;
      index = least;
    }
    heap[index] = last;
  }
}

function isBefore(left: Alarm | undefined, right: Alarm | undefined): boolean {
  if (left === undefined || right === undefined) return left !== undefined;
  return left.at < right.at || (left.at === right.at && left.order < right.order);
}

/** Whatever was promised so far has been told on. */
export async function settled(): Promise<void> {
  for (let step = 0; step < 4; step++) await Promise.resolve();
}

/** An endpoint that works at `servers` requests at a time, the others in line. */
export class Station {
  readonly #timing: Timing;
  readonly #line: (() => void)[] = [];
  #busy = 0;
  servers: number;

  constructor(timing: Timing, servers: number) {
    this.#timing = timing;
    this.servers = servers;
  }

  serve(workMs: number, done: () => void): void {
    this.#line.push(() => {
      this.#busy += 1;
      this.#timing.after(workMs, () => {
        this.#busy -= 1;
        done();
        this.#work();
      });
    });
    this.#work();
  }

  #work(): void {
    while (this.#busy < this.servers && this.#line.length > 0) this.#line.shift()?.();
  }
}

interface BusyMark {
  readonly at: number;
  readonly busyMs: number;
}

/** An endpoint with one thread, which does a slice of each request in turn: the more there are, the longer all of them take. */
export class Thread {
  readonly #timing: Timing;
  readonly #sliceMs: number;
  readonly #jobs: { leftMs: number; readonly done: () => void }[] = [];
  #isBusy = false;
  #busyMs = 0;
  /** Where the window before began, and this one: as an endpoint's own meter has it. */
  #marks: readonly [BusyMark, BusyMark] = [
    { at: 0, busyMs: 0 },
    { at: 0, busyMs: 0 },
  ];

  constructor(timing: Timing, sliceMs: number) {
    this.#timing = timing;
    this.#sliceMs = sliceMs;
  }

  serve(workMs: number, done: () => void): void {
    this.#jobs.push({ leftMs: workMs, done });
    if (!this.#isBusy) this.#work();
  }

  /** In percent, over the last 50 to 100 ms. */
  get busy(): number {
    const now = { at: this.#timing.now(), busyMs: this.#busyMs };
    if (now.at - this.#marks[1].at >= 50) this.#marks = [this.#marks[1], now];
    const [from] = this.#marks;
    return now.at === from.at ? 0 : Math.floor((100 * (now.busyMs - from.busyMs)) / (now.at - from.at));
  }

  #work(): void {
    const job = this.#jobs.shift();
    this.#isBusy = job !== undefined;
    if (job === undefined) return;
    const sliceMs = Math.min(this.#sliceMs, job.leftMs);
    this.#timing.after(sliceMs, () => {
      this.#busyMs += sliceMs;
      job.leftMs -= sliceMs;
      if (job.leftMs > 0) this.#jobs.push(job);
      else job.done();
      this.#work();
    });
  }
}
