/**
 * How many requests may be made once more, over all families: a fifth of what was asked lately, and a few at any time. So retries help
 * while little fails, and add next to nothing to a load under which everything does.
 *
 * Source: Envoy, "Circuit breaking", "Retry budget"; Google, "Site Reliability Engineering", chapter 22. Pure: the clock is passed in.
 */

export interface RetryBudgetOptions {
  /** Milliseconds from any fixed point. */
  readonly now: () => number;
}

/** A second try that was allowed. */
export interface RetryLease {
  /** When it is over. Idempotent. */
  release(): void;
}

const SHARE = 0.2;
/** So many at a time are allowed whatever was asked. */
const ALWAYS = 3;
const SLOT_MS = 1_000;
const SLOTS = 10;

export class RetryBudget {
  readonly #options: RetryBudgetOptions;
  readonly #requests = new Float64Array(SLOTS);
  readonly #retries = new Float64Array(SLOTS);
  #slot = 0;
  #requestCount = 0;
  #retryCount = 0;
  #underWay = 0;

  constructor(options: RetryBudgetOptions) {
    this.#options = options;
    this.#slot = this.#slotNow();
  }

  /** Second tries that are allowed right now. */
  get left(): number {
    this.#advance();
    return Math.max(ALWAYS - this.#underWay, Math.ceil(this.#requestCount * SHARE - this.#retryCount), 0);
  }

  /** A request has come, for the first time. */
  requested(): void {
    this.#advance();
    increment(this.#requests, this.#slot);
    this.#requestCount += 1;
  }

  /** @returns `undefined` where the budget is used up. */
  take(): RetryLease | undefined {
    if (this.left === 0) return undefined;
    increment(this.#retries, this.#slot);
    this.#retryCount += 1;
    this.#underWay += 1;
    let isOver = false;
    return {
      release: () => {
        if (isOver) return;
        isOver = true;
        this.#underWay -= 1;
      },
    };
  }

  /** Empties the slots whose time is over. */
  #advance(): void {
    const slot = this.#slotNow();
    if (slot === this.#slot) return;
    const passed = Math.min(slot - this.#slot, SLOTS);
    for (let step = 1; step <= passed; step++) {
      const index = (slot - passed + step) % SLOTS;
      this.#requestCount -= this.#requests[index] ?? 0;
      this.#retryCount -= this.#retries[index] ?? 0;
      this.#requests[index] = 0;
      this.#retries[index] = 0;
    }
    this.#slot = slot;
  }

  #slotNow(): number {
    return Math.floor(this.#options.now() / SLOT_MS);
  }
}

function increment(counts: Float64Array, slot: number): void {
  const index = slot % SLOTS;
  counts[index] = (counts[index] ?? 0) + 1;
}
