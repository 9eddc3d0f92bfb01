/** What the host counts of every request: plain numbers on the way, text when it is scraped. */
import type { HostRequestContext } from './host-request-context.ts';
import type { Counter, Histogram, Metrics } from './metrics.ts';

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']);

interface Series {
  observe(value: number): void;
}

export class RequestMetrics {
  readonly #durations: Histogram;
  readonly #brokenOff: Counter;
  readonly #refused: Counter;
  readonly #series = new Map<string, (Series | undefined)[]>();
  #active = 0;

  constructor(metrics: Metrics) {
    this.#durations = metrics.histogram({
      name: 'feedfleet_http_request_duration_seconds',
      help: 'Time from the head of a request to the end of its answer.',
      labels: ['method', 'status_class'],
    });
    this.#brokenOff = metrics.counter({
      name: 'feedfleet_http_requests_broken_off_total',
      help: 'Requests whose client went away before the answer was sent.',
    });
    this.#refused = metrics.counter({
      name: 'feedfleet_http_connections_refused_total',
      help: 'Connections refused before there was a request, by reason.',
      labels: ['reason'],
    });
    metrics.gauge({
      name: 'feedfleet_http_requests_active',
      help: 'Requests under way.',
      collect: () => this.#active,
    });
  }

  /** Requests under way. */
  get active(): number {
    return this.#active;
  }

  begin(): void {
    this.#active += 1;
  }

  end(context: HostRequestContext): void {
    this.#active -= 1;
    if (context.brokenOff) this.#brokenOff.inc();
    const seconds = (performance.now() - context.startedAt) / 1000;
    this.#seriesOf(context.request.method ?? '', context.response.statusCode).observe(seconds);
  }

  refused(reason: 'malformed' | 'headersTooLarge' | 'timeout' | 'tooMany' | 'tooManyOfClient' | 'tunnel'): void {
    this.#refused.inc({ reason });
  }

  #seriesOf(method: string, status: number): Series {
    const label = METHODS.has(method) ? method : 'OTHER';
    let classes = this.#series.get(label);
    if (classes === undefined) {
      classes = [];
      this.#series.set(label, classes);
    }
    const group = Math.trunc(status / 100);
    return (classes[group] ??= this.#durations.with({ method: label, status_class: `${group}xx` }));
  }
}
