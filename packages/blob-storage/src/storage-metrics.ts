/** What is measured of the storage of package files, once in a process. */
import type { Metrics } from '@feedfleet/host';

export type StorageOperation = 'facts' | 'read' | 'write' | 'remove';
type OpenOutcome = 'hit' | 'fetched' | 'copied' | 'absent' | 'corrupt' | 'unavailable';

interface StorageGauges {
  readonly breakersOpen: () => number;
  readonly cacheBytes: () => number;
}

export interface StorageMetrics {
  ended(operation: StorageOperation, outcome: string, tookMs: number): void;
  opened(outcome: OpenOutcome): void;
  mended(): void;
}

export function measureStorage(metrics: Metrics, gauges: StorageGauges): StorageMetrics {
  const seconds = metrics.histogram({
    name: 'feedfleet_storage_request_duration_seconds',
    help: 'Calls of the storage of package files, with all their bytes, by outcome: done, or the kind of failure.',
    labels: ['operation', 'outcome'],
  });
  const opened = metrics.counter({
    name: 'feedfleet_storage_opened_total',
    help:
      'Package files that were opened: hit in the cache, fetched from the storage, copied from another process of the machine, ' +
      'absent, corrupt, or unavailable.',
    labels: ['outcome'],
  });
  const mended = metrics.counter({
    name: 'feedfleet_storage_mended_total',
    help: 'Damaged files in the storage that were mended from another copy.',
  });
  metrics.gauge({
    name: 'feedfleet_storage_breakers_open',
    help: 'Circuit breakers before the storage that are not closed: that of reads, that of writes.',
    collect: gauges.breakersOpen,
  });
  metrics.gauge({
    name: 'feedfleet_storage_cache_bytes',
    help: 'Bytes of package files that are kept on the disk of what is in the storage.',
    collect: gauges.cacheBytes,
  });
  return {
    ended: (operation, outcome, tookMs) => seconds.observe(tookMs / 1000, { operation, outcome }),
    opened: (outcome) => opened.inc({ outcome }),
    mended: () => mended.inc(),
  };
}
