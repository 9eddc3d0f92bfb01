/**
 * A package source whose answers are kept: fresh ones are given without asking, older ones while they are asked for again, and complete
 * answers about ids stand in, marked, for a source that does not answer, or not for all of it. A source that denies access is
 * believed: what it told before is forgotten.
 *
 * Answers are whole or not kept at all; they are kept under the key of the context, which tells credentials apart. A query that came
 * back to this fleet with a feed chain is asked by itself: its answer may be pruned. One that came with a chain of others gets what is
 * kept for all, and what it brings is kept and shared for that chain alone: anybody can make one up. Package files are not kept.
 *
 * An answer that the source gave because of our own feed chain is for whoever comes the same way only. Until a source has given one,
 * who comes another way joins a request all the same, and asks again if the answer turns out to be such a one. What is asked for again in
 * the background is asked with the chain of who asks at that moment: an older one counts no more once its deadline has passed.
 */
import { setTimeout as wait } from 'node:timers/promises';

import { chainVariant } from '@feedfleet/feedchain';
import { abortable } from '@feedfleet/flights';

import { boundedMap } from './bounded-map.ts';
import { estimatedBytes } from './estimated-bytes.ts';
import { isDenial } from './is-denial.ts';
import { failedOnceMore, usefulness } from './kept-answer.ts';
import type { KeepingTimes, KeptAnswer } from './kept-answer.ts';
import type { Flown, KeptAnswers } from './kept-answers.ts';
import type {
  Ask,
  PackageSource,
  SourceAnswer,
  SourceContent,
  SourceHits,
  SourceIds,
  SourcePageQuery,
  SourceRows,
  SourceSearch,
  VersionsById,
} from './package-source.ts';
import { tagOf } from './source-call.ts';
import type { SourceVersion } from './source-version.ts';

const IDS_AT_A_TIME = 8;
/** How long somebody waits for a source when a complete copy can stand in: at most this, and a part of the time that is left. */
const PATIENCE_MS = 2000;
const PATIENCE_RATIO = 1 / 2;
/** For which a source that answered by the chain is taken to do so. */
const VARYING_MS = 10 * 60_000;
const FOR_EVER = new AbortController().signal;

export interface KeptSourceOptions {
  /** Shared by all sources of the process. */
  readonly answers: KeptAnswers;
  /** Of the context: protocol, URL and fingerprint of the credential. Whoever has the same key gets the same answers. */
  readonly key: string;
  readonly freshMs: number;
  /** How long a complete copy may stand in for a source that does not answer. */
  readonly staleMs: number;
  /** For a whole answer, whoever waits for it. */
  readonly timeoutMs: number;
  /** Waits for so many milliseconds, for tests. */
  readonly patience?: (ms: number, signal: AbortSignal) => Promise<void>;
}

interface Question<T extends object> {
  readonly key: string;
  readonly times: KeepingTimes;
  readonly put: (ask: Ask) => Promise<SourceAnswer<T>>;
  readonly isNegative: (value: T) => boolean;
}

export function keptSource(source: PackageSource, options: KeptSourceOptions): PackageSource {
  return new KeptSource(source, options);
}

class KeptSource implements PackageSource {
  readonly #source: PackageSource;
  readonly #options: KeptSourceOptions;
  readonly #answers: KeptAnswers;

  constructor(source: PackageSource, options: KeptSourceOptions) {
    this.#source = source;
    this.#options = options;
    this.#answers = options.answers;
  }

  async versions(ids: readonly string[], ask: Ask): Promise<SourceAnswer<VersionsById>> {
    if (ask.isNested === true) return this.#source.versions(ids, ask);
    const [only] = ids;
    if (only !== undefined && ids.length === 1) return this.#versionsOf(only, ask);
    const started = this.#answers.now();
    const parts = await boundedMap(ids, IDS_AT_A_TIME, (id) => this.#versionsOf(id, ask));
    return together(parts, this.#answers.now() - started);
  }

  search(query: SourceSearch, ask: Ask): Promise<SourceAnswer<SourceHits>> {
    return this.#found('search', query, ask, (each) => this.#source.search(query, each));
  }

  complete(query: SourceSearch, ask: Ask): Promise<SourceAnswer<SourceIds>> {
    return this.#found('complete', query, ask, (each) => this.#source.complete(query, each));
  }

  page(query: SourcePageQuery, ask: Ask): Promise<SourceAnswer<SourceRows>> {
    return this.#found('page', query, ask, (each) => this.#source.page(query, each));
  }

  content(
    of: { readonly id: string; readonly normalizedVersion: string },
    ask: Ask,
  ): Promise<SourceAnswer<SourceContent | null>> {
    return this.#source.content(of, ask);
  }

  #versionsOf(id: string, ask: Ask): Promise<SourceAnswer<VersionsById>> {
    return this.#answer(
      {
        key: this.#keyOf('versions', id),
        times: { freshMs: this.#options.freshMs, standInMs: this.#options.staleMs },
        put: (each) => this.#source.versions([id], each),
        isNegative: (value) => value.size === 0,
      },
      ask,
    );
  }

  /** Searches may be partial, but they are not told out of what was once true. */
  #found<T extends object>(
    kind: string,
    query: object,
    ask: Ask,
    put: (ask: Ask) => Promise<SourceAnswer<T>>,
  ): Promise<SourceAnswer<T>> {
    if (ask.isNested === true) return put(ask);
    const times = { freshMs: this.#options.freshMs, standInMs: 0 };
    return this.#answer({ key: this.#keyOf(kind, JSON.stringify(query)), times, put, isNegative: () => false }, ask);
  }

  #keyOf(kind: string, what: string): string {
    return `answer ${this.#options.key}\n${kind}\n${what}`;
  }

