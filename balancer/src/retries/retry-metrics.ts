/** What is measured of second tries. */
import type { Counter, Metrics } from '@feedfleet/host';

/** What came of the wish for a second try. */
export type SecondTry = 'retry' | 'hedge' | 'no_budget' | 'no_instance';

export class RetryMetrics {
  readonly #secondTries: Counter;

  /** @param left - second tries that are allowed right now. */
  constructor(metrics: Metrics, left: () => number) {
    this.#secondTries = metrics.counter({
      name: 'feedfleet_balancer_second_tries_total',
      help: 'Requests that were made once more at another instance, and those for which there was no budget or no instance left.',
      labels: ['family', 'outcome'],
    });
    metrics.gauge({
      name: 'feedfleet_balancer_retry_budget',
      help: 'Second tries that are allowed right now.',
      collect: left,
    });
  }

  count(family: string, outcome: SecondTry): void {
    this.#secondTries.inc({ family, outcome });
  }
}
