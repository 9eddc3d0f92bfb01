/** Counts and percentiles of each second of a run, by when requests were to start. Pure; its memory grows by one row a second. */
import { LatencyHistogram } from '../latency-histogram.ts';
import type { LoadOutcome } from '../load-client.ts';

export interface SecondFigures {
  sent: number;
  ok: number;
  refused: number;
  failed: number;
  p50Ms: number | null;
  p95Ms: number | null;
  p99Ms: number | null;
  maxMs: number | null;
}

/** Requests that end later than this, in seconds, count, and have no part in the percentiles of their second. */
const OPEN_SECONDS = 64;

interface OpenSecond {
  readonly second: number;
  readonly histogram: LatencyHistogram;
  /** Whether something came since its percentiles were reckoned. */
  isNew: boolean;
}

export class SecondSeries {
  readonly #rows = new Map<number, SecondFigures>();
  /** Of the newest seconds, by their place in a ring. */
  readonly #open = new Map<number, OpenSecond>();

  start(second: number): void {
    this.#row(second).sent += 1;
  }

  end(second: number, { outcome }: LoadOutcome, latencyMs: number): void {
    const row = this.#row(second);
    row[outcome] += 1;
    if (outcome !== 'ok') return;
    row.maxMs = Math.max(row.maxMs ?? 0, latencyMs);
    const open = this.#openOf(second);
    if (open === undefined) return;
    open.histogram.record(latencyMs);
    open.isNew = true;
  }

  /** By time; the seconds that are still open as they are now. */
  rows(): readonly (readonly [second: number, figures: Readonly<SecondFigures>])[] {
    for (const open of this.#open.values()) this.#summarise(open);
    return [...this.#rows].sort(([left], [right]) => left - right);
  }

  #row(second: number): SecondFigures {
    let row = this.#rows.get(second);
    if (row === undefined) {
      row = { sent: 0, ok: 0, refused: 0, failed: 0, p50Ms: null, p95Ms: null, p99Ms: null, maxMs: null };
      this.#rows.set(second, row);
    }
    return row;
  }

  #openOf(second: number): OpenSecond | undefined {
    const place = second % OPEN_SECONDS;
    const former = this.#open.get(place);
    if (former?.second === second) return former;
    if (former !== undefined && former.second > second) return undefined;
    if (former !== undefined) this.#summarise(former);
    const histogram = former?.histogram ?? new LatencyHistogram();
    histogram.clear();
    const open = { second, histogram, isNew: false };
    this.#open.set(place, open);
    return open;
  }

  #summarise(open: OpenSecond): void {
    if (!open.isNew) return;
    open.isNew = false;
    const row = this.#row(open.second);
    [row.p50Ms, row.p95Ms, row.p99Ms] = open.histogram.quantilesMs([0.5, 0.95, 0.99]);
  }
}
