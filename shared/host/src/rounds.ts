/** Work that a process does again and again by itself, as long as it runs. What fails is tried again the next time. */
export interface RoundsOptions {
  /** One round. It ends early when the signal aborts. */
  readonly work: (signal: AbortSignal) => void | Promise<void>;
  /** Between the end of one round and the next, in milliseconds. */
  readonly restMs: number;
  readonly clock: { sleep(milliseconds: number, signal: AbortSignal): Promise<void> };
  /** Called once when rounds begin to fail, until one of them succeeds. */
  readonly failed: (error: unknown) => void;
}

export class Rounds {
  readonly #options: RoundsOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #isFailing = false;

  constructor(options: RoundsOptions) {
    this.#options = options;
  }

  /** The first round begins at once. Idempotent. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when the round under way has ended. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, restMs } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#round(signal);
      try {
        await clock.sleep(restMs, signal);
      } catch {
        return;
      }
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { work, failed } = this.#options;
    try {
      await work(signal);
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) failed(error);
      this.#isFailing = true;
    }
  }
}