  async #answer<T extends object>(question: Question<T>, ask: Ask): Promise<SourceAnswer<T>> {
    ask.signal.throwIfAborted();
    const started = this.#answers.now();
    const kept = this.#keptFor(question, ask)?.kept;
    const use = kept === undefined ? 'spent' : usefulness(kept, question.times, started);
    if (kept === undefined || use === 'spent') return this.#shared(question, ask);
    if (use === 'fresh') return this.#told(kept, started, false);
    const isResting = started < kept.restsUntilMs;
    if (use === 'usable') {
      void this.#askAgain(question, ask);
      return this.#told(kept, started, false);
    }
    if (kept.failures > 0) {
      // It gave no answer the last time: nobody waits for it until it gives one.
      if (!isResting) void this.#askAgain(question, ask);
      return this.#told(kept, started, true);
    }
    const answer = await this.#patiently(question, ask);
    if (answer !== undefined && !isWorseThanCopy(answer)) return answer;
    const { requests } = answer ?? { requests: 0 };
    return { ...this.#told<T>(kept, started, true), requests };
  }

  #told<T extends object>(kept: KeptAnswer, startedMs: number, isStale: boolean): Answered<T> {
    const now = this.#answers.now();
    return {
      ...{ outcome: 'answered', value: kept.value as T, tag: kept.tag, ageMs: now - kept.askedAtMs, isStale },
      ...{ ...(kept.variesByChain ? { variesByChain: true as const } : {}), requests: 0, tookMs: now - startedMs },
    };
  }

  /** The answer of the one request that is under way for all who ask; it ends when nobody waits for it any more. */
  async #shared<T extends object>(question: Question<T>, ask: Ask): Promise<SourceAnswer<T>> {
    const started = this.#answers.now();
    const variant = chainVariant(ask.chain);
    const flight = { isOwn: false };
    const fly = async (signal: AbortSignal): Promise<Flown> => {
      flight.isOwn = true;
      return { answer: await this.#put(question, ask, signal), variant };
    };
    const join = (key: string): Promise<Flown> => this.#answers.flights.join(key, fly, ask.signal);
    // Who gives the source less time does not decide for those who give it more.
    const key = `within ${this.#options.timeoutMs} ms ${question.key}`;
    const ownKey = variantKey(key, variant);
    let flown = await join(this.#isVarying || ask.isRelayed === true ? ownKey : key);
    if (isOfAnotherWay(flown, variant)) flown = await join(ownKey);
    const answer = flown.answer as SourceAnswer<T>;
    if (flight.isOwn || answer.outcome === 'unsupported') return answer;
    // What others had sent is counted by them.
    return { ...answer, requests: 0, tookMs: this.#answers.now() - started };
  }

  /** Asks for it again, also when nobody waits. */
  #askAgain<T extends object>(question: Question<T>, ask: Ask): Promise<SourceAnswer<T> | undefined> {
    return this.#shared(question, { ...ask, signal: FOR_EVER }).catch((error: unknown) => {
      this.#answers.onFault(error);
      return undefined;
    });
  }

  /** Undefined when the source takes its time; the request goes on then. */
  async #patiently<T extends object>(question: Question<T>, ask: Ask): Promise<SourceAnswer<T> | undefined> {
    const patience = new AbortController();
    // The copy has to be told while somebody still listens.
    const patienceMs = Math.min(PATIENCE_MS, ask.remainingMs() * PATIENCE_RATIO);
    const over = (this.#options.patience ?? waitPatiently)(patienceMs, patience.signal).then(() => undefined);
    try {
      return await abortable(Promise.race([this.#askAgain(question, ask), over]), ask.signal);
    } finally {
      over.catch(() => undefined);
      patience.abort();
    }
  }

  /** The newest that is kept for who comes this way. */
  #keptFor({ key }: { readonly key: string }, { chain }: Ask): { key: string; kept: KeptAnswer } | undefined {
    const found = [key, variantKey(key, chainVariant(chain))].flatMap((each) => {
      const kept = this.#answers.memory.get(each) as KeptAnswer | undefined;
      return kept === undefined ? [] : [{ key: each, kept }];
    });
    return found.sort((left, right) => right.kept.askedAtMs - left.kept.askedAtMs)[0];
  }

  get #varyingKey(): string {
    return `varying ${this.#options.key}`;
  }

  get #isVarying(): boolean {
    const noted = this.#answers.memory.get(this.#varyingKey) as { readonly untilMs: number } | undefined;
    return noted !== undefined && this.#answers.now() < noted.untilMs;
  }

  async #put<T extends object>(question: Question<T>, ask: Ask, signal: AbortSignal): Promise<SourceAnswer<T>> {
    const { now } = this.#answers;
    const askedAtMs = now();
    const endsAtMs = askedAtMs + this.#options.timeoutMs;
    const answer = await question.put({ ...ask, signal, remainingMs: () => Math.max(0, endsAtMs - now()) });
    if (isDenial(answer)) this.#forget(question, ask);
    else if (isWorseThanCopy(answer)) {
      await this.#noteFailure(question, ask, answer.outcome === 'unavailable' ? answer.retryAfterMs : 0);
    }
    if (answer.outcome !== 'answered') return answer;
    if (answer.variesByChain === true) this.#answers.memory.set(this.#varyingKey, { untilMs: now() + VARYING_MS }, 0);
    if (!answer.isStale && answer.isPartial !== true) await this.#keep(question, answer, { ask, askedAtMs });
    return answer;
  }

  async #keep<T extends object>(
    question: Question<T>,
    answer: Answered<T>,
    { ask, askedAtMs }: { readonly ask: Ask; readonly askedAtMs: number },
  ): Promise<void> {
    const { value, tag } = answer;
    const variesByChain = answer.variesByChain === true;
    const spread = this.#answers.random();
    const kept: KeptAnswer = {
      ...{ value, tag, askedAtMs, variesByChain, isNegative: question.isNegative(value), spread },
      ...{ failures: 0, restsUntilMs: 0 },
    };
    const key =
      variesByChain || ask.isRelayed === true ? variantKey(question.key, chainVariant(ask.chain)) : question.key;
    this.#answers.memory.set(key, kept, await estimatedBytes(value, FOR_EVER));
  }

  /** Who is not let in any more is not told what was told before. */
  #forget({ key }: { readonly key: string }, { chain, isRelayed }: Ask): void {
    this.#answers.memory.delete(variantKey(key, chainVariant(chain)));
    if (isRelayed !== true) this.#answers.memory.delete(key);
  }

  async #noteFailure<T extends object>(question: Question<T>, ask: Ask, retryAfterMs: number): Promise<void> {
    const found = this.#keptFor(question, ask);
    if (found === undefined || (ask.isRelayed === true && found.key === question.key)) return;
    const { key, kept } = found;
    const failed = failedOnceMore(kept, { nowMs: this.#answers.now(), retryAfterMs, random: this.#answers.random() });
    this.#answers.memory.set(key, failed, await estimatedBytes(kept.value, FOR_EVER));
  }
}

