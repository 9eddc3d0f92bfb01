/**
 * Open-loop load: every group's requests start when its schedule says, whatever became of the ones before, and a latency is counted from
 * that intended start. Phases follow each other in one run, so that what happens in one can be compared with the others.
 *
 * Bounded: connections and requests under way for each group, the time of each request, and the time of the whole run.
 */
import { Arrivals } from './arrivals.ts';
import { LeanClient } from './lean-client.ts';
import { LoadClient } from './load-client.ts';
import type { LoadOutcome, LoadRequest } from './load-client.ts';
import { LoadReport } from './load-report.ts';

export interface LoadGroup {
  readonly name: string;
  /** The endpoint family that it asks, for the report. */
  readonly family?: string;
  readonly ratePerSecond: number;
  /** Requests that start at the same instant. Default 1. */
  readonly burst?: number;
  /** Default 64. */
  readonly maxConnections?: number;
  /** As for `LoadClient`. */
  readonly keepsConnections?: boolean;
  readonly authority?: string;
  /** Whether the requests are plain ones without TLS, so that less of the processors is needed for them. */
  readonly isLean?: boolean;
  /** What would start beyond it fails as `not started`. Default 5,000. */
  readonly maxUnderWay?: number;
  /** @param turn - 0 for the first of the group. */
  readonly request: (turn: number) => LoadRequest;
}

export interface LoadOptions {
  readonly groups: readonly LoadGroup[];
  /** Of the first phase. */
  readonly phase: string;
  /** Longest time of one request, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
  /** Nothing starts after it, in milliseconds. Default 300,000. */
  readonly limitMs?: number;
  /** Hosts that may be loaded beside this machine. */
  readonly allowedHosts?: ReadonlySet<string>;
}

const TICK_MS = 1;
const NOT_STARTED: LoadOutcome = { outcome: 'failed', reason: 'not started' };

interface RunningGroup {
  readonly group: LoadGroup;
  readonly arrivals: Arrivals;
  readonly client: LoadClient | LeanClient;
  underWay: number;
  turn: number;
}

export class LoadRun {
  readonly #report: LoadReport;
  readonly #groups: ReadonlyMap<string, RunningGroup>;
  readonly #limitMs: number;
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  #phase: string;
  #idle: (() => void) | undefined;
  #ended: Promise<LoadReport> | undefined;

  constructor({ groups, phase, timeoutMs = 30_000, limitMs = 300_000, allowedHosts }: LoadOptions) {
    this.#phase = phase;
    this.#report = new LoadReport(groups.map(({ name, family }) => ({ name, family })));
    this.#report.phases.push({ name: phase, startMs: 0 });
    this.#limitMs = limitMs;
    const start = this.#startedAt;
    // Groups of one rate do not start their requests at the same instant.
    const staggered = ({ ratePerSecond }: LoadGroup, place: number): number =>
      ratePerSecond > 0 ? start + (place * 1000) / (ratePerSecond * groups.length) : start;
    this.#groups = new Map(
      groups.map((group, place) => {
        const { ratePerSecond, burst = 1, maxConnections = 64, keepsConnections = true, authority } = group;
        const arrivals = new Arrivals({ startMs: staggered(group, place), ratePerSecond, burst });
        const client =
          group.isLean === true
            ? new LeanClient({ maxConnections, timeoutMs })
            : new LoadClient({ maxConnections, timeoutMs, keepsConnections, authority, allowedHosts });
        return [group.name, { group, arrivals, client, underWay: 0, turn: 0 }];
      }),
    );
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Milliseconds since the start. */
  get elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** What starts from now on belongs to it. */
  enter(phase: string): void {
    this.#tick();
    this.#phase = phase;
    this.#report.phases.push({ name: phase, startMs: this.elapsedMs });
  }

  /** Something that happened now, for the report. */
  mark(text: string): void {
    this.#report.marks.push({ atMs: this.elapsedMs, text });
  }

  /** What was found so far. */
  get report(): LoadReport {
    return this.#report;
  }

  setRate(group: string, ratePerSecond: number): void {
    this.#tick();
    this.#groups.get(group)?.arrivals.setRate(ratePerSecond, performance.now());
  }

  /** Nothing more starts; waits for what is under way. */
  stop(): Promise<LoadReport> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<LoadReport> {
    this.#tick();
    clearInterval(this.#timer);
    this.#report.endMs = this.elapsedMs;
    if (this.#isBusy()) await new Promise<void>((resolve) => (this.#idle = resolve));
    for (const { client } of this.#groups.values()) client.close();
    return this.#report;
  }

  #isBusy(): boolean {
    return [...this.#groups.values()].some(({ underWay }) => underWay > 0);
  }

  #tick(): void {
    if (this.elapsedMs > this.#limitMs) return;
    for (const running of this.#groups.values()) {
      for (const intendedMs of running.arrivals.take(performance.now())) this.#start(running, intendedMs);
    }
  }

  #start(running: RunningGroup, intendedMs: number): void {
    const { group, client } = running;
    const result = this.#report.of(this.#phase, group.name);
    result.start();
    this.#report.start(group.name, intendedMs - this.#startedAt);
    this.#report.lag.record(performance.now() - intendedMs);
    const end = (outcome: LoadOutcome): void => {
      const latencyMs = performance.now() - intendedMs;
      result.end(outcome, latencyMs);
      this.#report.end(group.name, intendedMs - this.#startedAt, outcome, latencyMs);
    };
    if (running.underWay >= (group.maxUnderWay ?? 5_000)) {
      end(NOT_STARTED);
      return;
    }
    running.underWay += 1;
    const done = (outcome: LoadOutcome): void => {
      running.underWay -= 1;
      end(outcome);
      if (!this.#isBusy()) this.#idle?.();
    };
    try {
      client.send(group.request(running.turn++), done);
    } catch (error) {
      // One that cannot be made, or may not be sent, is a fault of the run and not its end.
      done({ outcome: 'failed', reason: (error as Error).message });
    }
  }
}
