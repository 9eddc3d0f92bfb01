/** Tells the registry when keys were last used: in batches, best effort, without holding anything up. */
import type { Clock } from './clock.ts';
import type { RegistryApi } from './registry-api.ts';

export interface KeyUseReporterOptions {
  readonly api: Pick<RegistryApi, 'reportKeyUsage'>;
  readonly clock: Clock;
}

const intervalMs = 10_000;
const batchSize = 1000;
/** Keys that wait to be told at a time; the use of further ones is not told. */
const maxWaiting = 10_000;
const lastAttemptMs = 1000;

export class KeyUseReporter {
  readonly #options: KeyUseReporterOptions;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  readonly #lastUsed = new Map<string, number>();

  constructor(options: KeyUseReporterOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  report(keyId: string): void {
    if (this.#lastUsed.size >= maxWaiting && !this.#lastUsed.has(keyId)) return;
    this.#lastUsed.set(keyId, this.#options.clock.now());
  }

  /** Makes one last attempt. Never rejects. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
    await this.#send(AbortSignal.timeout(lastAttemptMs));
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#options.clock.sleep(intervalMs, signal);
        await this.#send(signal);
      } catch {
        return;
      }
    }
  }

  /** What could not be sent waits for the next time. */
  async #send(signal: AbortSignal): Promise<void> {
    while (this.#lastUsed.size > 0) {
      const batch = [...this.#lastUsed.entries()].slice(0, batchSize);
      const uses = batch.map(([keyId, at]) => ({ keyId, lastUsedAt: new Date(at).toISOString() }));
      try {
        await this.#options.api.reportKeyUsage({ uses }, signal);
      } catch {
        return;
      }
      for (const [keyId, at] of batch) if (this.#lastUsed.get(keyId) === at) this.#lastUsed.delete(keyId);
    }
  }
}
