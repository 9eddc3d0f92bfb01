/**
 * Retention and pins of a feed over HTTP, for keys with the scope `manage`.
 *
 * What is told is bounded: the counts are of all, the lists of the first thousand.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readJson, sendProblem } from '@feedfleet/host';
import type { RawHandler, RequestContext } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';
import { permit, readFeedAccess } from '@feedfleet/registry-client';
import type { Feed, FeedDirectory } from '@feedfleet/registry-client';
import type { EmbeddedStore, VersionIdentity } from '@feedfleet/store';
import { z } from 'zod';
import { parseRetentionTarget } from './retention-target.ts';
import type { RetentionTarget } from './retention-target.ts';
import { previewSweep, sweep } from './sweep.ts';
import type { SweepOptions } from './sweep.ts';

const MAX_LISTED = 1000;
const MAX_BODY_BYTES = 16 * 1024;
/** A request that removes for longer is answered, and says that there is more to do. In milliseconds. */
const SWEEP_MS = 15_000;

const pinSchema = z.strictObject({ note: z.string().max(500).default('') }).default({ note: '' });

export interface RetentionEndpointOptions {
  readonly store: Pick<EmbeddedStore, 'blobs' | 'metadata' | 'retention'>;
  readonly registry: FeedDirectory;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

interface Managed {
  readonly request: IncomingMessage;
  readonly context: RequestContext;
  readonly feed: Feed;
  readonly target: RetentionTarget;
}

export class RetentionEndpoint {
  readonly #options: RetentionEndpointOptions;

  constructor(options: RetentionEndpointOptions) {
    this.#options = options;
  }

  /** For paths that `isManaged`. */
  readonly handler: RawHandler = (request, response, context) => {
    this.#answer(request, context).then(
      (document) => answer(response, document),
      (error: unknown) => {
        // What is left of a body is not waited for.
        if (!request.complete) response.shouldKeepAlive = false;
        sendProblem(response, error, context);
      },
    );
  };

  async #answer(request: IncomingMessage, context: RequestContext): Promise<object> {
    const managed = this.#read(request, context);
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? '');
    switch (`${method} ${managed.target.kind}`) {
      case 'GET retention':
        return this.#preview(managed);
      case 'POST retention':
        return this.#sweep(managed);
      case 'GET pins':
        return { pins: await this.#options.store.retention.pins(managed.feed.id) };
      case 'PUT pin':
        return this.#pin(managed);
      case 'DELETE pin':
        return this.#unpin(managed);
      default: {
        const allow = { retention: 'GET, HEAD, POST', pins: 'GET, HEAD', pin: 'PUT, DELETE' }[managed.target.kind];
        throw new ProblemError('methodNotAllowed', { detail: `only ${allow} are answered here`, headers: { allow } });
      }
    }
  }

  #read(request: IncomingMessage, context: RequestContext): Managed {
    const access = readFeedAccess(request, this.#options.registry);
    const feed = permit(access, { ...this.#options, scope: 'manage' });
    return { request, context, feed, target: parseRetentionTarget(access.rest) };
  }

  async #preview(managed: Managed): Promise<object> {
    const plan = await previewSweep(this.#sweepOptions(managed));
    return { policy: policyOf(managed.feed), removed: listed(plan.removed), protected: listed(plan.protected) };
  }

  async #sweep(managed: Managed): Promise<object> {
    const result = await sweep(this.#sweepOptions(managed));
    return {
      policy: policyOf(managed.feed),
      removed: listed(result.removed),
      protected: listed(result.protected),
      isComplete: result.isComplete,
    };
  }

  #sweepOptions({ feed, context }: Managed): SweepOptions {
    const { metadata, retention, blobs } = this.#options.store;
    const { signal } = context;
    const endsAt = performance.now() + SWEEP_MS;
    return {
      feedId: feed.id,
      policy: policyOf(feed),
      metadata,
      retention,
      removeBlob: (sha512) => blobs.remove(sha512),
      pause: async () => {
        await nextTurn();
        signal.throwIfAborted();
      },
      isOver: () => performance.now() > endsAt,
    };
  }

  async #pin({ request, feed, target }: Managed): Promise<object> {
    const { note } = await readJson(request, pinSchema, { maxBytes: MAX_BODY_BYTES });
    const version = versionOf(target);
    const outcome = await this.#options.store.retention.pin(feed.id, version, note);
    if (outcome === 'absent') throw unknown(feed, version, 'is not in the feed');
    return { pinned: version, outcome };
  }

  async #unpin({ feed, target }: Managed): Promise<object> {
    const version = versionOf(target);
    const outcome = await this.#options.store.retention.unpin(feed.id, version);
    if (outcome === 'absent') throw unknown(feed, version, 'is not pinned');
    return { unpinned: version };
  }
}

const policyOf = ({ keepStable, keepPrerelease }: Feed) => ({ keepStable, keepPrerelease });

const listed = <T extends VersionIdentity>(versions: readonly T[]) => ({
  count: versions.length,
  versions: versions.slice(0, MAX_LISTED),
});

function versionOf(target: RetentionTarget): VersionIdentity {
  if (target.kind === 'pin') return target.version;
  throw new ProblemError('noSuchResource');
}

function unknown(feed: Feed, { id, normalizedVersion }: VersionIdentity, what: string): ProblemError {
  return new ProblemError('noSuchPackage', { detail: `${id} ${normalizedVersion} ${what} ${feed.name}` });
}

function answer(response: ServerResponse, document: object): void {
  if (response.destroyed) return;
  const body = Buffer.from(JSON.stringify(document));
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(body.length),
    'cache-control': 'no-store',
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
