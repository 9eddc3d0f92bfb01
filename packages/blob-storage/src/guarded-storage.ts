/**
 * A storage behind time limits, a bulkhead and two circuit breakers: one for reading and one for writing, because a storage that is
 * read-only is well enough to be read.
 *
 * Whatever the storage does, a call ends within its time, and what failed is `FF_STORAGE_UNAVAILABLE`, which says why and when to try
 * again. What a breaker admits while it is half-open is the only call under way, so that a storage that comes back is not run over.
 */
import { addAbortSignal } from 'node:stream';
import { abortable } from '@feedfleet/flights';
import type { Logger } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';
import { Breaker, Bulkhead, defaultBreakerPolicy } from '@feedfleet/resilience';
import type { BreakerPermit } from '@feedfleet/resilience';
import { Deadline } from './deadline.ts';
import type { ObjectFacts, ObjectFile, ObjectStorage, StoredObject, WriteCondition } from './object-storage.ts';
import { StorageFailure } from './storage-failure.ts';
import type { StorageMetrics, StorageOperation } from './storage-metrics.ts';
import { PART_BYTES } from './storage-settings.ts';

/** What a storage has to manage at least: below it, it counts as one that hangs. */
const MIN_BYTES_PER_SECOND = 512 * 1024;
const MAX_QUEUED = 1000;
const LEAST_RETRY_AFTER_SECONDS = 1;

export interface GuardedStorageOptions {
  readonly storage: ObjectStorage;
  /** For an answer, and between its bytes. */
  readonly timeoutMs: number;
  readonly maxConcurrent: number;
  readonly metrics: Pick<StorageMetrics, 'ended'>;
  readonly log: Pick<Logger, 'warn' | 'info'>;
  /** Milliseconds, from any start. */
  readonly now: () => number;
  readonly random: () => number;
}

type Side = 'reading' | 'writing';

export class GuardedStorage {
  readonly #options: GuardedStorageOptions;
  readonly #breakers: Readonly<Record<Side, Breaker>>;
  readonly #bulkhead: Bulkhead;

  constructor(options: GuardedStorageOptions) {
    const { maxConcurrent, timeoutMs, random } = options;
    this.#options = options;
    const breaker = (): Breaker => new Breaker(defaultBreakerPolicy, random);
    this.#breakers = { reading: breaker(), writing: breaker() };
    this.#bulkhead = new Bulkhead({ maxConcurrent, maxQueued: MAX_QUEUED, maxWaitMs: timeoutMs });
  }

  get title(): string {
    return this.#options.storage.title;
  }

