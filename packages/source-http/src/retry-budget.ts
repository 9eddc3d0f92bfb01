/**
 * Retry budget: retries are a share of the requests, so that a source that fails is not asked twice as often for it.
 *
 * Source: Finagle, "RetryBudget": a bucket that each request fills a little.
 */

/** Each request deposits as much; a retry costs 1. */
const DEPOSIT = 0.2;
const MAX_BALANCE = 10;
/** Also a source that is hardly ever asked gets its retry. */
const FIRST_BALANCE = 2;

export class RetryBudget {
  #balance = FIRST_BALANCE;

  deposit(): void {
    this.#balance = Math.min(MAX_BALANCE, this.#balance + DEPOSIT);
  }

  withdraw(): boolean {
    if (this.#balance < 1) return false;
    this.#balance -= 1;
    return true;
  }
}
