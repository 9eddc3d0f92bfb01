/**
 * Push, delete and relist over HTTP, also as v1 has them.
 *
 * Source: NuGet server API, "Push and Delete". Two answers differ from it because of old clients: a delete is answered with
 * 200 and a body, since nuget.exe 2.8.7 and 3.3 stumble over a quick 204; a read of the push URL is 405 and never 401, since
 * they ask it before they push, and would ask the user for a password.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Metrics, RawHandler, RequestContext } from '@feedfleet/host';
import { ProblemError, toProblem } from '@feedfleet/problems';
import { permit, readFeedAccess } from '@feedfleet/registry-client';
import type { Credentials, Feed, FeedDirectory, Scope } from '@feedfleet/registry-client';
import { declaredBytes, drainBody } from './drain-body.ts';
import type { DrainLimits } from './drain-body.ts';
import { openPackageBody } from './package-body.ts';
import type { PushGate } from './push-gate.ts';
import { PushMetrics } from './push-metrics.ts';
import type { PushedPackage, PushRequest, PushService, VersionAddress } from './push-service.ts';
import { readListed } from './listed-header.ts';
import { parsePushTarget } from './push-target.ts';
import type { PushTarget } from './push-target.ts';
import { isGone, refuseWrite } from './refuse-write.ts';
import type { UploadGate } from './upload-gate.ts';
import { fastEnough } from './upload-rate.ts';
import type { UploadRateLimits } from './upload-rate.ts';
import { warningHeader } from './upload-warnings.ts';
import { readPublication, withKey } from './v1-write.ts';
import type { WriteFence } from './write-fence.ts';

/** Takes what is sent to one kind of address. */
interface PackageTaker {
  push(request: PushRequest): Promise<PushedPackage>;
}

export interface PushEndpointOptions {
  readonly service: PushService;
  readonly symbols: PackageTaker;
  /** Places to inspect and publish in, for what is staged. */
  readonly gate: PushGate;
  /** Places to send a body in. */
  readonly uploads: UploadGate;
  readonly uploadRate: UploadRateLimits;
  readonly registry: FeedDirectory;
  /** Whether writes are made here. */
  readonly fence: Pick<WriteFence, 'check'>;
  /** Largest package of any feed, in bytes; a feed's own limit may be lower. */
  readonly maxPackageBytes: number;
  /** How much of a refused body is read before the answer. */
  readonly drain: DrainLimits;
  readonly metrics: Metrics;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A write whose feed is known and whose sender is not judged yet. */
interface Write {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly context: RequestContext;
  readonly feed: Feed;
  readonly credentials: Credentials;
  readonly target: PushTarget;
}

export class PushEndpoint {
  readonly #options: PushEndpointOptions;
  readonly #metrics: PushMetrics;

  constructor(options: PushEndpointOptions) {
    this.#options = options;
    this.#metrics = new PushMetrics(options.metrics, options);
  }

  /** For `startHost({ handler })`. */
  readonly handler: RawHandler = (request, response, context) => {
    this.#answer(request, response, context).catch((error: unknown) =>
      refuseWrite(request, response, { error, context, drain: this.#options.drain }),
    );
  };

  async #answer(request: IncomingMessage, response: ServerResponse, context: RequestContext): Promise<void> {
    const write = this.#read(request, response, context);
    switch (`${request.method ?? ''} ${write.target.kind}`) {
      case 'PUT feed':
      case 'POST feed':
      case 'POST upload':
        return this.#push(write, this.#options.service);
      case 'PUT symbols':
        return this.#push(write, this.#options.symbols);
      case 'DELETE version':
      case 'DELETE keyedVersion':
        return this.#remove(write);
      case 'POST version':
        return this.#relist(write);
      case 'POST publication':
        return this.#publish(write);
      default: {
        const allow = methodsOf(write.target);
        throw new ProblemError('methodNotAllowed', { detail: `only ${allow} are answered here`, headers: { allow } });
      }
    }
  }

  #read(request: IncomingMessage, response: ServerResponse, context: RequestContext): Write {
    const { feed, credentials: sent, rest } = readFeedAccess(request, this.#options.registry);
    const target = parsePushTarget(rest);
    const credentials = 'key' in target ? withKey(sent, target.key) : sent;
    return { request, response, context, feed, credentials, target };
  }

