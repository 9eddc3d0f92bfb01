/** What a source may take of the fleet: time, bytes and connections. */
import { defaultBreakerPolicy } from '@feedfleet/resilience';
import type { BreakerPolicy, BulkheadPolicy } from '@feedfleet/resilience';
import type { ByteBudgetPolicy } from './byte-budget.ts';

/** As `DocumentPace` tells. */
export interface PacePolicy {
  /** Of a document, before its source has shown that its documents end. */
  readonly freeBytes: number;
  /** However large the documents of a source are. At least `freeBytes`. */
  readonly maxFreeBytes: number;
  readonly startBytesPerSecond: number;
  /** At least `startBytesPerSecond`. */
  readonly fullBytesPerSecond: number;
}

export interface SourceLimits {
  /** To resolve the name, connect and agree on TLS. */
  readonly connectTimeoutMs: number;
  /** From a connection to the end of the answer's head. */
  readonly headTimeoutMs: number;
  /** Longest wait for the next bytes of a body. */
  readonly idleTimeoutMs: number;
  /** Of a streamed body, over the time for which it was waited for; asked once `rateGraceMs` were waited. */
  readonly minBytesPerSecond: number;
  readonly rateGraceMs: number;
  readonly maxHeadBytes: number;
  readonly maxRedirects: number;
  readonly maxDocumentBytes: number;
  /** Of documents: what is far larger than any real one must not take a whole processor, nor have the memory collected all the time. */
  readonly pace: PacePolicy;
  readonly maxStreamBytes: number;
  /** Bytes out for each byte in, beyond the first MiB: what documents swell to is 10 to 50, what bombs swell to 1,000. */
  readonly maxSwell: number;
  readonly keepAliveMs: number;
  /** For each host of a source. */
  readonly maxIdleConnections: number;
  /** Least and most time before a second try. */
  readonly backoffMs: readonly [number, number];
  /** For each source and each depth of fan-out, so that what others wait for never waits for those. */
  readonly documents: BulkheadPolicy;
  readonly streams: BulkheadPolicy;
  readonly breaker: BreakerPolicy;
  readonly heldBytes: ByteBudgetPolicy;
  /** For what is made of documents while it is being made. */
  readonly parsedBytes: ByteBudgetPolicy;
  /** Sources whose state is kept; the one that was not asked for longest is forgotten. */
  readonly maxSources: number;
}

const MIB = 1_048_576;

export const defaultLimits: SourceLimits = {
  connectTimeoutMs: 3_000,
  headTimeoutMs: 10_000,
  idleTimeoutMs: 5_000,
  minBytesPerSecond: 1_024,
  rateGraceMs: 10_000,
  maxHeadBytes: 16_384,
  maxRedirects: 5,
  maxDocumentBytes: 32 * MIB,
  pace: { freeBytes: MIB / 4, maxFreeBytes: 4 * MIB, startBytesPerSecond: MIB, fullBytesPerSecond: 4 * MIB },
  maxStreamBytes: 1_024 * MIB,
  maxSwell: 200,
  keepAliveMs: 15_000,
  maxIdleConnections: 8,
  backoffMs: [20, 150],
  documents: { maxConcurrent: 16, maxQueued: 128, maxWaitMs: 1_000 },
  streams: { maxConcurrent: 16, maxQueued: 64, maxWaitMs: 5_000 },
  breaker: defaultBreakerPolicy,
  heldBytes: { maxBytes: 128 * MIB, maxBytesPerSource: 40 * MIB },
  parsedBytes: { maxBytes: 192 * MIB, maxBytesPerSource: 136 * MIB },
  maxSources: 1_000,
};
