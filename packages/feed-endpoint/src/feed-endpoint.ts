/**
 * One endpoint for one protocol, and for those that it stands in for: feed by name, access decision, answer from memory or from the protocol.
 *
 * An answer is kept under the feed's revision and the URL as the client sent it, so nothing is ever invalidated: a change of
 * the feed raises the revision, and what was kept under an older one is not found any more. Access is decided before the
 * look-up, on every request.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

import { ByteBoundedCache } from '@feedfleet/byte-bounded-cache';
import { Flights, abortable } from '@feedfleet/flights';
import { sendProblem } from '@feedfleet/host';
import type { Counter, Metrics, RawHandler, RequestContext } from '@feedfleet/host';
import { ProblemError, toProblem } from '@feedfleet/problems';
import { FAMILY_HEADER } from '@feedfleet/registry-client';
import type { Feed, FeedDirectory } from '@feedfleet/registry-client';
import type { MetadataStore } from '@feedfleet/store';

import { acceptsGzip } from './accept-encoding.ts';
import { feedQuery } from './admitted.ts';
import type { Admitted } from './admitted.ts';
import { Alternates } from './alternates.ts';
import type { AlternateHandlers } from './alternates.ts';
import { AnswerSender } from './answer-sender.ts';
import { bytesOf, prepareAnswer } from './computed-answer.ts';
import type { Computed } from './computed-answer.ts';
import { ExternalOrigin } from './external-origin.ts';
import { readFeedRequest } from './feed-request.ts';
import type { FeedRequestSource } from './feed-request.ts';
import { FeedTargets } from './feed-target.ts';
import type { FeedTarget } from './feed-target.ts';
import { HierarchyAnswers } from './hierarchy-answers.ts';
import type { Answering, HierarchyParts } from './hierarchy-answers.ts';
import type { Answer, FeedProtocol, FeedQuery } from './protocol.ts';
import { sendReady } from './ready-answer.ts';
import type { ReadyAnswer } from './ready-answer.ts';
import { readText } from './request-text.ts';
import { TurnRevisions } from './turn-revisions.ts';

/** Where another endpoint of this fleet asks for what a feed has itself. */
const LEAF_PATHS = '/-/';

export interface FeedEndpointOptions {
  readonly protocol: FeedProtocol;
  /** Whose protocol that is. */
  readonly family: string;
  /** What is served in place of other families that read feeds, by family. Default: nothing. */
  readonly alternates?: Readonly<Record<string, () => Promise<FeedProtocol>>>;
  /** What is served in place of families that do something else. Default: nothing. */
  readonly standIns?: AlternateHandlers;
  readonly registry: FeedDirectory;
  readonly store: Pick<MetadataStore, 'revisionOf'>;
  /** Bound of the answers that are kept in memory, in bytes; 0 keeps none. */
  readonly cacheBytes: number;
  /** How long the client of a download may take nothing, in milliseconds, before it is broken off. Default 60,000. */
  readonly downloadIdleMs?: number;
  /** Told of each download of a package, by `StoredVersion.key`; on the path of the request, so it must be quick. */
  readonly countDownload?: (versionKey: number) => void;
  /** How feeds with sources are answered; loaded when there is one. Without it they are not. */
  readonly hierarchies?: () => Promise<HierarchyParts>;
  /** Whether every reader is told how long each source took, and not only the managers of a feed. Default: false. */
  readonly serverTiming?: boolean;
  readonly metrics: Metrics;
  /** Milliseconds since the epoch; the system's clock by default. */
  readonly now?: () => number;
}

export interface FeedEndpoint {
  /** For `startHost({ handler })`. */
  readonly handler: RawHandler;
}

/**
 * @example
 * const endpoint = createFeedEndpoint({ protocol, family: 'v3', registry: mirror, store: store.metadata, cacheBytes, metrics });
 * await startHost({ service: 'v3', ...hostOptionsOf(settings), log, metrics, handler: endpoint.handler });
 */
export function createFeedEndpoint(options: FeedEndpointOptions): FeedEndpoint {
  const shared = sharedBy(options);
  const { protocol, family, alternates = {}, standIns = {} } = options;
  const own = new ProtocolEndpoint(protocol, shared, '');
  const readers = Object.entries(alternates).map(
    ([name, load]) => [name, async () => new ProtocolEndpoint(await load(), shared, `${name}\n`).handle] as const,
  );
  const handlers = { ...Object.fromEntries(readers), ...standIns };
  const others = new Alternates({ family, handlers, waited: () => shared.revisions.forget() });
  return {
    handler: (request, response, context) => {
      const asked = request.headers[FAMILY_HEADER];
      if (asked === undefined || asked === family) own.handle(request, response, context);
      else others.handle(asked, request, { response, context });
    },
  };
}

