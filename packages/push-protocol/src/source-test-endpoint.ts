/**
 * Whether a package source of a feed works, step by step, for keys with the scope `manage`: `POST /F/{feed}/api/manage/source-tests?source=`
 * (name or id), with `&id=` to ask it for a certain package. Nothing is kept of it but what the probe for loops finds.
 */
import type { IncomingMessage } from 'node:http';
import { sendProblem } from '@feedfleet/host';
import type { RawHandler, RequestContext } from '@feedfleet/host';
import { isPackageId } from '@feedfleet/nupkg';
import { ProblemError } from '@feedfleet/problems';
import { parseFeedPath, permit, readFeedAccess } from '@feedfleet/registry-client';
import type { Feed, FeedDirectory, Source } from '@feedfleet/registry-client';
import { namedSource, sendDocument } from './source-management.ts';

const PATH = /^\/api\/manage\/source-tests\/?$/i;
/** Of all feeds; of one feed, one. */
const MAX_AT_ONCE = 4;
/** A whole test, in milliseconds; who asks waits a little longer. */
const MAX_TEST_MS = 45_000;
/** What is left of a request for its answer. */
const ANSWER_MS = 1_000;

export interface SourceTestQuestion extends Pick<
  RequestContext,
  'signal' | 'remainingMs' | 'requestId' | 'traceparent'
> {
  readonly packageId: string | null;
}

export interface SourceTestEndpointOptions {
  /** Says what works of the source; undefined where the fleet can ask none. */
  readonly test: ((source: Source, question: SourceTestQuestion) => Promise<object>) | undefined;
  readonly registry: FeedDirectory;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Answers everything that is not about tests. */
  readonly otherwise: RawHandler;
}

export class SourceTestEndpoint {
  readonly #options: SourceTestEndpointOptions;
  /** Ids of feeds. */
  readonly #running = new Set<string>();

  constructor(options: SourceTestEndpointOptions) {
    this.#options = options;
  }

  /** For `startHost({ handler })`. */
  readonly handler: RawHandler = (request, response, context) => {
    if (!PATH.test(parseFeedPath(request.url ?? '/')?.rest ?? '')) {
      this.#options.otherwise(request, response, context);
      return;
    }
    this.#answer(request, context).then(
      (document) => sendDocument(response, document),
      (error: unknown) => {
        // What is left of a body is not waited for.
        if (!request.complete) response.shouldKeepAlive = false;
        sendProblem(response, error, context);
      },
    );
  };

  async #answer(request: IncomingMessage, context: RequestContext): Promise<object> {
    const { registry } = this.#options;
    const feed = permit(readFeedAccess(request, registry), { ...this.#options, scope: 'manage' });
    if (request.method !== 'POST') {
      throw new ProblemError('methodNotAllowed', { detail: 'only POST is answered here', headers: { allow: 'POST' } });
    }
    const parameters = new URLSearchParams((request.url ?? '').split('?')[1] ?? '');
    const source = this.#sourceIn(parameters, feed);
    const packageId = parameters.get('id');
    if (packageId !== null && !isPackageId(packageId)) {
      throw new ProblemError('invalidRequest', {
        detail: `id: expected a package id, got "${packageId.slice(0, 100)}"`,
      });
    }
    const { id, name, enabled } = source;
    const result = await this.#oneAtATime(feed, () => this.#test(source, packageId, context));
    return { feed: feed.name, source: { id, name, enabled }, ...result };
  }

  #sourceIn(parameters: URLSearchParams, feed: Feed): Source {
    const named = parameters.get('source') ?? '';
    const source = namedSource(this.#options.registry.current(), feed, named);
    if (named === '') throw new ProblemError('invalidRequest', { detail: 'expected ?source={name or id of a source}' });
    if (source !== undefined) return source;
    throw new ProblemError('noSuchEntity', { detail: `${feed.name} has no source "${named.slice(0, 100)}"` });
  }

  async #oneAtATime(feed: Feed, test: () => Promise<object>): Promise<object> {
    if (this.#running.has(feed.id) || this.#running.size >= MAX_AT_ONCE) {
      const whose = this.#running.has(feed.id) ? 'a source of this feed is' : 'as many sources as can be are';
      throw new ProblemError('overloaded', { detail: `${whose} being tested already`, retryAfterSeconds: 5 });
    }
    this.#running.add(feed.id);
    try {
      return await test();
    } finally {
      this.#running.delete(feed.id);
    }
  }

  #test(source: Source, packageId: string | null, context: RequestContext): Promise<object> {
    const { test } = this.#options;
    if (test === undefined) {
      throw new ProblemError('unavailable', {
        detail: 'this fleet has no secret and no balancer, so it can ask no source',
      });
    }
    const endsAt = performance.now() + Math.min(MAX_TEST_MS, context.remainingMs() - ANSWER_MS);
    const { signal, requestId, traceparent } = context;
    const remainingMs = (): number => Math.max(0, endsAt - performance.now());
    return test(source, { packageId, signal, requestId, traceparent, remainingMs });
  }
}
