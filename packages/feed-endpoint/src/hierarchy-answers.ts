/**
 * Answers about a feed together with all that it references, and about the way that a request has come.
 *
 * An answer is kept with the questions that were asked for it. For the next client the same questions are put again, and where every
 * source says that nothing has changed, the kept bytes are sent: access, filters and packages are judged anew each time, and only the
 * rendering is saved. What a feed chain has pruned, here or at a source, and what lacks anything, is never kept and has no validator.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { FleetHierarchies, QueryHierarchy } from '@feedfleet/aggregation';
import type { ByteBoundedCache } from '@feedfleet/byte-bounded-cache';
import type { ReceivedChain } from '@feedfleet/feedchain';
import { abortable } from '@feedfleet/flights';
import type { Counter, RequestContext } from '@feedfleet/host';
import type { PackageSource } from '@feedfleet/package-sources';
import { ProblemError, problemRegistry } from '@feedfleet/problems';
import type { ProblemName } from '@feedfleet/problems';
import { authorize } from '@feedfleet/registry-client';

import { feedQuery } from './admitted.ts';
import type { Admitted } from './admitted.ts';
import { answerMarks, serverTiming } from './answer-marks.ts';
import type { AnswerSender } from './answer-sender.ts';
import { bytesOf, prepareAnswer } from './computed-answer.ts';
import type { Computed } from './computed-answer.ts';
import type { BytesAnswer, FeedProtocol, FeedQuery } from './protocol.ts';
import type { AskedFor, ReadyAnswer } from './ready-answer.ts';
import { oneWayMark } from './one-way-answer.ts';
import type { ReceivedProbes } from './received-probes.ts';
import { readText } from './request-text.ts';

/** What is loaded when the first feed with sources is asked, or the first request with a feed chain comes. */
export interface HierarchyParts {
  readonly hierarchies: FleetHierarchies;
  readonly probes: Pick<ReceivedProbes, 'receive'>;
  /** What a feed answers below `/-/` to another endpoint of this fleet. */
  readonly leafAnswer: (query: FeedQuery, source: PackageSource) => Promise<BytesAnswer>;
}

export interface HierarchyAnswersOptions {
  readonly protocol: FeedProtocol;
  /** Undefined where nothing of the kind can be answered. */
  readonly parts: (() => Promise<HierarchyParts>) | undefined;
  readonly kept: ByteBoundedCache<ReadyAnswer>;
  readonly sender: AnswerSender;
  /** Whether every reader is told how long each source took, and not only the managers of the feed. */
  readonly serverTiming: boolean;
  readonly hits: Counter;
  readonly misses: Counter;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface Answering {
  readonly admitted: Admitted;
  readonly context: RequestContext;
}

const CHAIN_HEADER = 'x-nuget-feedchain';
const EXPLAIN_PATH = '/explain';
const noChain: ReceivedChain = { outcome: 'none' };

export class HierarchyAnswers {
  readonly #options: HierarchyAnswersOptions;

  constructor(options: HierarchyAnswersOptions) {
    this.#options = options;
  }

  /** Whether a request is for here; cheap, since it is asked for every one. */
  concerns(request: IncomingMessage, { feed, view, target }: Admitted): boolean {
    if (request.headers[CHAIN_HEADER] !== undefined) return true;
    const { localSource } = this.#options.protocol;
    return localSource !== undefined && (view.sourcesOf(feed.id).length > 0 || isExplainPath(target.path));
  }

