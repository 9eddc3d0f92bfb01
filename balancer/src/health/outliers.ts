/**
 * Which instances of a pool do clearly worse than the others of it, over one sweep. Pure.
 *
 * Source: Envoy, "Outlier detection", section "Success rate" (1.9 standard deviations, at least five instances). Differs from Envoy: two
 * to four instances are compared too, by a plain distance, since so few cannot be 1.9 deviations apart; and so are latencies.
 */

/** What one instance did in a sweep. */
export interface Sweep {
  readonly successes: number;
  readonly failures: number;
  /** Of the successes. */
  readonly totalLatencyMs: number;
}

export type OutlierReason = 'success_rate' | 'latency';

export interface Outlier {
  /** Of the sweep. */
  readonly index: number;
  readonly reason: OutlierReason;
  readonly why: string;
}

/** Fewer requests say nothing. */
const MIN_REQUESTS = 50;
const DEVIATIONS = 1.9;
const MIN_FOR_DEVIATIONS = 5;
/** Below the mean of the others: the least that counts among five and more, and what counts among fewer. */
const LEAST_DISTANCE = 0.05;
const PLAIN_DISTANCE = 0.3;
const SLOW_FACTOR = 4;
const SLOW_MS = 100;

/** @param comparesLatency - false where the instances get different requests. */
export function outliersOf(sweeps: readonly Sweep[], comparesLatency: boolean): readonly Outlier[] {
  const slow = comparesLatency ? slowOnes(sweeps) : [];
  return [...failingOnes(sweeps), ...slow];
}

function failingOnes(sweeps: readonly Sweep[]): readonly Outlier[] {
  const rates = sweeps
    .map(({ successes, failures }, index) => ({ index, requests: successes + failures, successes }))
    .filter(({ requests }) => requests >= MIN_REQUESTS)
    .map(({ index, requests, successes }) => ({ index, value: successes / requests }));
  if (rates.length < 2) return [];
  const mean = meanOf(rates.map(({ value }) => value));
  const deviation = Math.sqrt(meanOf(rates.map(({ value }) => (value - mean) ** 2)));
  return rates.flatMap(({ index, value }): Outlier[] => {
    const others = meanOf(rates.filter((rate) => rate.index !== index).map((rate) => rate.value));
    const isOutlier =
      rates.length < MIN_FOR_DEVIATIONS
        ? value < others - PLAIN_DISTANCE
        : value < mean - DEVIATIONS * deviation && value < others - LEAST_DISTANCE;
    const why = `${percent(value)} of its requests went well, ${percent(others)} of those of the others`;
    return isOutlier ? [{ index, reason: 'success_rate', why }] : [];
  });
}

function slowOnes(sweeps: readonly Sweep[]): readonly Outlier[] {
  const latencies = sweeps
    .map(({ successes, totalLatencyMs }, index) => ({ index, successes, value: totalLatencyMs / successes }))
    .filter(({ successes }) => successes >= MIN_REQUESTS);
  return latencies.flatMap(({ index, value }): Outlier[] => {
    const others = medianOf(latencies.filter((each) => each.index !== index).map((each) => each.value));
    if (others === undefined || value < others * SLOW_FACTOR || value < others + SLOW_MS) return [];
    const why = `it takes ${Math.round(value)} ms to answer, the others ${Math.round(others)} ms`;
    return [{ index, reason: 'latency', why }];
  });
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function medianOf(values: readonly number[]): number | undefined {
  return values.toSorted((left, right) => left - right)[Math.floor((values.length - 1) / 2)];
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
