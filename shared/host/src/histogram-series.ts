/**
 * A histogram whose observations cost a few additions: series are resolved once, and text is made when it is scraped.
 *
 * prom-client's own hashes the labels of every observation, which is a measurable part of a small request.
 *
 * Source: Prometheus, "Exposition formats", section "Histograms and summaries".
 */
import type { Histogram, HistogramDefinition, LabelValues } from './metrics.ts';

/** Seconds. */
const DEFAULT_BUCKETS: readonly number[] = [
  ...[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
];

export interface HistogramSample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

export class HistogramSeries {
  readonly labels: LabelValues;
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  constructor(labels: LabelValues, bounds: readonly number[]) {
    this.labels = labels;
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let at = 0;
    while (at < this.#bounds.length && value > (this.#bounds[at] ?? Infinity)) at += 1;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sum += value;
  }

  samples(name: string): readonly HistogramSample[] {
    const samples: HistogramSample[] = [];
    let total = 0;
    this.#counts.forEach((count, at) => {
      total += count;
      const le = this.#bounds[at] ?? '+Inf';
      samples.push({ metricName: `${name}_bucket`, labels: { le, ...this.labels }, value: total });
    });
    samples.push({ metricName: `${name}_sum`, labels: this.labels, value: this.#sum });
    samples.push({ metricName: `${name}_count`, labels: this.labels, value: total });
    return samples;
  }
}

/** Looks to prom-client's registry like one of its metrics. */
export class SeriesHistogram implements Histogram {
  readonly name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #labelNames: readonly string[];
  readonly #series = new Map<string, HistogramSeries>();

  constructor(definition: HistogramDefinition) {
    this.name = definition.name;
    this.#help = definition.help;
    this.#bounds = definition.buckets ?? DEFAULT_BUCKETS;
    this.#labelNames = definition.labels ?? [];
  }

  observe(value: number, labels: LabelValues = {}): void {
    this.with(labels).observe(value);
  }

  with(labels: LabelValues): HistogramSeries {
    const key = JSON.stringify(this.#labelNames.map((name) => labels[name] ?? ''));
    let series = this.#series.get(key);
    if (series === undefined) {
      series = new HistogramSeries(
        Object.fromEntries(this.#labelNames.map((name) => [name, labels[name] ?? ''])),
        this.#bounds,
      );
      this.#series.set(key, series);
    }
    return series;
  }

  get(): Promise<object> {
    const values = [...this.#series.values()].flatMap((series) => series.samples(this.name));
    return Promise.resolve({ name: this.name, help: this.#help, type: 'histogram', aggregator: 'sum', values });
  }
}