type Answered<T> = Extract<SourceAnswer<T>, { readonly outcome: 'answered' }>;

const waitPatiently = (ms: number, signal: AbortSignal): Promise<void> => wait(ms, undefined, { signal });

/** Whether a complete copy that is older tells whoever asks more. */
function isWorseThanCopy<T>(answer: SourceAnswer<T>): answer is Exclude<SourceAnswer<T>, { outcome: 'unsupported' }> {
  if (answer.outcome === 'unavailable') return !isDenial(answer);
  return answer.outcome === 'answered' && answer.isPartial === true;
}

function variantKey(key: string, variant: string): string {
  return `by ${variant}\n${key}`;
}

function isOfAnotherWay({ answer, variant }: Flown, ownVariant: string): boolean {
  return answer.outcome === 'answered' && answer.variesByChain === true && variant !== ownVariant;
}

/** Answers about several ids as one: whole, or none. */
function together(parts: readonly SourceAnswer<VersionsById>[], tookMs: number): SourceAnswer<VersionsById> {
  const value = new Map<string, readonly SourceVersion[]>();
  const tags: string[] = [];
  let [ageMs, requests, isStale, isPartial, isVaried] = [0, 0, false, false, false];
  for (const part of parts) {
    if (part.outcome !== 'unsupported') requests += part.requests;
    if (part.outcome !== 'answered') continue;
    for (const [id, versions] of part.value) value.set(id, versions);
    tags.push(part.tag);
    ageMs = Math.max(ageMs, part.ageMs);
    isStale ||= part.isStale;
    isPartial ||= part.isPartial === true;
    isVaried ||= part.variesByChain === true;
  }
  const failed = parts.find(({ outcome }) => outcome !== 'answered');
  if (failed !== undefined) return failed.outcome === 'unavailable' ? { ...failed, requests, tookMs } : failed;
  const marks = {
    ...(isPartial ? { isPartial: true as const } : {}),
    ...(isVaried ? { variesByChain: true as const } : {}),
  };
  return { outcome: 'answered', value, tag: tagOf(tags), ageMs, isStale, ...marks, requests, tookMs };
}
