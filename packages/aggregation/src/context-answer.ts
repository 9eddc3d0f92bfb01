/** What a context answered, and how a question is put to it: within its time, and without ever failing for what a source does. */
import { abortable } from '@feedfleet/flights';
import type { PlannedContext, WrittenChain } from '@feedfleet/feedchain';
import type { Ask, PackageSource, SourceAnswer } from '@feedfleet/package-sources';
import { problemRegistry, ProblemError } from '@feedfleet/problems';

import type { ContextOutcome } from './hierarchy-report.ts';

export type ContextAnswer<T> =
  | {
      readonly outcome: 'answered' | 'stale';
      readonly value: T;
      readonly tag: string;
      /** What an upstream feed of another fleet said of its own answer: something may be missing. */
      readonly isPartial: boolean;
      /** It left out what our own feed chain said is asked already. */
      readonly variesByChain: boolean;
      readonly ageMs: number;
      readonly requests: number;
      readonly tookMs: number;
    }
  | {
      readonly outcome: Exclude<ContextOutcome, 'answered' | 'stale'>;
      readonly code: string;
      readonly detail: string;
      readonly retryAfterMs: number;
      readonly requests: number;
      readonly tookMs: number;
    };

export interface ChainStep {
  /** When nobody waits for the answer any more: milliseconds since the epoch. */
  readonly deadlineMs: number;
  /** Upstream requests that may still be made. */
  readonly breadth: number;
}

/** One client query, as far as whoever is asked on its behalf has to know it. */
export interface QueryScope {
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Of the client's request. */
  readonly remainingMs: () => number;
  readonly requestId: string;
  readonly traceparent: string;
  /** As in `Ask`. */
  readonly isNested: boolean;
  readonly isRelayed: boolean;
  readonly depth: number;
  /** The feed chain for a request to a context. */
  readonly chainTo: (context: PlannedContext, step: ChainStep) => WrittenChain;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told of failures that no source is to blame for. */
  readonly onDefect: (error: unknown) => void;
}

export interface ContextQuestion<T> {
  readonly source: () => PackageSource | Promise<PackageSource>;
  readonly put: (source: PackageSource, ask: Ask) => Promise<SourceAnswer<T>>;
  /** As in `ChainStep`. */
  readonly breadth: number;
}

/** The part of the time that is left, and the most of it in milliseconds, that is kept for merging and answering. */
const RESERVED_RATIO = 1 / 10;
const MAX_RESERVED_MS = 250;

/** Of the empty answer that stands for a feed of this fleet which does not let itself be read. */
const DENIED_TAG = 'denied';
/** A feed of this fleet that says one of these lets nobody see that it is there. */
const DENIALS: ReadonlySet<string> = new Set([
  problemRegistry.unauthenticated.code,
  problemRegistry.forbidden.code,
  problemRegistry.noSuchFeed.code,
]);

/**
 * Puts one question to one context.
 *
 * @throws the scope's reason when it aborts; for the feed's own store, what it throws.
 */
export async function askContext<T>(
  context: PlannedContext,
  question: ContextQuestion<T>,
  scope: QueryScope,
): Promise<ContextAnswer<T>> {
  if (context.unavailable !== null) return notAsked(whyNot(context.unavailable));
  const limitMs = limitOf(context, scope.remainingMs());
  const step = { deadlineMs: scope.now() + limitMs, breadth: question.breadth };
  const chain = context.kind === 'local' ? written : scope.chainTo(context, step);
  if (chain.outcome === 'tooLong') return notAsked(chain.detail);
  const startedAt = performance.now();
  const tookMs = (): number => Math.round(performance.now() - startedAt);
  const remainingMs = (): number => Math.max(0, Math.min(limitMs - tookMs(), scope.remainingMs()));
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(tooLate), limitMs);
  const signal = AbortSignal.any([scope.signal, late.signal]);
  const { requestId, traceparent, isNested, isRelayed, depth } = scope;
  const ask: Ask = {
    ...{ signal, remainingMs, requestId, traceparent, chain: chain.text, depth },
    ...{ ...(isNested && { isNested }), ...(isRelayed && { isRelayed }) },
  };
  try {
    const told = await abortable(toldBy(question, ask), signal);
    return judged(context, told);
  } catch (error) {
    scope.signal.throwIfAborted();
    if (late.signal.aborted) return { ...timedOut(limitMs), tookMs: tookMs() };
    if (context.kind === 'local') throw error;
    if (!(error instanceof ProblemError)) scope.onDefect(error);
    return { ...failed(error), tookMs: tookMs() };
  } finally {
    clearTimeout(timer);
  }
}

const written: WrittenChain = { outcome: 'written', text: '' };
const tooLate = new ProblemError('deadlineExceeded');

async function toldBy<T>({ source, put }: ContextQuestion<T>, ask: Ask): Promise<SourceAnswer<T>> {
  return put(await source(), ask);
}

/** A source may take the time that it is given, within what the request has left. */
function limitOf(context: PlannedContext, leftMs: number): number {
  if (context.kind === 'local') return leftMs;
  const reservedMs = Math.min(MAX_RESERVED_MS, leftMs * RESERVED_RATIO);
  return Math.max(0, Math.floor(Math.min(context.edge.timeoutMs, leftMs - reservedMs)));
}

function judged<T>(context: PlannedContext, told: SourceAnswer<T>): ContextAnswer<T> {
  switch (told.outcome) {
    case 'answered': {
      const { value, tag, ageMs, isStale, requests, tookMs } = told;
      if (context.kind === 'feed' && tag === DENIED_TAG) {
        return { ...notAsked(''), outcome: 'denied', code: problemRegistry.forbidden.code, requests, tookMs };
      }
      const [isPartial, variesByChain] = [told.isPartial === true, told.variesByChain === true];
      const times = { ageMs: Math.round(ageMs), tookMs: Math.round(tookMs) };
      return { outcome: isStale ? 'stale' : 'answered', value, tag, isPartial, variesByChain, requests, ...times };
    }
    case 'unsupported':
      return { ...notAsked(told.detail), outcome: 'unsupported' };
    case 'unavailable': {
      const isDenial = context.kind === 'feed' && DENIALS.has(told.code);
      return { ...told, tookMs: Math.round(told.tookMs), outcome: isDenial ? 'denied' : 'unavailable' };
    }
  }
}

interface Unavailable {
  readonly outcome: 'unavailable';
  readonly code: string;
  readonly detail: string;
  readonly retryAfterMs: number;
  readonly requests: number;
  readonly tookMs: number;
}

const nothing = { outcome: 'unavailable', retryAfterMs: 0, requests: 0, tookMs: 0 } as const;

function notAsked(detail: string): Unavailable {
  return { ...nothing, code: problemRegistry.sourceUnavailable.code, detail };
}

function timedOut(limitMs: number): Unavailable {
  const detail = `it gave no answer within ${limitMs} ms`;
  return { ...nothing, code: problemRegistry.deadlineExceeded.code, detail, requests: 1 };
}

function failed(error: unknown): Unavailable {
  const { code, detail = '' } = error instanceof ProblemError ? error : new ProblemError('internal');
  return { ...nothing, code, detail };
}

function whyNot(unavailable: 'breadth' | 'loopPending'): string {
  return unavailable === 'breadth'
    ? 'whoever sent the query allows no further requests'
    : 'it has not been checked yet whether it leads back to this fleet';
}
