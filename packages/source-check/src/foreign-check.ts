/** A foreign source, looked at as the fleet asks it: through the guarded client, with its credential, within its time limit. */
import { ByteBoundedCache } from '@feedfleet/byte-bounded-cache';
import { describeService, foreignSource, foreignSourceOptions } from '@feedfleet/package-sources';
import type { ForeignProtocol, PackageSource, SourceAnswer } from '@feedfleet/package-sources';
import { problemRegistry } from '@feedfleet/problems';
import type { Source } from '@feedfleet/registry-client';
import type { SourceConnection } from '@feedfleet/source-http';
import { probeForLoop } from '@feedfleet/source-probe';
import type { ForeignSource, LoopProbeParts } from '@feedfleet/source-probe';

import { ABSENT_ID, versionWords } from './check-question.ts';
import type { CheckQuestion } from './check-question.ts';
import { checkedCertificate, connectionSteps } from './connection-steps.ts';
import { FOREIGN_STEPS, StepLog } from './source-check.ts';
import type { SourceCheck, StepName } from './source-check.ts';

export interface ForeignCheckParts extends LoopProbeParts {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const MEMORY_BYTES = 1024 ** 2;
const DENIED = problemRegistry.sourceDenied.code;

type Unavailable = Extract<SourceAnswer<never>, { readonly outcome: 'unavailable' }>;

/** @throws {ProblemError} `FF_SOURCE_UNAVAILABLE` when its credential cannot be read. @throws the signal's reason. */
export function checkForeign(
  source: ForeignSource,
  question: CheckQuestion,
  parts: ForeignCheckParts,
): Promise<SourceCheck> {
  return new ForeignCheck(source, question, parts).run();
}

class ForeignCheck {
  readonly #source: ForeignSource;
  readonly #question: CheckQuestion;
  readonly #parts: ForeignCheckParts;
  readonly #log = new StepLog();
  readonly #asked: PackageSource;
  #connection: SourceConnection | undefined;
  #resources: readonly string[] = [];
  #isAnswered = false;
  #isDenied = false;

  constructor(source: ForeignSource, question: CheckQuestion, parts: ForeignCheckParts) {
    this.#source = source;
    this.#question = question;
    this.#parts = parts;
    this.#asked = foreignSource(source, this.#sourceParts());
  }

  async run(): Promise<SourceCheck> {
    if ((await this.#connect()) && (await this.#protocol())) {
      // First, so that a loop is cut before anything goes round in it.
      await this.#loop();
      const found = await this.#search();
      await this.#query(found);
    }
    await this.#credential();
    const certificate = this.#connection?.certificate;
    return {
      works: !this.#log.hasFailed,
      steps: this.#log.all(FOREIGN_STEPS),
      certificate: certificate === undefined ? null : checkedCertificate(certificate, this.#parts.now()),
      resources: this.#resources,
    };
  }

  #sourceParts() {
    const { http, secrets } = this.#parts;
    const memory = new ByteBoundedCache<object>(MEMORY_BYTES);
    return { http, secrets, memory, key: `check ${this.#source.id}`, now: () => performance.now() };
  }

  async #connect(): Promise<boolean> {
    const { signal, remainingMs } = this.#question.ask;
    const { target } = foreignSourceOptions(this.#source, this.#sourceParts());
    const { url } = this.#source.target;
    this.#connection = await this.#parts.http.inspect(target, { url, signal, remainingMs });
    signal.throwIfAborted();
    const hasCredential = this.#source.credential !== null;
    return connectionSteps(this.#log, { connection: this.#connection, hasCredential, nowMs: this.#parts.now() });
  }

  async #describe(protocol: ForeignProtocol, source: Source = this.#source) {
    return describeService(protocol, foreignSourceOptions(source, this.#sourceParts()), this.#question.ask);
  }

  /** @returns whether it is worth going on. */
  async #protocol(): Promise<boolean> {
    const { protocol } = this.#source.target;
    const answer = await this.#describe(protocol);
    if (answer.outcome !== 'answered') {
      if (answer.outcome === 'unavailable') await this.#notSpoken(answer);
      return false;
    }
    this.#isAnswered = true;
    const { tookMs } = answer;
    if (answer.value !== null) {
      this.#resources = answer.value;
      this.#log.add('protocol', 'passed', describedWords(protocol, answer.value), { tookMs });
      return true;
    }
    if (protocol === 'v3') {
      const detail = `there is no service index at the URL (404)${await this.#otherProtocol()}`;
      this.#log.fail('protocol', 'sourceMalformed', detail);
      return false;
    }
    // Not every v2 server has one; whether it is one shows when it is asked.
    this.#log.add('protocol', 'warning', 'it does not describe itself: $metadata is not there (404)', { tookMs });
    return true;
  }

  #refused(step: StepName, { code, detail, tookMs }: Unavailable): void {
    this.#isDenied ||= code === DENIED;
    this.#log.add(step, 'failed', detail, { code, tookMs });
  }

  async #notSpoken(answer: Unavailable): Promise<void> {
    const isMalformed = answer.code === problemRegistry.sourceMalformed.code;
    const hint = isMalformed ? await this.#otherProtocol() : '';
    this.#refused('protocol', { ...answer, detail: `${answer.detail}${hint}` });
  }

