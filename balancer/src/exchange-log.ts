/**
 * What is told of each request: counted always, logged at debug, and warned about when the balancer had to answer for an
 * endpoint. A family that is down fails thousands of requests a second, so a warning of one kind comes once a second and
 * says how many it stands for.
 */
import type { Histogram, Logger, Metrics } from '@feedfleet/host';
import type { Termination } from './transport.ts';

/** How a request ended: delivered or broken on the way, or refused here. */
export type ExchangeResult =
  | Termination
  | 'malformed'
  | 'uri_too_long'
  | 'not_found'
  | 'method_not_allowed'
  | 'no_instance'
  | 'no_registry'
  | 'shed_family'
  | 'shed_feed'
  | 'shed_balancer'
  | 'queue_timeout'
  | 'greeted';

export interface ExchangeFacts {
  /** `none` when no route took the request. */
  readonly family: string;
  /** The family whose instances it went to; that of its path where none other stands in for it. */
  readonly servedBy?: string | undefined;
  readonly instance?: string | undefined;
  readonly result: ExchangeResult;
  /** 0 when nothing was answered. */
  readonly status: number;
  readonly durationMs: number;
  readonly requestId: string;
  readonly method: string;
  /** Whether an observer of the status page asked, by what it calls itself. It is counted with the others, and once more by itself. */
  readonly isProbe?: boolean;
  readonly cause?: unknown;
}

export interface ExchangeLogOptions {
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Those that are known: failures of each are counted from nought on, so that the first ones are a rise. */
  readonly families: () => readonly { readonly id: string }[];
  /** Milliseconds from any fixed point. */
  readonly now: () => number;
}

interface Warning {
  readonly since: number;
  suppressed: number;
}

const WARNING_INTERVAL_MS = 1_000;
const MAX_SERIES = 1_000;
/** Ends that are an endpoint's fault, also when the client got a part of an answer. */
const ENDPOINT_FAULTS: ReadonlySet<ExchangeResult> = new Set<ExchangeResult>([
  'upstream_refused',
  'upstream_unreachable',
  'connect_timeout',
  'deadline',
  'upstream_reset',
  'upstream_truncated',
  'upstream_stalled',
  'upstream_invalid',
  'no_instance',
  'no_registry',
]);

/** Whether an endpoint is to blame, by how a request ended. */
export function isEndpointFault(result: ExchangeResult): boolean {
  return ENDPOINT_FAULTS.has(result);
}

export class ExchangeLog {
  readonly #options: ExchangeLogOptions;
  readonly #durations: Histogram;
  readonly #series = new Map<string, { observe(value: number): void }>();
  /** By family, by the one that served them and by how they ended. */
  readonly #requests = new Map<string, Map<string, Map<ExchangeResult, number>>>();
  /** By family. */
  readonly #failures = new Map<string, number>();
  /** Likewise, of probes alone. */
  readonly #probes = new Map<string, Map<ExchangeResult, number>>();
  readonly #failedProbes = new Map<string, number>();
  readonly #warnings = new Map<string, Warning>();