  async #push(write: Write, taker: PackageTaker): Promise<void> {
    const { uploads, now } = this.#options;
    const startedAt = now();
    let pushed: PushedPackage;
    try {
      this.#permit(write, 'push');
      const maxBytes = Math.min(write.feed.maxPackageBytes, this.#options.maxPackageBytes);
      refuseDeclaredTooLarge(write.request, maxBytes);
      const listed = readListed(write.request.headers);
      const leaveUploads = uploads.enter(write.feed.id);
      try {
        pushed = await this.#store(write, { taker, maxBytes, listed, onStaged: leaveUploads });
        this.#metrics.pushed({ ...pushed, milliseconds: now() - startedAt });
      } finally {
        leaveUploads();
      }
    } catch (error) {
      this.#metrics.refused(isGone(write.request) ? 'aborted' : toProblem(error));
      throw error;
    }
    await drainBody(write.request, this.#options.drain);
    const warning = warningHeader(pushed.warnings);
    const text = pushed.outcome === 'added' ? 'Created' : 'Replaced';
    answer(write, { status: 201, text, ...(warning === undefined ? {} : { warning }) });
  }

  async #store(
    write: Write,
    given: Pick<PushRequest, 'maxBytes' | 'listed'> & { readonly taker: PackageTaker; readonly onStaged: () => void },
  ): Promise<PushedPackage> {
    const { request, context, feed } = write;
    const { taker, maxBytes, listed, onStaged } = given;
    const { gate, uploadRate } = this.#options;
    const { signal } = context;
    const upload = { isStaged: false };
    // An iterator that leaves the request alone when it is left early: the answer still has to go out on its connection.
    const body = request.iterator({ destroyOnReturn: false });
    try {
      const moving = fastEnough(reportingProgress(body, context), uploadRate, () => performance.now());
      const { content, fileName } = await openPackageBody(moving, request.headers['content-type'] ?? '');
      const permit = (packageId: string): void => this.#permit(write, 'push', packageId);
      const turn = (): Promise<() => void> => {
        upload.isStaged = true;
        onStaged();
        return gate.enter(signal);
      };
      return await taker.push({ feed, content, fileName, maxBytes, listed, permit, turn, signal });
    } catch (error) {
      throw signal.aborted && !upload.isStaged && !request.complete ? stoppedInTheMiddle(error) : error;
    } finally {
      // Not awaited: it ends with the chunk that the iterator may be waiting for.
      void body.return?.();
    }
  }

  async #remove(write: Write): Promise<void> {
    const address = addressOf(write);
    this.#permit(write, write.feed.deletion, address.id);
    const outcome = await this.#options.service.remove(address);
    this.#metrics.changed(outcome);
    await drainBody(write.request, this.#options.drain);
    answer(write, { status: 200, text: outcome === 'unlisted' ? 'Unlisted' : 'Deleted' });
  }

  async #relist(write: Write): Promise<void> {
    const address = addressOf(write);
    this.#permit(write, 'unlist', address.id);
    await this.#options.service.setListed(address, true);
    this.#metrics.changed('relisted');
    await drainBody(write.request, this.#options.drain);
    answer(write, { status: 200, text: 'Listed' });
  }

  /** The second half of a push in v1: the package is listed from its push on, unless somebody unlisted it since. */
  async #publish(write: Write): Promise<void> {
    const { service, drain } = this.#options;
    const { key, ...name } = await readPublication(write.request, write.context.signal);
    const publisher: Write = { ...write, credentials: withKey(write.credentials, key) };
    const address: VersionAddress = { feed: write.feed, ...name };
    const mayRelist = this.#mayRelist(publisher, name.id);
    if (!(await service.isListed(address))) {
      if (!mayRelist) this.#permit(publisher, 'unlist', name.id);
      await service.setListed(address, true);
      this.#metrics.changed('relisted');
    }
    await drainBody(write.request, drain);
    answer(write, { status: 200, text: 'Published' });
  }

  /** @throws ProblemError when the sender may neither relist nor push, so that nobody else learns what there is. */
  #mayRelist(write: Write, packageId: string): boolean {
    try {
      this.#permit(write, 'unlist', packageId);
      return true;
    } catch {
      this.#permit(write, 'push', packageId);
      return false;
    }
  }

  /** Asked before and right before anything is changed: meanwhile another datacenter may have got the writes. */
  #permit(write: Write, scope: Scope, packageId?: string): void {
    this.#options.fence.check(write.request);
    permit(write, { ...this.#options, scope, ...(packageId === undefined ? {} : { packageId }) });
  }
}

/** The deadline counts from the last bytes that arrived: how long all of them may take is for the least rate to say. */
async function* reportingProgress(
  body: AsyncIterable<Uint8Array>,
  context: RequestContext,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    context.progress();
    yield chunk;
  }
}

function stoppedInTheMiddle(cause: unknown): ProblemError {
  return new ProblemError('requestTimeout', { detail: 'the body of the request stopped in the middle', cause });
}

/** @throws ProblemError `FF_BODY_TOO_LARGE` when the head of the request says so; a multipart body is a little larger. */
function refuseDeclaredTooLarge(request: IncomingMessage, maxBytes: number): void {
  const multipartOverheadBytes = 65_536;
  if ((declaredBytes(request) ?? 0) > maxBytes + multipartOverheadBytes) {
    const detail = `the limit is ${maxBytes} bytes`;
    throw new ProblemError('bodyTooLarge', { detail, reason: `Too large: ${detail}` });
  }
}

function methodsOf(target: PushTarget): string {
  switch (target.kind) {
    case 'version':
      return 'DELETE, POST';
    case 'keyedVersion':
      return 'DELETE';
    case 'upload':
    case 'publication':
      return 'POST';
    case 'symbols':
      return 'PUT';
    case 'feed':
      return target.takesPost ? 'PUT, POST' : 'PUT';
  }
}

function addressOf({ feed, target }: Write): VersionAddress {
  if ('id' in target) return { feed, id: target.id, normalizedVersion: target.normalizedVersion };
  throw new ProblemError('noSuchResource');
}

interface WriteAnswer {
  readonly status: 200 | 201;
  readonly text: string;
  /** Printed by the client. */
  readonly warning?: string;
}

function answer({ response }: Write, { status, text, warning }: WriteAnswer): void {
  if (response.destroyed) return;
  const body = Buffer.from(`${text}\n`);
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': String(body.length),
    'cache-control': 'no-store',
    ...(warning === undefined ? {} : { 'x-nuget-warning': warning }),
  });
  response.end(body);
}