  /** The end of a sentence: what it speaks instead, if anything. */
  async #otherProtocol(): Promise<string> {
    const other = this.#source.target.protocol === 'v3' ? 'v2' : 'v3';
    const answer = await this.#describe(other);
    const speaksOther = answer.outcome === 'answered' && answer.value !== null;
    return speaksOther ? `; it speaks NuGet ${other}: add the source with --protocol ${other}` : '';
  }

  /** @returns an id that the source has, if it tells one. */
  async #search(): Promise<string | undefined> {
    const query = { text: '', includePrerelease: true, includeSemVer2: true, packageType: null, take: 1, filters: [] };
    const answer = await this.#asked.search(query, this.#question.ask);
    switch (answer.outcome) {
      case 'answered': {
        const { total, hits } = answer.value;
        this.#log.add('search', 'passed', `finds ${total} packages`, { tookMs: answer.tookMs });
        return hits[0]?.id;
      }
      case 'unsupported':
        this.#log.add(
          'search',
          'warning',
          `${answer.detail.replace(/\.$/, '')}. Searches of the feed leave it out, and say so`,
        );
        return undefined;
      case 'unavailable':
        this.#refused('search', answer);
        return undefined;
    }
  }

  async #query(found: string | undefined): Promise<void> {
    const id = this.#question.packageId ?? found ?? ABSENT_ID;
    const answer = await this.#asked.versions([id.toLowerCase()], this.#question.ask);
    if (answer.outcome === 'answered') {
      this.#log.add('query', 'passed', versionWords(id, answer), { tookMs: answer.tookMs });
    } else if (answer.outcome === 'unavailable') this.#refused('query', answer);
    else this.#log.add('query', 'failed', answer.detail);
  }

  async #loop(): Promise<void> {
    const { signal: waiting, remainingMs } = this.#question.ask;
    const signal = AbortSignal.any([waiting, AbortSignal.timeout(Math.max(0, Math.floor(remainingMs())))]);
    const startedMs = performance.now();
    const result = await probeForLoop(this.#source, this.#parts, signal).catch(() => {
      waiting.throwIfAborted();
      return signal.aborted ? 'unknown' : 'untold';
    });
    const took = { tookMs: performance.now() - startedMs };
    if (result === 'untold') {
      this.#log.fail('loop', 'registryUnavailable', 'what the probe found could not be told to the registry');
    } else if (result === 'clear') {
      this.#log.add('loop', 'passed', 'clear: it does not lead back to this fleet without the feed chain', took);
    } else if (result === 'contradicted') {
      const detail = 'caught: it leads back to this fleet by a way that loses the feed chain, or was changed meanwhile';
      this.#log.add('loop', 'failed', `${detail}. It is cut while that is so`, took);
    } else this.#log.add('loop', 'failed', 'the probe was not answered, so nothing is known', took);
  }

  /** Told last, since resources may be guarded that the first answer only names. */
  async #credential(): Promise<void> {
    const { credential } = this.#source;
    if (this.#isDenied) {
      const given =
        credential === null ? 'it asks for a credential, and the source has none' : 'it refuses the credential';
      this.#log.fail('credential', 'sourceDenied', `${given} (401 or 403)`);
    } else if (this.#isAnswered && credential === null) {
      this.#log.add('credential', 'passed', 'none is given, and none was asked for');
    } else if (this.#isAnswered) {
      const answer = await this.#describe(this.#source.target.protocol, { ...this.#source, credential: null });
      const isNeeded = answer.outcome === 'unavailable' && answer.code === DENIED;
      const words = isNeeded
        ? 'accepted: without it the source refuses'
        : 'not refused; the source tells what it is without one too';
      this.#log.add('credential', 'passed', words);
    }
  }
}

function describedWords(protocol: ForeignProtocol, names: readonly string[]): string {
  if (protocol === 'v2') return `NuGet v2 with ${names.length} functions`;
  const has = (type: string): boolean => names.some((name) => name === type || name.startsWith(`${type}/`));
  const kinds = [
    ['registrations', 'RegistrationsBaseUrl'],
    ['package contents', 'PackageBaseAddress'],
    ['search', 'SearchQueryService'],
    ['autocomplete', 'SearchAutocompleteService'],
  ] as const;
  const words = (wanted: boolean): string =>
    kinds.flatMap(([word, type]) => (has(type) === wanted ? [word] : [])).join(', ') || 'nothing';
  return `NuGet v3 with ${names.length} types of resources: has ${words(true)}; lacks ${words(false)}`;
}
