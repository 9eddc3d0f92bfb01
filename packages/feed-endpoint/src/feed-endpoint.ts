/**
 * One endpoint for one protocol: feed by name, access decision, answer from memory or from the protocol.
 *
 * An answer is kept under the feed's revision and the URL as the client sent it, so nothing is ever invalidated: a change of
 * the feed raises the revision, and what was kept under an older one is not found any more. Access is decided before the
 * look-up, on every request.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

import { Flights, abortable } from '@feedfleet/flights';
import { sendProblem } from '@feedfleet/host';
import type { Counter, Metrics, RawHandler, RequestContext } from '@feedfleet/host';
import { ProblemError, toProblem } from '@feedfleet/problems';
import type { Feed, FeedDirectory } from '@feedfleet/registry-client';
import type { MetadataStore } from '@feedfleet/store';

import { acceptsGzip } from './accept-encoding.ts';
import { sendBlob, sendRelay, sendStream } from './blob-stream.ts';
import { ByteBoundedCache } from './byte-bounded-cache.ts';
import { ExternalOrigin } from './external-origin.ts';
import { readFeedRequest } from './feed-request.ts';
import type { FeedRequestSource } from './feed-request.ts';
import { FeedTargets } from './feed-target.ts';
import type { FeedTarget } from './feed-target.ts';
import type { Answer, BlobAnswer, FeedProtocol, FeedQuery, RelayAnswer, StreamAnswer } from './protocol.ts';
import { readyBlob, readyBytes, sendReady } from './ready-answer.ts';
import type { Audience, ReadyAnswer } from './ready-answer.ts';
import { readText } from './request-text.ts';
import { TurnRevisions } from './turn-revisions.ts';
import { whenDownloaded } from './when-downloaded.ts';

export interface FeedEndpointOptions {
  readonly protocol: FeedProtocol;
  readonly registry: FeedDirectory;
  readonly store: Pick<MetadataStore, 'revisionOf'>;
  /** Bound of the answers that are kept in memory, in bytes; 0 keeps none. */
  readonly cacheBytes: number;
  /** How long the client of a download may take nothing, in milliseconds, before it is broken off. Default 60,000. */
  readonly downloadIdleMs?: number;
  /** Told of each download of a package, by `StoredVersion.key`; on the path of the request, so it must be quick. */
  readonly countDownload?: (versionKey: number) => void;
  readonly metrics: Metrics;
  /** Milliseconds since the epoch; the system's clock by default. */
  readonly now?: () => number;
}

export interface FeedEndpoint {
  /** For `startHost({ handler })`. */
  readonly handler: RawHandler;
}

/** What a computation gives all who wait for it. */
type Computed =
  | { readonly kind: 'ready'; readonly answer: ReadyAnswer }
  | { readonly kind: 'stream'; readonly answer: BlobAnswer | StreamAnswer | RelayAnswer };

/** A request whose sender may read the feed. */
interface Admitted {
  readonly feed: Feed;
  readonly audience: Audience;
  readonly target: FeedTarget;
  /** The last one that was seen when the store does not answer; -1 when none was. */
  readonly revision: number;
  /** Why the store did not tell the revision: then nothing but what is kept can be given. */
  readonly failure: ProblemError | undefined;
  readonly origin: string;
  readonly acceptsGzip: boolean;
  /** Of `VariesBy.variantOf`. */
  readonly variant: string;
  /** Of `FeedTarget.answerKey`. */
  readonly key: string;
}

/**
 * @example
 * const endpoint = createFeedEndpoint({ protocol, registry: mirror, store: store.metadata, cacheBytes, metrics });
 * await startHost({ service: 'v3', ...hostOptionsOf(settings), log, metrics, handler: endpoint.handler });
 */
export function createFeedEndpoint(options: FeedEndpointOptions): FeedEndpoint {
  const endpoint = new ProtocolEndpoint(options);
  return { handler: (request, response, context) => endpoint.handle(request, response, context) };
}

