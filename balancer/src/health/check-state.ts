/**
 * What the checks of one kind say: it takes three failed ones in a row to call an instance down, and two good ones to call it up again.
 *
 * Source: HAProxy, `fall` and `rise`.
 */
export type CheckResult =
  | 'passed'
  | 'failed'
  /** It says itself that it takes no more: believed at once. */
  | 'draining'
  /** There is no such check. */
  | 'absent';

const FALL = 3;
const RISE = 2;

export class CheckState {
  #status: 'unknown' | 'up' | 'down' = 'unknown';
  /** Results in a row that speak against the status. */
  #against = 0;

  get status(): 'unknown' | 'up' | 'down' {
    return this.#status;
  }

  /** @returns whether the status is another one now. */
  take(result: CheckResult): boolean {
    switch (result) {
      case 'absent':
        return this.#become('unknown');
      case 'draining':
        return this.#become('down');
      case 'passed':
        // The first one is enough for an instance of which nothing is known.
        return this.#count('up', this.#status === 'down' ? RISE : 1);
      case 'failed':
        return this.#count('down', FALL);
    }
  }

  #count(status: 'up' | 'down', needed: number): boolean {
    if (status === this.#status) {
      this.#against = 0;
      return false;
    }
    // From `unknown` only failures are counted, and anything else ends it.
    this.#against++;
    return this.#against >= needed && this.#become(status);
  }

  #become(status: 'unknown' | 'up' | 'down'): boolean {
    const isOther = status !== this.#status;
    this.#status = status;
    this.#against = 0;
    return isOther;
  }
}
