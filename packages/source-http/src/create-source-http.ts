/** The port on Node's own client, which lets every guard stand where it has to: between a name, a connection and the first byte. */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Metrics } from '@feedfleet/host';
import { AddressGuard } from '@feedfleet/address-guard';
import type { OwnAddress } from '@feedfleet/address-guard';
import type { Breaker, BreakerPermit } from '@feedfleet/resilience';
import { partsOf, wholeBody } from './body.ts';
import type { BodyOptions } from './body.ts';
import { ByteBudget } from './byte-budget.ts';
import { chainLength } from './chain-length.ts';
import { startDeadline } from './deadline.ts';
import type { Deadline } from './deadline.ts';
import { exchange } from './exchange.ts';
import { failureOf } from './failure-of.ts';
import { whereOf } from './hop.ts';
import { inspectConnection } from './inspect-connection.ts';
import type { SourceConnection } from './inspect-connection.ts';
import { keptHeaders } from './kept-headers.ts';
import { defaultLimits } from './limits.ts';
import type { SourceLimits } from './limits.ts';
import { keptResolver, resolveBySystem } from './name-resolver.ts';
import type { Resolve } from './name-resolver.ts';
import type { ProxyFor } from './proxy.ts';
import { readableOf } from './readable-of.ts';
import { SourceEntry } from './source-entry.ts';
import { SourceFailure } from './source-failure.ts';
import type {
  SourceHttp,
  SourceInspection,
  SourceRequest,
  SourceResponse,
  SourceState,
  SourceTarget,
} from './source-http.ts';
import { measureSources, unmeasured } from './source-metrics.ts';
import type { SourceMetrics } from './source-metrics.ts';
import { timeClass } from './time-class.ts';
import { faultOf, isWorthRetrying } from './verdicts.ts';

export interface SourceHttpOptions {
  /** Where the fleet listens and how it is called, as of now. Asked for every connection: no more than looked up. */
  readonly ownAddresses: () => readonly OwnAddress[];
  readonly metrics?: Metrics;
  readonly limits?: Partial<SourceLimits>;
  readonly userAgent?: string;
  /** Default: the direct way, always. */
  readonly proxyFor?: ProxyFor | undefined;
  readonly resolve?: Resolve;
  /** Milliseconds that never go back. */
  readonly now?: () => number;
  readonly random?: () => number;
}

export function createSourceHttp(options: SourceHttpOptions): SourceHttp {
  return new NodeSourceHttp(options);
}

/** One request of a caller, whatever it takes. */
interface Run {
  readonly target: SourceTarget;
  readonly request: SourceRequest;
  readonly url: URL;
  readonly entry: SourceEntry;
  readonly breaker: Breaker;
  readonly timeClassMs: number;
  readonly deadline: Deadline;
  readonly depth: number;
  readonly startedMs: number;
  sent: number;
  /** Whether what happens now happens at the source itself, not where it redirects to. */
  isAtOrigin: boolean;
}

class NodeSourceHttp implements SourceHttp {
  readonly #limits: SourceLimits;
  readonly #guard: AddressGuard;
  readonly #resolve: Resolve;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #userAgent: string;
  readonly #proxyFor: ProxyFor;
  readonly #metrics: SourceMetrics;
  readonly #heldBytes: ByteBudget;
  readonly #parsedBytes: ByteBudget;
  /** The one that was asked last is last. */
  readonly #entries = new Map<string, SourceEntry>();
  readonly #running = new Set<Run>();

  constructor(options: SourceHttpOptions) {
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#guard = new AddressGuard(options.ownAddresses);
    this.#now = options.now ?? (() => performance.now());
    this.#random = options.random ?? Math.random;
    this.#resolve = keptResolver(options.resolve ?? resolveBySystem, this.#now);
    this.#proxyFor = options.proxyFor ?? (() => undefined);
    this.#userAgent = options.userAgent ?? 'feedfleet';
    this.#heldBytes = new ByteBudget(this.#limits.heldBytes);
    this.#parsedBytes = new ByteBudget(this.#limits.parsedBytes);
    const gauges = {
      notClosed: () => this.states().filter(({ state }) => state !== 'closed').length,
      heldBytes: () => this.#heldBytes.usedBytes,
    };
    this.#metrics = options.metrics === undefined ? unmeasured : measureSources(options.metrics, gauges);
  }

