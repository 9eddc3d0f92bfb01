/** The metrics port on prom-client, with a registry of its own: nothing is kept in the module. */
import { Counter as PromCounter, Gauge as PromGauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { Metric } from 'prom-client';
import { SeriesHistogram } from './histogram-series.ts';
import type {
  Counter,
  CounterDefinition,
  DeclaredMetric,
  Gauge,
  GaugeDefinition,
  Histogram,
  HistogramDefinition,
  MetricDefinition,
  Metrics,
} from './metrics.ts';

export interface MetricsOptions {
  readonly service: string;
  readonly instance: string;
}

/**
 * How often the delay of the event loop is measured, in milliseconds. Each time wakes the process: at the usual 10 ms an idle one takes
 * 4 ms of processor time a second for it, at 100 ms 0.6.
 */
const LOOP_DELAY_EVERY_MS = 100;

/** Every series carries the labels `service` and `instance`; the default metrics of a Node process are among them. */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service: options.service, instance: options.instance });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_DELAY_EVERY_MS });
  return new PromMetrics(registry);
}

class PromMetrics implements Metrics {
  readonly #registry: Registry;
  readonly #declared: DeclaredMetric[] = [];

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  counter(definition: CounterDefinition): Counter {
    const { collectEach } = definition;
    const counter = new PromCounter({
      ...this.#declare('counter', definition),
      registers: [this.#registry],
      ...(collectEach && {
        collect(this: PromCounter) {
          this.reset();
          for (const { labels, value } of collectEach()) this.inc(labels, value);
        },
      }),
    });
    return {
      inc: (labels, by) => (labels === undefined ? counter.inc(by ?? 1) : counter.inc(labels, by ?? 1)),
    };
  }

  gauge(definition: GaugeDefinition): Gauge {
    const { collect, collectEach } = definition;
    const gauge = new PromGauge({
      ...this.#declare('gauge', definition),
      registers: [this.#registry],
      ...(collect && {
        collect(this: PromGauge) {
          this.set(collect());
        },
      }),
      ...(collectEach && {
        collect(this: PromGauge) {
          this.reset();
          for (const { labels, value } of collectEach()) this.set(labels, value);
        },
      }),
    });
    return {
      set: (value, labels) => (labels === undefined ? gauge.set(value) : gauge.set(labels, value)),
      add: (by, labels) => (labels === undefined ? gauge.inc(by) : gauge.inc(labels, by)),
    };
  }

  histogram(definition: HistogramDefinition): Histogram {
    this.#declare('histogram', definition);
    const histogram = new SeriesHistogram(definition);
    this.#registry.registerMetric(histogram as unknown as Metric);
    return histogram;
  }

  declared(): readonly DeclaredMetric[] {
    return [...this.#declared];
  }

  async render(): Promise<{ readonly contentType: string; readonly body: string }> {
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }

  #declare(kind: DeclaredMetric['kind'], { name, help, labels = [] }: MetricDefinition) {
    this.#declared.push({ name, kind, help, labels });
    return { name, help, labelNames: [...labels] };
  }
}
