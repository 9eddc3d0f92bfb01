/**
 * The port through which every foreign package source is reached.
 *
 * Whatever a source does, a request ends within its deadline, takes a bounded amount of memory, and reaches no address that the
 * source may not lead to. What failed says which kind of failure it was (`SourceFailure`).
 */
import type { Readable } from 'node:stream';

import type { BreakerState } from '@feedfleet/resilience';

import type { SourceConnection } from './inspect-connection.ts';

/** On whose behalf a source is asked. */
export interface SourceAsk {
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Milliseconds that are left of the request that waits for the answer. */
  readonly remainingMs: () => number;
  readonly requestId: string;
  readonly traceparent: string;
  /** Value of the header `X-NuGet-Feedchain`, sent to every origin; empty: not sent. */
  readonly chain: string;
  /** Whether others wait for whoever asks; such requests are never sent twice. Default: whether `depth` is more than one. */
  readonly isNested?: boolean;
  /** How many stops of this fleet wait for the answer, this one included. Default: how many elements `chain` has. */
  readonly depth?: number;
  /** A client made the question up, a search or a filter: what comes of it says nothing of the questions that are asked for named ids. */
  readonly isClientShaped?: boolean;
}

export interface SourceTarget {
  /** What breaker, limits and connections belong to. May hold a URL: it is never shown. */
  readonly key: string;
  /** Id of the source in the registry, under which its state is shown. */
  readonly sourceId: string;
  /** Origin of the configured URL: the only one that credentials are sent to. */
  readonly origin: string;
  /** Lifts the refusal of loopback, private and link-local addresses; never that of the fleet's own and of cloud metadata. */
  readonly allowPrivateAddresses: boolean;
  /** For a whole document, and for the head of a streamed body; in milliseconds. */
  readonly timeoutMs: number;
  /** Headers with the source's credential. Asked for URLs of `origin` only. */
  authorization(url: URL): Readonly<Record<string, string>>;
}

export interface SourceRequest {
  /** Absolute, http or https, without user info. */
  readonly url: string | URL;
  readonly accept: string;
  readonly ifNoneMatch?: string | undefined;
  readonly ask: SourceAsk;
  /** Most bytes of the body, after decompression. Default: 32 MiB; 1 GiB where it is streamed. */
  readonly maxBytes?: number;
  /** Hand the body on as it comes. Its bytes are still counted and guarded; whoever has it reads it to the end or destroys it. */
  readonly stream?: boolean;
}

export interface SourceResponse<Body extends Buffer | Readable = Buffer> {
  /** Any but 408, 425, 429 and those from 500 on, which are failures; redirects were followed. */
  readonly status: number;
  /** By lower-case name; only `keptHeaders`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decompressed. */
  readonly body: Body;
  /** Where the answer came from, after redirects. May hold secrets of a redirect's target: never shown. */
  readonly finalUrl: string;
  /** Requests that were really sent. */
  readonly requests: number;
  readonly tookMs: number;
}

/** What metrics show of a source, of its worst breaker. Holds no URL and no secret. */
export interface SourceState {
  readonly sourceId: string;
  readonly state: BreakerState;
  /** The failure that opened the breaker; absent while it is closed. */
  readonly reason?: string;
  /** Until the next request may try, in milliseconds; 0 when one may now. */
  readonly retryAfterMs: number;
  readonly inFlight: number;
  readonly queued: number;
}

export interface SourceInspection extends Pick<SourceAsk, 'signal' | 'remainingMs'> {
  readonly url: string;
}

export interface SourceHttp {
  /** @throws {SourceFailure} for everything that is not an answer. */
  request(target: SourceTarget, request: SourceRequest & { readonly stream: true }): Promise<SourceResponse<Readable>>;
  request(target: SourceTarget, request: SourceRequest & { readonly stream?: false }): Promise<SourceResponse>;
  /**
   * Sets memory aside for what is made of a document of the source.
   *
   * @returns what gives it back, once.
   * @throws {SourceFailure} `saturated` when there is not as much.
   */
  hold(target: SourceTarget, bytes: number): () => void;
  /** Connects to the source as a request would, whatever the breaker says, and tells what is met on the way. Asks nothing. */
  inspect(target: SourceTarget, inspection: SourceInspection): Promise<SourceConnection>;
  /** Of the sources that were asked lately, at most `maxSources`. */
  states(): readonly SourceState[];
  /** Of one, by its key; undefined when it was not asked lately. */
  stateOf(key: string): SourceState | undefined;
  /** Ends idle connections and requests under way. */
  close(): void;
}
