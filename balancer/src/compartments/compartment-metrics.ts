/** The compartments in metrics. Labels are families, classes and kinds; feeds only while there are few of them. */
import type { Counter, Gauge, Histogram, Metrics } from '@feedfleet/host';
import { FeedLabels } from '../feed-labels.ts';
import type { TrafficClass } from '../traffic.ts';
import type { CompartmentKind } from './family-bounds.ts';

export interface CompartmentLabels {
  readonly family: string;
  readonly class: TrafficClass;
  readonly kind: CompartmentKind;
}

export interface CompartmentSizes {
  readonly limit: number;
  readonly underWay: number;
  readonly waiting: number;
}

const WAIT_BUCKETS = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

export class CompartmentMetrics {
  readonly #limit: Gauge;
  readonly #underWay: Gauge;
  readonly #waiting: Gauge;
  readonly #shed: Counter;
  readonly #waits: Histogram;
  readonly #saturating: Gauge;
  readonly #pressure: Gauge;
  readonly #feeds = new FeedLabels();

  constructor(metrics: Metrics) {
    this.#limit = metrics.gauge({
      name: 'feedfleet_balancer_compartment_limit',
      help: 'Requests that may be under way at a time, by compartment.',
      labels: ['family', 'class', 'kind'],
    });
    this.#underWay = metrics.gauge({
      name: 'feedfleet_balancer_compartment_under_way',
      help: 'Requests under way, by compartment.',
      labels: ['family', 'class', 'kind'],
    });
    this.#waiting = metrics.gauge({
      name: 'feedfleet_balancer_compartment_waiting',
      help: 'Requests that wait for their turn, by compartment.',
      labels: ['family', 'class', 'kind'],
    });
    this.#shed = metrics.counter({
      name: 'feedfleet_balancer_shed_total',
      help: 'Requests that were turned away, by compartment and by what was full.',
      labels: ['family', 'class', 'kind', 'reason'],
    });
    this.#waits = metrics.histogram({
      name: 'feedfleet_balancer_wait_seconds',
      help: 'How long requests waited for their turn, of those that had to, by family and class.',
      labels: ['family', 'class'],
      buckets: WAIT_BUCKETS,
    });
    this.#saturating = metrics.gauge({
      name: 'feedfleet_balancer_saturating_feed',
      help: 'Whether a feed keeps its share of a family and its line full, by id of the feed; other beyond 64 feeds.',
      labels: ['family', 'feed'],
    });
    this.#pressure = metrics.gauge({
      name: 'feedfleet_balancer_pressure',
      help: 'How short its event loop is of its own work: 0 for not at all, 2.9 when all but pushes, operators and a tenth of the people are turned away.',
    });
  }

  sized({ family, class: traffic, kind }: CompartmentLabels, { limit, underWay, waiting }: CompartmentSizes): void {
    const labels = { family, class: traffic, kind };
    this.#limit.set(limit, labels);
    this.#underWay.set(underWay, labels);
    this.#waiting.set(waiting, labels);
  }

  shed({ family, class: traffic, kind }: CompartmentLabels, reason: string): void {
    this.#shed.inc({ family, class: traffic, kind, reason });
  }

  waited({ family, class: traffic }: CompartmentLabels, waitedMs: number): void {
    this.#waits.observe(waitedMs / 1_000, { family, class: traffic });
  }

  saturates(family: string, feed: string, isSaturating: boolean): void {
    this.#saturating.set(isSaturating ? 1 : 0, { family, feed: this.#feeds.of(feed) });
  }

  pressed(level: number): void {
    this.#pressure.set(level);
  }
}