class ProtocolEndpoint {
  readonly #protocol: FeedProtocol;
  readonly #methods: readonly string[];
  readonly #source: FeedRequestSource;
  readonly #targets: FeedTargets;
  readonly #revisions: TurnRevisions;
  readonly #downloadIdleMs: number;
  readonly #countDownload: ((versionKey: number) => void) | undefined;
  readonly #origin = new ExternalOrigin();
  readonly #kept: ByteBoundedCache<ReadyAnswer>;
  readonly #flights = new Flights<Computed>();
  readonly #hits: Counter;
  readonly #misses: Counter;

  constructor(options: FeedEndpointOptions) {
    const { protocol, registry, store, cacheBytes, downloadIdleMs, countDownload, metrics, now } = options;
    this.#protocol = protocol;
    this.#methods = protocol.methods ?? ['GET', 'HEAD', 'POST'];
    this.#source = { directory: registry, openPaths: protocol.openPaths ?? [], now: now ?? Date.now };
    this.#targets = new FeedTargets([protocol.mount, ...(protocol.otherMounts ?? [])]);
    this.#revisions = new TurnRevisions(store);
    this.#downloadIdleMs = downloadIdleMs ?? 60_000;
    this.#countDownload = countDownload;
    this.#kept = new ByteBoundedCache(cacheBytes);
    this.#hits = metrics.counter({
      name: 'feedfleet_answer_cache_hits_total',
      help: 'Requests that were answered from memory.',
    });
    this.#misses = metrics.counter({
      name: 'feedfleet_answer_cache_misses_total',
      help: 'Requests whose answer had to be made, or that joined one in the making.',
    });
    metrics.gauge({
      name: 'feedfleet_answer_cache_bytes',
      help: 'Bytes of the answers that are kept in memory.',
      collect: () => this.#kept.bytes,
    });
  }

  handle(request: IncomingMessage, response: ServerResponse, context: RequestContext): void {
    const method = request.method ?? '';
    if (!this.#methods.includes(method)) throw this.#notAllowed(method);
    const admitted = this.#admit(request);
    const kept = method === 'POST' ? undefined : this.#find(admitted);
    if (kept !== undefined) {
      this.#hits.inc();
      if (kept.countsFor !== undefined) this.#watch(request, response, kept.countsFor);
      sendReady(request, response, { answer: kept, audience: admitted.audience });
      return;
    }
    if (admitted.failure !== undefined) throw admitted.failure;
    this.#misses.inc();
    this.#answer(request, response, { admitted, context }).catch((error: unknown) => {
      sendProblem(response, error, context);
    });
  }

  /** @throws {ProblemError} when the sender may not read the feed, or there is none. */
  #admit(request: IncomingMessage): Admitted {
    const target = this.#targets.of(request.url ?? '/');
    const { feed, audience } = readFeedRequest(request, target, this.#source);
    const origin = this.#origin.of(request);
    const isGzip = acceptsGzip(request.headers['accept-encoding']);
    const variant = this.#variantOf(request);
    const key = target.answerKey(origin, isGzip, variant);
    try {
      const revision = this.#revisions.revisionOf(feed.id);
      return { feed, audience, target, revision, failure: undefined, origin, acceptsGzip: isGzip, variant, key };
    } catch (error) {
      // Static stability: what could be served a moment ago still is when the store is gone; who may read it was decided before.
      const revision = this.#revisions.lastSeen(feed.id) ?? -1;
      return { feed, audience, target, revision, failure: toProblem(error), origin, acceptsGzip: isGzip, variant, key };
    }
  }

  #variantOf(request: IncomingMessage): string {
    const { variesBy } = this.#protocol;
    const value = variesBy === undefined ? undefined : request.headers[variesBy.header];
    return variesBy !== undefined && typeof value === 'string' ? variesBy.variantOf(value) : '';
  }

  /** The kept answer, unless it was made from another state of the feed or from another feed of that name. */
  #find({ key, feed, revision }: Admitted): ReadyAnswer | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    if (kept.revision === revision && kept.feedId === feed.id) return kept;
    this.#kept.delete(key);
    return undefined;
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    { admitted, context }: { readonly admitted: Admitted; readonly context: RequestContext },
  ): Promise<void> {
    const { audience } = admitted;
    const { signal } = context;
    const computed =
      request.method === 'POST'
        ? await this.#answerPost(request, admitted, signal)
        : await this.#flights.join(
            `${admitted.feed.id}\n${admitted.revision}\n${admitted.key}`,
            (flightSignal) => this.#compute(admitted, this.#query(request, admitted, flightSignal)),
            signal,
          );
    if (response.destroyed) return;
    const countsFor = versionOf(computed);
    if (countsFor !== undefined) this.#watch(request, response, countsFor);
    if (computed.kind === 'ready') {
      sendReady(request, response, { answer: computed.answer, audience });
      return;
    }
    const { answer } = computed;
    const transfer = { audience, signal, idleMs: this.#downloadIdleMs };
    if (answer.kind === 'blob') await sendBlob(request, response, { ...transfer, answer });
    else if (answer.kind === 'relay')
      await sendRelay(request, response, { ...transfer, answer, progress: () => context.progress() });
    else await sendStream(request, response, { ...transfer, answer, vary: this.#protocol.variesBy?.header });
  }

  #watch(request: IncomingMessage, response: ServerResponse, versionKey: number): void {
    const count = this.#countDownload;
    if (count !== undefined) whenDownloaded(request, response, () => count(versionKey));
  }

  async #answerPost(request: IncomingMessage, admitted: Admitted, signal: AbortSignal): Promise<Computed> {
    const body = await readText(request, signal);
    const query: FeedQuery = { ...this.#query(request, admitted, signal), method: 'POST', body };
    const answer = await abortable(this.#protocol.answer(query), signal);
    return this.#prepare(answer.kind === 'bytes' ? { ...answer, keep: 'none' } : answer, admitted);
  }

  async #compute(admitted: Admitted, query: FeedQuery): Promise<Computed> {
    const answer = await this.#protocol.answer(query);
    const computed = await this.#prepare(answer, admitted);
    const isKept = computed.kind === 'ready' && !(answer.kind === 'bytes' && answer.keep === 'none');
    if (isKept) this.#kept.set(admitted.key, computed.answer, bytesOf(computed.answer));
    return computed;
  }

  async #prepare(answer: Answer, { feed, revision, acceptsGzip: isGzip, variant }: Admitted): Promise<Computed> {
    const { format = '1', variesBy } = this.#protocol;
    const origin = { feedId: feed.id, revision, format, variant, variesBy: variesBy?.header };
    if (answer.kind === 'bytes') return { kind: 'ready', answer: await readyBytes(answer, origin, isGzip) };
    if (answer.kind !== 'blob') return { kind: 'stream', answer };
    const { bytes } = answer.blob;
    return bytes === undefined
      ? { kind: 'stream', answer }
      : { kind: 'ready', answer: readyBlob(answer, bytes, origin) };
  }

  #query(request: IncomingMessage, admitted: Admitted, signal: AbortSignal): FeedQuery {
    const url = request.url ?? '';
    const questionMark = url.indexOf('?');
    const feedUrl = `${admitted.origin}${admitted.target.feedPath}`;
    return {
      feed: admitted.feed,
      method: 'GET',
      path: admitted.target.path,
      search: questionMark === -1 ? '' : url.slice(questionMark + 1),
      body: '',
      feedUrl,
      baseUrl: `${feedUrl}${admitted.target.mount}`,
      signal,
      variant: admitted.variant,
    };
  }

  #notAllowed(method: string): ProblemError {
    const allow = this.#methods.join(', ');
    return new ProblemError('methodNotAllowed', {
      detail: `${method} is not answered here, only ${allow}`,
      headers: { allow },
    });
  }
}

/** Of which version this is a download, if it is one that counts. */
function versionOf({ kind, answer }: Computed): number | undefined {
  if (kind === 'ready') return answer.countsFor;
  return answer.kind === 'blob' ? answer.counts?.versionKey : undefined;
}

/** What the answer takes in memory, in bytes. */
function bytesOf({ body, latin1 = '' }: ReadyAnswer): number {
  return body.length + latin1.length;
}