  breakersOpen(): number {
    const now = this.#options.now();
    return Object.values(this.#breakers).filter((breaker) => breaker.state(now) !== 'closed').length;
  }

  /** Why a write would be refused at once; undefined when it would be tried. */
  writeRefusal(): ProblemError | undefined {
    const { writing } = this.#breakers;
    const retryAfterMs = writing.retryAfterMs(this.#options.now());
    return retryAfterMs > 0 ? this.#problem(writing.reason ?? '', retryAfterMs) : undefined;
  }

  facts(key: string): Promise<ObjectFacts | undefined> {
    const { storage } = this.#options;
    return this.#call('reading', 'facts', ({ signal }) => storage.facts(key, signal));
  }

  /**
   * Calls `use` with what is stored; only the failures of the storage are counted as such, not those of `use`.
   *
   * @returns undefined when the storage says that there is none.
   */
  read<T>(
    key: string,
    use: (object: Omit<StoredObject, 'body'> & { readonly body: AsyncIterable<Buffer> }) => Promise<T>,
  ): Promise<T | undefined> {
    const { storage } = this.#options;
    return this.#call('reading', 'read', async (deadline) => {
      const found = await storage.read(key, deadline.signal);
      if (found === undefined) return undefined;
      addAbortSignal(deadline.signal, found.body);
      deadline.extend(this.#transferMs(found.sizeBytes));
      try {
        return await use({ sizeBytes: found.sizeBytes, body: bytesOf(found, deadline, storage) });
      } finally {
        found.body.destroy();
      }
    });
  }

  write(key: string, file: ObjectFile, condition: WriteCondition): Promise<'written' | 'refused'> {
    const { storage, timeoutMs } = this.#options;
    const part = { idleMs: timeoutMs + millisecondsFor(PART_BYTES), totalMs: this.#transferMs(file.sizeBytes) };
    const write = ({ signal, progress }: Deadline): Promise<'written' | 'refused'> =>
      storage.write(key, file, { condition, signal, progress });
    return this.#call('writing', 'write', write, part);
  }

  remove(key: string): Promise<void> {
    const { storage } = this.#options;
    return this.#call('writing', 'remove', ({ signal }) => storage.remove(key, signal));
  }

  close(): void {
    this.#options.storage.close();
  }

  #transferMs(sizeBytes: number): number {
    // Once for the way there, once for the answer.
    return 2 * this.#options.timeoutMs + millisecondsFor(sizeBytes);
  }

  async #call<T>(
    side: Side,
    operation: StorageOperation,
    work: (deadline: Deadline) => Promise<T>,
    limits = { idleMs: this.#options.timeoutMs, totalMs: this.#transferMs(0) },
  ): Promise<T> {
    const permit = this.#admitted(side);
    const deadline = new Deadline(limits);
    permit.whenGivenUp(() =>
      deadline.abort(new StorageFailure('timeout', { detail: 'the storage does not answer in time' })),
    );
    const release = await this.#place(permit, deadline);
    const startedAt = this.#options.now();
    const ended = (outcome: string): void =>
      this.#options.metrics.ended(operation, outcome, this.#options.now() - startedAt);
    try {
      const result = await abortable(work(deadline), deadline.signal);
      this.#succeeded(side, permit);
      ended('done');
      return result;
    } catch (error) {
      // What is no failure of the storage is its caller's own, and the storage has answered.
      if (error instanceof ProblemError) {
        this.#succeeded(side, permit);
        ended('done');
        throw error;
      }
      const failure = error instanceof StorageFailure ? error : this.#options.storage.failureOf(error);
      ended(failure.kind);
      // A lock on one object, or a credential that may not delete, tells nothing of what a push will meet.
      if (operation === 'remove' && failure.isRefusal) permit.dropped();
      else this.#failed(side, permit, failure);
      throw this.#problem(failure.detail, this.#breakers[side].retryAfterMs(this.#options.now()), failure);
    } finally {
      deadline.end();
      release();
    }
  }

  #admitted(side: Side): BreakerPermit {
    const answer = this.#breakers[side].admit(this.#options.now());
    if (answer.outcome === 'admitted') return answer.permit;
    throw this.#problem(answer.reason, answer.retryAfterMs);
  }

  async #place(permit: BreakerPermit, deadline: Deadline): Promise<() => void> {
    const place = await this.#bulkhead.enter(deadline.signal);
    if (place.outcome === 'admitted') {
      deadline.progress();
      return place.release;
    }
    permit.dropped();
    deadline.end();
    throw this.#problem('as many requests to the storage as there may be are under way', 0);
  }

  #succeeded(side: Side, permit: BreakerPermit): void {
    permit.succeeded(this.#options.now());
    if (permit.isProbe) this.#options.log.info('storage is back', { 'feedfleet.storage.side': side });
  }

  #failed(side: Side, permit: BreakerPermit, failure: StorageFailure): void {
    const { now, log } = this.#options;
    const breaker = this.#breakers[side];
    const wasClosed = breaker.state(now()) === 'closed';
    const { detail: reason, retryAfterMs, kind } = failure;
    // With a certificate that is not good, no request comes through.
    const isTotal = kind === 'certificateExpired' || kind === 'tls';
    permit.failed(now(), { reason, retryAfterMs, isTotal });
    if (!wasClosed || breaker.state(now()) === 'closed') return;
    // Once, not for each request that it is refused from here on.
    log.warn('storage is unavailable', { 'feedfleet.storage.side': side, 'error.type': kind, 'error.message': reason });
  }

  #problem(why: string, retryAfterMs: number, cause?: StorageFailure): ProblemError {
    const said = `${why} (${this.title})`;
    return new ProblemError('storageUnavailable', {
      detail: said,
      reason: `The storage of package files is unavailable: ${said}`,
      retryAfterSeconds: Math.max(LEAST_RETRY_AFTER_SECONDS, Math.ceil(retryAfterMs / 1000)),
      cause,
    });
  }
}

function millisecondsFor(bytes: number): number {
  return (bytes / MIN_BYTES_PER_SECOND) * 1000;
}

/** The bytes of an object, each a sign of life; what fails here is the storage's failure, also where it ends too early. */
async function* bytesOf(
  { body, sizeBytes }: StoredObject,
  { progress, signal }: Deadline,
  storage: ObjectStorage,
): AsyncGenerator<Buffer> {
  let received = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      progress();
      received += chunk.byteLength;
      yield chunk;
    }
  } catch (error) {
    throw signal.aborted ? (signal.reason as Error) : storage.failureOf(error);
  }
  if (received < sizeBytes) throw new StorageFailure('reset', { detail: 'the storage broke the connection off' });
}