  constructor(options: ExchangeLogOptions) {
    this.#options = options;
    options.metrics.counter({
      name: 'feedfleet_balancer_requests_total',
      help: 'Requests by the family of their path, by the one that served them and by how they ended.',
      labels: ['family', 'served_by', 'outcome'],
      collectEach: () => [...this.#counts()],
    });
    options.metrics.counter({
      name: 'feedfleet_balancer_failed_requests_total',
      help: 'Requests by the family of their path that the fleet failed: refused for want of room, broken off, or answered with 5xx.',
      labels: ['family'],
      collectEach: () => {
        const families = new Set([...options.families().map(({ id }) => id), ...this.#requests.keys()]);
        return [...families].map((family) => ({ labels: { family }, value: this.#failures.get(family) ?? 0 }));
      },
    });
    this.#declareProbes(options.metrics);
    this.#durations = options.metrics.histogram({
      name: 'feedfleet_balancer_request_duration_seconds',
      help: 'Time from the head of a request to the end of its answer, by family.',
      labels: ['family'],
    });
  }

  /** Whoever wants to know what clients got takes these off. */
  #declareProbes(metrics: Metrics): void {
    metrics.counter({
      name: 'feedfleet_balancer_probe_requests_total',
      help: 'Of the requests, those of observers of the status page, by the family of their path and by how they ended.',
      labels: ['family', 'outcome'],
      collectEach: () =>
        [...this.#probes].flatMap(([family, byResult]) =>
          [...byResult].map(([outcome, value]) => ({ labels: { family, outcome }, value })),
        ),
    });
    metrics.counter({
      name: 'feedfleet_balancer_failed_probe_requests_total',
      help: 'Of the requests that the fleet failed, those of observers of the status page, by the family of their path.',
      labels: ['family'],
      collectEach: () => [...this.#failedProbes].map(([family, value]) => ({ labels: { family }, value })),
    });
  }

  ended(facts: ExchangeFacts): void {
    const { family, servedBy = family, result, isProbe = false } = facts;
    this.#count(family, servedBy, result);
    if (isProbe) add(inner(this.#probes, family), result);
    if (facts.status >= 500 ? !result.startsWith('client_') : ENDPOINT_FAULTS.has(result)) {
      add(this.#failures, family);
      if (isProbe) add(this.#failedProbes, family);
    }
    this.#durationsOf(facts.family).observe(facts.durationMs / 1_000);
    if (ENDPOINT_FAULTS.has(facts.result)) this.#warn(facts);
    else if (this.#options.log.isEnabled?.('debug') !== false) this.#options.log.debug('exchange', fieldsOf(facts));
  }

  #count(family: string, servedBy: string, result: ExchangeResult): void {
    const byServer = inner(this.#requests, family);
    add(inner(byServer, servedBy), result);
  }

  *#counts(): Generator<{ readonly labels: Readonly<Record<string, string>>; readonly value: number }> {
    for (const [family, byServer] of this.#requests) {
      for (const [servedBy, byResult] of byServer) {
        for (const [outcome, value] of byResult) yield { labels: { family, served_by: servedBy, outcome }, value };
      }
    }
  }

  #durationsOf(family: string): { observe(value: number): void } {
    let series = this.#series.get(family);
    if (series === undefined) {
      if (this.#series.size >= MAX_SERIES) this.#series.clear();
      series = this.#durations.with({ family });
      this.#series.set(family, series);
    }
    return series;
  }

  #warn(facts: ExchangeFacts): void {
    const key = `${facts.family} ${facts.result}`;
    const now = this.#options.now();
    const last = this.#warnings.get(key);
    if (last !== undefined && now - last.since < WARNING_INTERVAL_MS) {
      last.suppressed += 1;
      return;
    }
    if (this.#warnings.size >= MAX_SERIES) this.#warnings.clear();
    this.#warnings.set(key, { since: now, suppressed: 0 });
    this.#options.log.warn('exchange failed', { ...fieldsOf(facts), suppressed: last?.suppressed ?? 0 });
  }
}

function add<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function inner<K, V>(maps: Map<string, Map<K, V>>, key: string): Map<K, V> {
  let map = maps.get(key);
  if (map === undefined) {
    map = new Map();
    maps.set(key, map);
  }
  return map;
}

function fieldsOf(facts: ExchangeFacts): Record<string, string | number | undefined> {
  return {
    'http.request.id': facts.requestId,
    'http.request.method': facts.method,
    'http.response.status_code': facts.status,
    'feedfleet.family': facts.family,
    'feedfleet.served_by': facts.servedBy ?? facts.family,
    'feedfleet.instance': facts.instance,
    'feedfleet.outcome': facts.result,
    duration_ms: Math.round(facts.durationMs),
    'error.message': facts.cause instanceof Error ? facts.cause.message : undefined,
  };
}
