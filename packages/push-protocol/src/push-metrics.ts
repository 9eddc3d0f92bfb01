/** What operators see of pushes. */
import type { Counter, Histogram, Metrics } from '@feedfleet/host';
import type { ProblemError } from '@feedfleet/problems';
import type { PushGate } from './push-gate.ts';
import type { PushedPackage } from './push-service.ts';
import type { UploadGate } from './upload-gate.ts';

type Outcome =
  | 'created'
  | 'replaced'
  | 'overQuota'
  | 'exists'
  | 'invalid'
  | 'denied'
  | 'tooLarge'
  | 'unavailable'
  | 'aborted'
  | 'failed';

const DURATION_BUCKETS_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export class PushMetrics {
  readonly #pushes: Counter;
  readonly #bytes: Counter;
  readonly #seconds: Histogram;
  readonly #changes: Counter;

  constructor(metrics: Metrics, { gate, uploads }: { readonly gate: PushGate; readonly uploads: UploadGate }) {
    this.#pushes = metrics.counter({ name: 'feedfleet_pushes_total', help: 'Pushes by outcome.', labels: ['outcome'] });
    this.#bytes = metrics.counter({
      name: 'feedfleet_push_bytes_total',
      help: 'Bytes of the packages that were taken.',
    });
    this.#seconds = metrics.histogram({
      name: 'feedfleet_push_duration_seconds',
      help: 'Time from the head of the request to the durable package, for packages that were taken.',
      buckets: DURATION_BUCKETS_SECONDS,
    });
    this.#changes = metrics.counter({
      name: 'feedfleet_version_changes_total',
      help: 'Versions that were unlisted, relisted or deleted.',
      labels: ['change'],
    });
    metrics.gauge({ name: 'feedfleet_pushes_running', help: 'Packages being published.', collect: () => gate.running });
    metrics.gauge({ name: 'feedfleet_pushes_queued', help: 'Pushes that wait.', collect: () => gate.queued });
    metrics.gauge({ name: 'feedfleet_push_uploads', help: 'Uploads under way.', collect: () => uploads.running });
  }

  pushed(pushed: Pick<PushedPackage, 'sizeBytes' | 'outcome'> & { readonly milliseconds: number }): void {
    const { sizeBytes, outcome, milliseconds } = pushed;
    this.#pushes.inc({ outcome: (outcome === 'added' ? 'created' : outcome) satisfies Outcome });
    this.#bytes.inc({}, sizeBytes);
    this.#seconds.observe(milliseconds / 1000);
  }

  refused(why: ProblemError | 'aborted'): void {
    this.#pushes.inc({ outcome: why === 'aborted' ? why : outcomeOf(why) });
  }

  changed(change: 'unlisted' | 'relisted' | 'deleted'): void {
    this.#changes.inc({ change });
  }
}

function outcomeOf({ code, status }: ProblemError): Outcome {
  if (code === 'FF_QUOTA_EXCEEDED') return 'overQuota';
  switch (status) {
    case 400:
      return 'invalid';
    case 401:
    case 403:
      return 'denied';
    case 408:
      return 'aborted';
    case 409:
      return 'exists';
    case 413:
      return 'tooLarge';
    case 503:
    case 504:
      return 'unavailable';
    default:
      return 'failed';
  }
}