  request(target: SourceTarget, request: SourceRequest & { readonly stream: true }): Promise<SourceResponse<Readable>>;
  request(target: SourceTarget, request: SourceRequest & { readonly stream?: false }): Promise<SourceResponse>;
  async request(target: SourceTarget, request: SourceRequest): Promise<SourceResponse<Buffer | Readable>> {
    const run = this.#begin(target, request);
    this.#running.add(run);
    try {
      const response = await this.#guarded(run);
      this.#metrics.ended('answered', response.tookMs);
      return response;
    } catch (error) {
      const failure = failureOf(error, whereOf(run.url));
      failure.requests = run.sent;
      // Whatever is still under way.
      run.deadline.abort(failure);
      this.#end(run);
      this.#metrics.ended(failure.kind, this.#now() - run.startedMs);
      throw failure;
    }
  }

  hold(target: SourceTarget, bytes: number): () => void {
    const { parsedBytes } = this.#entryOf(target);
    if (!parsedBytes.reserve(bytes)) {
      const detail = 'the documents of sources that are being read take all the memory that they may have';
      throw new SourceFailure('saturated', { detail, retryAfterMs: 1_000 });
    }
    let isHeld = true;
    return () => {
      if (isHeld) parsedBytes.release(bytes);
      isHeld = false;
    };
  }