  /** @param answerLocally - from the feed's own packages. */
  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    { admitted, context, answerLocally }: Answering & { readonly answerLocally: (admitted: Admitted) => void },
  ): Promise<void> {
    const { feed, view } = admitted;
    const hasSources = this.#options.protocol.localSource !== undefined && view.sourcesOf(feed.id).length > 0;
    const { parts } = this.#options;
    if (parts === undefined) {
      if (hasSources)
        throw new ProblemError('unavailable', {
          detail: 'this endpoint was given no fleet secret to ask sources with',
        });
      answerLocally(admitted);
      return;
    }
    const { hierarchies } = await parts();
    const hasChain = request.headers[CHAIN_HEADER] !== undefined;
    const chain = hasChain ? hierarchies.readChain(request.rawHeaders, feed.id) : noChain;
    if (chain.outcome === 'chain' && chain.isLeaf) {
      answerLocally({ ...admitted, key: `leaf\n${admitted.key}`, isLeaf: true });
      return;
    }
    const { localSource, mount } = this.#options.protocol;
    const isExplained = isExplainPath(admitted.target.path);
    if (localSource === undefined || !(isExplained || hasSources)) {
      answerLocally(admitted);
      return;
    }
    const { requestId, traceparent, signal } = context;
    const local = await localSource(feed);
    const remainingMs = (): number => context.remainingMs();
    const hierarchy = hierarchies.open({
      ...{ entry: feed, mount, chain, local, signal, remainingMs, requestId, traceparent },
    });
    const client = { request, response, context, hierarchy, admitted };
    try {
      await (isExplained ? this.#explain(client) : this.#answerFromAll(client));
    } finally {
      hierarchy.end();
    }
  }

  async #answerFromAll(client: Client): Promise<void> {
    const { request, response, admitted, context } = client;
    const isPost = request.method === 'POST';
    let computed: Computed;
    try {
      const kept = isPost ? undefined : await this.#keptAnswer(client);
      (kept === undefined ? this.#options.misses : this.#options.hits).inc();
      computed = kept === undefined ? await this.#compute(client) : { kind: 'ready', answer: kept };
    } catch (error) {
      const marks = this.#marksOf(client);
      throw withMarks(error, client.hierarchy.variesByChain ? [...marks, oneWayMark] : marks);
    }
    if (response.destroyed) return;
    for (const [name, value] of this.#marksOf(client)) response.setHeader(name, value);
    const isForOneWay = client.hierarchy.variesByChain;
    const { audience } = admitted;
    await this.#options.sender.send(request, response, { computed, audience, context, isForOneWay });
  }

  /** The kept answer if every source that was asked for it says the same again. */
  async #keptAnswer({ admitted, hierarchy }: Client): Promise<ReadyAnswer | undefined> {
    const kept = this.#options.kept.get(keyOf(admitted));
    if (kept?.asked === undefined || kept.feedId !== admitted.feed.id || kept.revision !== admitted.revision) {
      if (admitted.failure !== undefined) throw admitted.failure;
      return undefined;
    }
    const { questions, identity, tag } = kept.asked;
    // Static stability: without the store nobody can be asked, but who may be asked is known.
    if (admitted.failure !== undefined) {
      if (hierarchy.identityOf(questions) !== identity) throw admitted.failure;
      return kept;
    }
    const isSame = (await hierarchy.askAgain(questions)) === tag;
    // The same was told, but as less than everything: it must not be validated.
    return isSame && !hierarchy.variesByChain ? kept : undefined;
  }

  async #compute({ request, context, admitted, hierarchy }: Client): Promise<Computed> {
    const { protocol, kept } = this.#options;
    const { signal } = context;
    const isPost = request.method === 'POST';
    const posted = isPost ? ({ method: 'POST', body: await readText(request, signal) } as const) : {};
    const query: FeedQuery = { ...feedQuery(request, admitted, signal), ...posted, hierarchy };
    const answer = await abortable(protocol.answer(query), signal);
    if (answer.kind !== 'bytes') return prepareAnswer(answer, admitted, protocol);
    const asked = isPost || answer.keep === 'none' ? undefined : askedFor(hierarchy);
    if (asked === undefined) return prepareAnswer({ ...answer, keep: 'none' }, admitted, protocol);
    const named = asked.tag === '' ? answer : { ...answer, entity: `${admitted.revision.toString(36)}-${asked.tag}` };
    const computed = await prepareAnswer(named, admitted, protocol);
    if (computed.kind !== 'ready') return computed;
    const ready: ReadyAnswer = { ...computed.answer, asked };
    kept.set(keyOf(admitted), ready, bytesOf(ready) + JSON.stringify(asked).length);
    return { kind: 'ready', answer: ready };
  }

  async #explain({ request, response, context, hierarchy, admitted }: Client): Promise<void> {
    if (admitted.failure !== undefined) throw admitted.failure;
    const query = feedQuery(request, admitted, context.signal);
    const { view, feed, credentials } = admitted;
    const now = this.#options.now();
    const { explainAnswer } = await import('./explain-answer.ts');
    const answer = await explainAnswer(query, {
      hierarchy,
      isManager: this.#isManager(admitted),
      mayRead: (feedId) => {
        const other = view.feedById(feedId);
        if (other === undefined) return false;
        return (
          feedId === feed.id || authorize(view, { feed: other, credentials, scope: 'read', now }).outcome === 'granted'
        );
      },
    });
    const computed = await prepareAnswer(answer, admitted, this.#options.protocol);
    const isForOneWay = hierarchy.variesByChain;
    await this.#options.sender.send(request, response, { computed, audience: 'private', context, isForOneWay });
  }

  #marksOf({ hierarchy, admitted }: Client): readonly (readonly [string, string])[] {
    const { report } = hierarchy;
    if (report.contexts.length === 0) return [];
    const isTimed = this.#options.serverTiming || this.#isManager(admitted);
    return [...answerMarks(report), ...(isTimed ? [['Server-Timing', serverTiming(report)] as const] : [])];
  }

  #isManager({ view, feed, credentials }: Admitted): boolean {
    if (credentials.presented.length === 0) return false;
    return authorize(view, { feed, credentials, scope: 'manage', now: this.#options.now() }).outcome === 'granted';
  }
}

interface Client extends Answering {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly hierarchy: QueryHierarchy;
}

function isExplainPath(path: string): boolean {
  return path.length === EXPLAIN_PATH.length && path.toLowerCase() === EXPLAIN_PATH;
}

function keyOf({ key }: Admitted): string {
  return `hierarchy\n${key}`;
}

/** What an answer is kept with; undefined when it must not be. */
function askedFor(hierarchy: QueryHierarchy): AskedFor | undefined {
  const { report, questions } = hierarchy;
  if (!report.isComplete || hierarchy.variesByChain) return undefined;
  return { questions, tag: report.tag, identity: hierarchy.identityOf(questions) };
}

/** The problem, with the marks of what is missing: that something is not there may be because a source is not. */
function withMarks(error: unknown, marks: readonly (readonly [string, string])[]): unknown {
  if (!(error instanceof ProblemError) || marks.length === 0) return error;
  const names = Object.keys(problemRegistry) as readonly ProblemName[];
  const name = names.find((each) => problemRegistry[each].code === error.code) ?? 'internal';
  const { detail, retryAfterSeconds, reasonPhrase: reason, cause } = error;
  return new ProblemError(name, {
    ...(detail === undefined ? {} : { detail }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...{ reason, cause, headers: { ...Object.fromEntries(marks), ...error.headers } },
  });
}
