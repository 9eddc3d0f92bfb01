/**
 * The control: clients that wait for an answer before they ask again, as many load tools do. While the target stands still they ask nothing,
 * so that a stall is one slow request for each of them, and disappears from every percentile. It is here to be compared with.
 *
 * Source: Gil Tene, "How NOT to Measure Latency": coordinated omission.
 */
import { LatencyHistogram } from './latency-histogram.ts';
import { LoadClient } from './load-client.ts';
import type { LoadRequest } from './load-client.ts';

export interface ClosedLoopOptions {
  readonly clients: number;
  /** Of all clients together, as long as answers come at once. */
  readonly ratePerSecond: number;
  /** @param turn - 0 for the first of all. */
  readonly request: (turn: number) => LoadRequest;
  /** Longest time of one request, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
}

export class ClosedLoop {
  /** Of each answer, from when its request was sent. */
  readonly latencies = new LatencyHistogram();
  readonly #options: ClosedLoopOptions;
  readonly #client: LoadClient;
  #turn = 0;
  #isOver = false;
  #underWay = 0;
  #idle: (() => void) | undefined;

  constructor(options: ClosedLoopOptions) {
    this.#options = options;
    this.#client = new LoadClient({ maxConnections: options.clients, timeoutMs: options.timeoutMs ?? 30_000 });
    for (let client = 0; client < options.clients; client += 1) this.#ask(performance.now());
  }

  /** Resolves when the last answers are there. */
  async stop(): Promise<void> {
    this.#isOver = true;
    if (this.#underWay > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    this.#client.close();
  }

  #ask(dueMs: number): void {
    if (this.#isOver) return;
    const { clients, ratePerSecond, request } = this.#options;
    const sentMs = performance.now();
    this.#underWay += 1;
    this.#client.send(request(this.#turn++), () => {
      const now = performance.now();
      this.latencies.record(now - sentMs);
      this.#underWay -= 1;
      if (this.#isOver && this.#underWay === 0) this.#idle?.();
      const nextMs = Math.max(now, dueMs + (clients * 1000) / ratePerSecond);
      if (!this.#isOver) setTimeout(() => this.#ask(nextMs), nextMs - now);
    });
  }
}