/** What the protocols of one process share: above all the bound of what is kept in memory. */
interface Shared {
  readonly registry: FeedDirectory;
  readonly countDownload: FeedEndpointOptions['countDownload'];
  readonly hierarchies: FeedEndpointOptions['hierarchies'];
  readonly downloadIdleMs: number;
  readonly serverTiming: boolean;
  readonly now: () => number;
  readonly revisions: TurnRevisions;
  readonly kept: ByteBoundedCache<ReadyAnswer>;
  readonly hits: Counter;
  readonly misses: Counter;
}

function sharedBy(options: FeedEndpointOptions): Shared {
  const { registry, countDownload, hierarchies, metrics } = options;
  const { downloadIdleMs = 60_000, serverTiming = false, now = Date.now } = options;
  const kept = new ByteBoundedCache<ReadyAnswer>(options.cacheBytes);
  metrics.gauge({
    name: 'feedfleet_answer_cache_bytes',
    help: 'Bytes of the answers that are kept in memory.',
    collect: () => kept.bytes,
  });
  return {
    ...{ registry, hierarchies, countDownload, downloadIdleMs, serverTiming, now, kept },
    revisions: new TurnRevisions(options.store),
    hits: metrics.counter({
      name: 'feedfleet_answer_cache_hits_total',
      help: 'Requests that were answered from memory.',
    }),
    misses: metrics.counter({
      name: 'feedfleet_answer_cache_misses_total',
      help: 'Requests whose answer had to be made, or that joined one in the making.',
    }),
  };
}

interface Asked {
  readonly target: FeedTarget;
  readonly context: RequestContext;
}

class ProtocolEndpoint {
  readonly #protocol: FeedProtocol;
  readonly #methods: readonly string[];
  readonly #source: FeedRequestSource;
  readonly #targets: FeedTargets;
  readonly #revisions: TurnRevisions;
  readonly #sender: AnswerSender;
  readonly #parts: (() => Promise<HierarchyParts>) | undefined;
  readonly #hierarchies: HierarchyAnswers;
  readonly #origin = new ExternalOrigin();
  readonly #kept: ByteBoundedCache<ReadyAnswer>;
  readonly #flights = new Flights<Computed>();
  readonly #hits: Counter;
  readonly #misses: Counter;

  /** @param keyPrefix - keeps what is kept of this protocol apart from that of others. */
  constructor(protocol: FeedProtocol, shared: Shared, keyPrefix: string) {
    const { registry, downloadIdleMs, countDownload, hierarchies: parts, serverTiming, now } = shared;
    const { kept, hits, misses } = shared;
    this.#protocol = protocol;
    this.#methods = protocol.methods ?? ['GET', 'HEAD', 'POST'];
    this.#source = { directory: registry, openPaths: protocol.openPaths ?? [], now };
    this.#targets = new FeedTargets([protocol.mount, ...(protocol.otherMounts ?? [])], keyPrefix);
    this.#revisions = shared.revisions;
    this.#parts = parts;
    this.#sender = new AnswerSender({ downloadIdleMs, countDownload, vary: protocol.variesBy?.header });
    [this.#kept, this.#hits, this.#misses] = [kept, hits, misses];
    const sender = this.#sender;
    this.#hierarchies = new HierarchyAnswers({ protocol, parts, kept, sender, hits, misses, serverTiming, now });
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse, context: RequestContext): void => {
    const method = request.method ?? '';
    if (!this.#methods.includes(method)) throw this.#notAllowed(method);
    const target = this.#targets.of(request.url ?? '/');
    if (target.probe === undefined || this.#parts === undefined) {
      this.#answerReader(request, response, { target, context });
      return;
    }
    this.#answerProbe(request, response, { target, context }).catch((error: unknown) => {
      sendProblem(response, error, context);
    });
  };

