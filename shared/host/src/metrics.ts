/**
 * The metrics port: declared once with name, help and labels, rendered for Prometheus.
 *
 * Label values come from small fixed sets (a method, an outcome), never from what a client sent: each one is kept for ever.
 */

export type LabelValues = Readonly<Record<string, string>>;

export interface MetricDefinition {
  /** With its unit: `feedfleet_push_bytes_total`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

/** One series, as it is when the metrics are scraped. */
interface CollectedSeries {
  readonly labels: LabelValues;
  readonly value: number;
}

export interface CounterDefinition extends MetricDefinition {
  /** Asked when the metrics are scraped: all of its series, so that one that is gone is gone. */
  readonly collectEach?: () => readonly CollectedSeries[];
}

export interface HistogramDefinition extends MetricDefinition {
  /** Upper bounds, rising. Default: seconds from 1 ms to 30 s. */
  readonly buckets?: readonly number[];
}

export interface GaugeDefinition extends MetricDefinition {
  /** Asked when the metrics are scraped; only for a gauge without labels. */
  readonly collect?: () => number;
  /** As of a counter. */
  readonly collectEach?: () => readonly CollectedSeries[];
}

export interface DeclaredMetric {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

export interface Counter {
  inc(labels?: LabelValues, by?: number): void;
}

export interface Gauge {
  set(value: number, labels?: LabelValues): void;
  add(by: number, labels?: LabelValues): void;
}

export interface Histogram {
  observe(value: number, labels?: LabelValues): void;
  /** The series of these labels, resolved once: an observation on it is a few additions. */
  with(labels: LabelValues): { observe(value: number): void };
}

export interface Metrics {
  counter(definition: CounterDefinition): Counter;
  gauge(definition: GaugeDefinition): Gauge;
  histogram(definition: HistogramDefinition): Histogram;
  /** What was declared here (not the default process metrics), in order, for the generated page. */
  declared(): readonly DeclaredMetric[];
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
}
