/**
 * A check that does a little of the process's real work, such as reading the store. Bounded, whoever asks and however often: one at a time, its
 * result stands for a second, and nobody waits for it longer than the limit.
 */
import { toProblem } from '@feedfleet/problems';

export interface DeepCheckResult {
  readonly passed: boolean;
  /** Code of the problem; `null` when it passed. */
  readonly code: string | null;
}

export interface DeepCheckOptions {
  /** Throws or rejects when the work cannot be done. */
  readonly check: () => Promise<unknown>;
  /** How long it may take, in milliseconds. Default 2,000. */
  readonly limitMs?: number;
  /** Milliseconds from any fixed point. */
  readonly now: () => number;
}

const REST_MS = 1_000;
const PASSED: DeepCheckResult = { passed: true, code: null };
const LATE: DeepCheckResult = { passed: false, code: 'FF_DEADLINE_EXCEEDED' };

export class DeepCheck {
  readonly #options: DeepCheckOptions;
  #flight: Promise<DeepCheckResult> | undefined;
  #last: { readonly result: DeepCheckResult; readonly at: number } | undefined;

  constructor(options: DeepCheckOptions) {
    this.#options = options;
  }

  async run(): Promise<DeepCheckResult> {
    const { limitMs = 2_000, now } = this.#options;
    if (this.#last !== undefined && now() - this.#last.at < REST_MS) return this.#last.result;
    this.#flight ??= this.#fly();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<DeepCheckResult>((resolve) => {
      timer = setTimeout(() => resolve(LATE), limitMs);
    });
    try {
      return await Promise.race([this.#flight, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #fly(): Promise<DeepCheckResult> {
    const result = await this.#result();
    this.#last = { result, at: this.#options.now() };
    this.#flight = undefined;
    return result;
  }

  async #result(): Promise<DeepCheckResult> {
    try {
      await this.#options.check();
      return PASSED;
    } catch (error) {
      return { passed: false, code: toProblem(error).code };
    }
  }
}
