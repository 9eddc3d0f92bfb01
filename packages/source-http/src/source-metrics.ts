/** What is measured about all sources together; a series for each source would be without bound. */
import type { Metrics } from '@feedfleet/host';
import type { SourceFailureKind } from './source-failure.ts';

export interface SourceMetrics {
  ended(outcome: 'answered' | SourceFailureKind, tookMs: number): void;
  retried(): void;
}

export interface SourceGauges {
  readonly notClosed: () => number;
  readonly heldBytes: () => number;
}

export const unmeasured: SourceMetrics = { ended: () => undefined, retried: () => undefined };

export function measureSources(metrics: Metrics, gauges: SourceGauges): SourceMetrics {
  const seconds = metrics.histogram({
    name: 'feedfleet_source_request_duration_seconds',
    help: 'Requests to foreign package sources until their answer was there, by outcome: answered, or the kind of failure.',
    labels: ['outcome'],
  });
  const retries = metrics.counter({
    name: 'feedfleet_source_retries_total',
    help: 'Requests to foreign package sources that were sent a second time.',
  });
  metrics.gauge({
    name: 'feedfleet_source_breakers_open',
    help: 'Foreign package sources whose circuit breaker is not closed.',
    collect: gauges.notClosed,
  });
  metrics.gauge({
    name: 'feedfleet_source_held_bytes',
    help: 'Bytes of answers of foreign package sources that are being read into memory.',
    collect: gauges.heldBytes,
  });
  return {
    ended: (outcome, tookMs) => seconds.observe(tookMs / 1000, { outcome }),
    retried: () => retries.inc(),
  };
}