  async inspect(
    { allowPrivateAddresses, timeoutMs }: SourceTarget,
    { url: given, signal, remainingMs }: SourceInspection,
  ): Promise<SourceConnection> {
    const url = askableUrl(given);
    const deadline = startDeadline(Math.min(timeoutMs, remainingMs()), signal, this.#now);
    const around = { guard: this.#guard, resolve: this.#resolve, now: this.#now, proxy: this.#proxyFor(url) };
    try {
      return await inspectConnection({
        ...this.#limits,
        ...around,
        url,
        allowPrivateAddresses,
        signal: deadline.signal,
      });
    } finally {
      deadline.close();
    }
  }

  states(): readonly SourceState[] {
    const nowMs = this.#now();
    return [...this.#entries.values()].map((entry) => entry.state(nowMs));
  }

  stateOf(key: string): SourceState | undefined {
    return this.#entries.get(key)?.state(this.#now());
  }

  close(): void {
    for (const { deadline } of this.#running) {
      deadline.abort(new SourceFailure('cancelled', { detail: 'the fleet shuts down' }));
    }
    for (const entry of this.#entries.values()) entry.close();
    this.#entries.clear();
  }

  #begin(target: SourceTarget, request: SourceRequest): Run {
    const { ask } = request;
    const totalMs = Math.min(target.timeoutMs, ask.remainingMs());
    const entry = this.#entryOf(target);
    const timeClassMs = timeClass(totalMs);
    return {
      target,
      request,
      url: askableUrl(request.url),
      entry,
      breaker: entry.breaker(ask.isClientShaped === true, timeClassMs),
      timeClassMs,
      deadline: startDeadline(totalMs, ask.signal, this.#now),
      depth: ask.depth ?? chainLength(ask.chain),
      startedMs: this.#now(),
      sent: 0,
      isAtOrigin: true,
    };
  }

  #end(run: Run): void {
    run.deadline.close();
    this.#running.delete(run);
  }

  #entryOf(target: SourceTarget): SourceEntry {
    const entry =
      this.#entries.get(target.key) ??
      new SourceEntry({
        limits: this.#limits,
        guard: this.#guard,
        resolve: this.#resolve,
        random: this.#random,
        heldBytes: this.#heldBytes,
        parsedBytes: this.#parsedBytes,
      });
    entry.sourceId = target.sourceId;
    this.#entries.delete(target.key);
    this.#entries.set(target.key, entry);
    if (this.#entries.size > this.#limits.maxSources) this.#forgetOldest();
    return entry;
  }

  #forgetOldest(): void {
    const [oldest] = this.#entries;
    if (oldest === undefined) return;
    this.#entries.delete(oldest[0]);
    oldest[1].close();
  }

  /** Behind the breaker, and in the bulkhead; a probe needs no place there, since those before it may fill it. */
  async #guarded(run: Run): Promise<SourceResponse<Buffer | Readable>> {
    const { breaker, deadline } = run;
    throwIfAborted(deadline.signal);
    const release = breaker.state(this.#now()) === 'closed' ? await this.#place(run) : () => undefined;
    try {
      const answer = breaker.admit(this.#now());
      if (answer.outcome === 'refused') throw breakerFailure(answer.reason, answer.retryAfterMs);
      return await this.#permitted(run, answer.permit, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  async #place(run: Run): Promise<() => void> {
    const kind = run.request.stream === true ? 'streams' : 'documents';
    const answer = await run.entry.bulkhead(kind, run.depth).enter(run.deadline.signal);
    switch (answer.outcome) {
      case 'admitted':
        return answer.release;
      case 'cancelled':
        throw run.deadline.signal.reason as Error;
      case 'full':
      case 'waitedTooLong': {
        const detail = 'as many requests to the source as it may have are under way';
        throw new SourceFailure('saturated', { detail, retryAfterMs: 1_000 });
      }
    }
  }

  async #permitted(run: Run, permit: BreakerPermit, release: () => void): Promise<SourceResponse<Buffer | Readable>> {
    const startedMs = this.#now();
    permit.whenGivenUp(() => {
      run.deadline.abort(new SourceFailure('timeout', { detail: 'the source took too long' }));
    });
    try {
      const response = await this.#attempts(run, permit.isProbe, release);
      permit.succeeded(this.#now());
      return response;
    } catch (error) {
      const failure = failureOf(error, whereOf(run.url));
      const nowMs = this.#now();
      const { isAtOrigin, timeClassMs } = run;
      const fault = faultOf(failure, { isAtOrigin, hadMs: nowMs - startedMs, timeClassMs });
      if (fault === undefined) permit.dropped();
      else permit.failed(nowMs, fault);
      throw failure;
    }
  }

  async #attempts(run: Run, isProbe: boolean, release: () => void): Promise<SourceResponse<Buffer | Readable>> {
    const { entry, deadline, request, depth } = run;
    const startedMs = this.#now();
    entry.retries.deposit();
    try {
      return await this.#attempt(run, release);
    } catch (error) {
      const failure = failureOf(error, whereOf(run.url));
      const [least, most] = this.#limits.backoffMs;
      const backoffMs = least + (most - least) * this.#random();
      // It may take as long again.
      const neededMs = backoffMs + (this.#now() - startedMs);
      const isNested = request.ask.isNested ?? depth > 1;
      if (isNested || isProbe || !isWorthRetrying(failure) || neededMs > deadline.remainingMs()) throw failure;
      if (!entry.retries.withdraw()) throw failure;
      await delay(backoffMs, undefined, { signal: deadline.signal }).catch(() => throwIfAborted(deadline.signal));
      this.#metrics.retried();
      return this.#attempt(run, release);
    }
  }

  async #attempt(run: Run, release: () => void): Promise<SourceResponse<Buffer | Readable>> {
    const { target, request, url: firstUrl, entry, deadline } = run;
    const { response, url } = await exchange({
      target,
      request,
      url: firstUrl,
      entry,
      deadline,
      limits: this.#limits,
      guard: this.#guard,
      userAgent: this.#userAgent,
      proxyFor: this.#proxyFor,
      onSent: () => {
        run.sent += 1;
      },
      onHop: (hop) => {
        run.isAtOrigin = hop.origin === target.origin;
      },
    });
    const where = whereOf(url);
    const isStream = request.stream === true;
    const maxBytes = request.maxBytes ?? (isStream ? this.#limits.maxStreamBytes : this.#limits.maxDocumentBytes);
    const options: BodyOptions = { maxBytes, limits: this.#limits, signal: deadline.signal, where, now: this.#now };
    const body = isStream
      ? this.#streamed(response, options, run, release)
      : await this.#whole(response, options, run, release);
    return {
      status: response.statusCode ?? 0,
      headers: keptHeaders(response),
      body,
      finalUrl: url.href,
      requests: run.sent,
      tookMs: this.#now() - run.startedMs,
    };
  }

  async #whole(response: IncomingMessage, options: BodyOptions, run: Run, release: () => void): Promise<Buffer> {
    const body = await wholeBody(response, options, run.entry);
    release();
    this.#end(run);
    return body;
  }

  /** It keeps its place until it has ended. */
  #streamed(response: IncomingMessage, options: BodyOptions, run: Run, release: () => void): Readable {
    const { deadline } = run;
    deadline.lift();
    const abort = (): void => void body.destroy(deadline.signal.reason as Error);
    const body = readableOf(partsOf(response, options), () => {
      deadline.signal.removeEventListener('abort', abort);
      if (!response.complete) response.destroy();
      release();
      this.#end(run);
    });
    deadline.signal.addEventListener('abort', abort);
    return body;
  }
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw signal.reason as Error;
}

function breakerFailure(reason: string, retryAfterMs: number): SourceFailure {
  const detail = `${reason}; it is asked again in a moment`;
  return new SourceFailure('breakerOpen', { detail, retryAfterMs: Math.ceil(retryAfterMs) });
}

/** @throws {SourceFailure} `malformed` for what a source's documents may hold instead of a URL. */
function askableUrl(given: string | URL): URL {
  const url = URL.parse(String(given));
  const isAskable = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  if (!isAskable)
    throw new SourceFailure('malformed', { detail: 'the source gives a URL that is none of http or https' });
  url.hash = '';
  return url;
}