  /** A probe for loops that comes back is told before access is decided, and is not asked of anybody else. */
  async #answerProbe(request: IncomingMessage, response: ServerResponse, asked: Asked): Promise<void> {
    const { target, context } = asked;
    const { probes } = (await this.#parts?.()) ?? {};
    const { feedName, probe: text = '' } = target;
    const isOwn = await probes?.receive({ text, feedName, rawHeaders: request.rawHeaders });
    if (isOwn !== true) this.#answerReader(request, response, asked);
    else this.#answerLocally(request, response, { admitted: this.#admit(request, target), context });
  }

  #answerReader(request: IncomingMessage, response: ServerResponse, { target, context }: Asked): void {
    const admitted = this.#admit(request, target);
    const answering = { admitted, context };
    if (!this.#hierarchies.concerns(request, admitted)) {
      this.#answerLocally(request, response, answering);
      return;
    }
    const answerLocally = (local: Admitted): void => {
      this.#answerLocally(request, response, { admitted: local, context });
    };
    this.#hierarchies.answer(request, response, { ...answering, answerLocally }).catch((error: unknown) => {
      sendProblem(response, error, context);
    });
  }

  /** From the feed's own packages: at once when the answer is kept. */
  #answerLocally(request: IncomingMessage, response: ServerResponse, { admitted, context }: Answering): void {
    const kept = request.method === 'POST' ? undefined : this.#find(admitted);
    if (kept !== undefined) {
      this.#hits.inc();
      this.#sender.watch(request, response, kept.countsFor);
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
  #admit(request: IncomingMessage, target: FeedTarget): Admitted {
    const read = readFeedRequest(request, target, this.#source);
    const origin = this.#origin.of(request);
    const isGzip = acceptsGzip(request.headers['accept-encoding']);
    const variant = this.#variantOf(request);
    const key = target.answerKey(origin, isGzip, variant);
    const { revision, failure } = this.#revisionOf(read.feed);
    return { ...read, target, revision, failure, origin, acceptsGzip: isGzip, variant, key, isLeaf: false };
  }

  #revisionOf({ id }: Feed): Pick<Admitted, 'revision' | 'failure'> {
    try {
      return { revision: this.#revisions.revisionOf(id), failure: undefined };
    } catch (error) {
      // Static stability: what could be served a moment ago still is when the store is gone; who may read it was decided before.
      return { revision: this.#revisions.lastSeen(id) ?? -1, failure: toProblem(error) };
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

  async #answer(request: IncomingMessage, response: ServerResponse, { admitted, context }: Answering): Promise<void> {
    const { audience } = admitted;
    const { signal } = context;
    const computed =
      request.method === 'POST'
        ? await this.#answerPost(request, admitted, signal)
        : await this.#flights.join(
            `${admitted.feed.id}\n${admitted.revision}\n${admitted.key}`,
            (flightSignal) => this.#compute(admitted, feedQuery(request, admitted, flightSignal)),
            signal,
          );
    await this.#sender.send(request, response, { computed, audience, context });
  }

  async #answerPost(request: IncomingMessage, admitted: Admitted, signal: AbortSignal): Promise<Computed> {
    const body = await readText(request, signal);
    const query: FeedQuery = { ...feedQuery(request, admitted, signal), method: 'POST', body };
    const answer = await abortable(this.#protocol.answer(query), signal);
    return prepareAnswer(answer.kind === 'bytes' ? { ...answer, keep: 'none' } : answer, admitted, this.#protocol);
  }

  async #compute(admitted: Admitted, query: FeedQuery): Promise<Computed> {
    const answer = await (admitted.isLeaf ? this.#answerLeaf(query) : this.#protocol.answer(query));
    const computed = await prepareAnswer(answer, admitted, this.#protocol);
    const isKept = computed.kind === 'ready' && !(answer.kind === 'bytes' && answer.keep === 'none');
    if (isKept) this.#kept.set(admitted.key, computed.answer, bytesOf(computed.answer));
    return computed;
  }

  async #answerLeaf(query: FeedQuery): Promise<Answer> {
    const source = query.path.startsWith(LEAF_PATHS) ? await this.#protocol.localSource?.(query.feed) : undefined;
    if (source === undefined || this.#parts === undefined) return this.#protocol.answer(query);
    return (await this.#parts()).leafAnswer(query, source);
  }

  #notAllowed(method: string): ProblemError {
    const allow = this.#methods.join(', ');
    return new ProblemError('methodNotAllowed', {
      detail: `${method} is not answered here, only ${allow}`,
      headers: { allow },
    });
  }
}
