/**
 * Puts the questions of one query, each once, and gathers what merging needs beside the rows: which ids the fleet has itself, which are
 * pinned, and a tag that names all of it.
 */
import { hash } from 'node:crypto';

import type { HierarchyPlan, PlannedContext } from '@feedfleet/feedchain';
import type {
  SourceHits,
  SourceIds,
  SourcePageQuery,
  SourceRows,
  SourceSearch,
  VersionsById,
} from '@feedfleet/package-sources';
import { ProblemError } from '@feedfleet/problems';
import type { Feed } from '@feedfleet/registry-client';

import { askContext } from './context-answer.ts';
import { ContextGate } from './context-gate.ts';
import { fanOut, isMissing, missingProblem } from './fan-out.ts';
import type { Asked, PutQuestion, FanOutPorts, Told, ToldByContext } from './fan-out.ts';
import type { ContextHits, ContextIds } from './merge-hits.ts';
import type { ContextRows } from './merge-rows.ts';
import type { ContextVersions } from './merge-versions.ts';
import { questionKey } from './question.ts';
import type { Question } from './question.ts';
import type { SourcePins } from './source-pins.ts';

export interface QuestioningPorts extends FanOutPorts {
  readonly entry: Feed;
  readonly planOf: (ids: readonly string[] | null) => HierarchyPlan;
  readonly feedOf: (feedId: string) => Feed | undefined;
  readonly pins: SourcePins | undefined;
}

/** What was told, and what comes through of it. */
export interface Evidence<T> {
  readonly told: Told<T>;
  readonly gate: ContextGate;
  /** A feed of this fleet that is silent, and for which something from outside is held back: it may have the id itself. */
  readonly heldBackFor: ToldByContext<T> | undefined;
}

/** How much more is asked of a source that does not filter itself, and the most that is asked of it for that. */
const UNFILTERED_FACTOR = 4;
const MAX_UNFILTERED = 1000;
/** Rows that all contexts together are asked for, and what each may always be asked for: what is asked for is held in memory. */
const MAX_ROWS = 50_000;
const USUAL_ROWS = 201;
/** Ids that the feed's own store is asked for at once. */
const MAX_HELD_IDS = 500;

type Browsing = Exclude<Question, { readonly kind: 'versions' }>;

const lower = (id: string): string => id.toLowerCase();

export class Questioning {
  readonly #ports: QuestioningPorts;
  readonly #questions = new Map<string, Question>();
  readonly #tags = new Map<string, string>();
  readonly #versions = new Map<string, Asked<VersionsById>>();
  readonly #evidence = new Map<string, Promise<unknown>>();

  constructor(ports: QuestioningPorts) {
    this.#ports = ports;
  }

  /** In order. */
  get asked(): readonly Question[] {
    return [...this.#questions.values()];
  }

  /** Names all answers; empty when nothing was asked. */
  get tag(): string {
    if (this.#tags.size === 0) return '';
    return hash('sha256', JSON.stringify([...this.#tags].sort()), 'base64url');
  }

  /** The same identity, the same contexts and rules for these questions. */
  identityOf(questions: readonly Question[]): string {
    const plans = questions.map((question) => this.#planOf(question));
    return plans.map(({ identity }) => identity).join('\n');
  }

  /** Whether something was left out because others ask it already. */
  get isPruned(): boolean {
    return this.asked.some((question) => this.#planOf(question).isPruned);
  }

  /** @throws {ProblemError} as its kind does. */
  async put(question: Question): Promise<void> {
    switch (question.kind) {
      case 'versions':
        await this.versions(question.ids);
        return;
      case 'search':
        await this.search(question.query);
        return;
      case 'complete':
        await this.complete(question.query);
        return;
      case 'page':
        await this.page(question.query);
    }
  }

  /**
   * @param ids - in lower case, each once.
   * @throws {ProblemError} `FF_SOURCE_UNAVAILABLE` when something is missing that the feed cannot do without.
   */
  versions(ids: readonly string[]): Promise<Evidence<VersionsById>> {
    const question: Question = { kind: 'versions', ids };
    return this.#once(question, async () => {
      const evidence = await this.#ofVersions(question, await this.#askVersions(ids).complete());
      // An optional feed may be left out, but not so that its ids come from somebody else.
      const { told, heldBackFor } = evidence;
      if (heldBackFor !== undefined) throw missingProblem(told.plan, heldBackFor);
      return evidence;
    });
  }

  /** As `versions`, with whatever is known. */
  async knownVersions(ids: readonly string[]): Promise<Evidence<VersionsById>> {
    const question: Question = { kind: 'versions', ids };
    this.#questions.set(questionKey(question), question);
    return this.#ofVersions(question, await this.#askVersions(ids).all());
  }

  search(query: SourceSearch): Promise<Evidence<SourceHits>> {
    return this.#browse(
      { kind: 'search', query },
      (source, context, ask) => source.search(forContext(query, context), ask),
      ({ hits }) => hits.map(({ id }) => id),
    );
  }

  complete(query: SourceSearch): Promise<Evidence<SourceIds>> {
    return this.#browse(
      { kind: 'complete', query },
      (source, context, ask) => source.complete(forContext(query, context), ask),
      ({ ids }) => ids,
    );
  }

  page(query: SourcePageQuery): Promise<Evidence<SourceRows>> {
    return this.#browse(
      { kind: 'page', query },
      (source, { filters }, ask) => source.page({ ...query, filters }, ask),
      ({ rows }) => rows.map(({ id }) => id),
    );
  }

  #planOf(question: Question): HierarchyPlan {
    return this.#ports.planOf(question.kind === 'versions' ? question.ids : null);
  }

  #askVersions(ids: readonly string[]): Asked<VersionsById> {
    const key = JSON.stringify(ids);
    const known = this.#versions.get(key);
    if (known !== undefined) return known;
    const plan = this.#ports.planOf(ids);
    const asked = fanOut<VersionsById>(
      { plan, put: (source, context, ask) => source.versions(context.ids ?? ids, ask) },
      this.#ports,
    );
    this.#versions.set(key, asked);
    return asked;
  }

  async #ofVersions(question: Question, told: Told<VersionsById>): Promise<Evidence<VersionsById>> {
    const idsOf = (versions: VersionsById): readonly string[] => [...versions.keys()];
    const foreign = idsFrom(told, 'foreign', idsOf);
    const pins = await this.#pinsOf(foreign);
    return this.#prove(question, told, { pins, foreign, held: idsFrom(told, 'own', idsOf) });
  }

  #browse<T>(question: Browsing, put: PutQuestion<T>, idsOf: (value: T) => readonly string[]): Promise<Evidence<T>> {
    return this.#once(question, async () => {
      this.#refuseTooDeep(question.query.take);
      const told = await fanOut({ plan: this.#ports.planOf(null), put }, this.#ports).all();
      const [own] = told.contexts;
      if (own?.context.kind === 'local' && isMissing(own)) throw missingProblem(told.plan, own);
      const foreign = idsFrom(told, 'foreign', idsOf);
      const held = idsFrom(told, 'own', idsOf);
      const [pins, local] = await Promise.all([
        this.#pinsOf(foreign),
        this.#localOf(
          told,
          [...foreign].filter((id) => !held.has(id)),
        ),
      ]);
      return this.#prove(question, told, { pins, foreign, held: new Set([...held, ...local]) });
    });
  }

  /** @throws {ProblemError} `FF_INVALID_QUERY`. */
  #refuseTooDeep(take: number): void {
    const sources = this.#ports.planOf(null).contexts.length;
    const most = Math.max(USUAL_ROWS, Math.floor(MAX_ROWS / sources));
    if (take <= most) return;
    throw new ProblemError('invalidQuery', {
      detail: `what is skipped and taken together: expected at most ${most - 1} in a feed with this many package sources, got ${take - 1}`,
      reason: `Invalid query: too deep a page of a feed with many package sources`,
    });
  }

  #once<T>(question: Question, gather: () => Promise<Evidence<T>>): Promise<Evidence<T>> {
    const key = questionKey(question);
    const known = this.#evidence.get(key);
    // A key names its kind of question, and each kind has one type of answer.
    if (known !== undefined) return known as Promise<Evidence<T>>;
    this.#questions.set(key, question);
    const evidence = gather();
    evidence.catch(() => undefined);
    this.#evidence.set(key, evidence);
    return evidence;
  }

  #prove<T>(question: Question, told: Told<T>, { pins, foreign, held }: ProvingFacts): Evidence<T> {
    const { entry, feedOf, outcomes } = this.#ports;
    this.#tags.set(questionKey(question), JSON.stringify([told.tag, [...pins].sort()]));
    const silent = told.contexts.find(isSilentFeed);
    const doubtful = silent === undefined ? [] : [...foreign].filter((id) => !held.has(id) && !pins.has(id));
    const gate = new ContextGate({ entry, feedOf, outcomes, pins, held: new Set([...held, ...doubtful]) });
    const isHeldBack = doubtful.some((id) => told.contexts.some((each) => withholds(gate, each, id)));
    return { told, gate, heldBackFor: isHeldBack ? silent : undefined };
  }

  async #pinsOf(ids: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
    const { pins, entry } = this.#ports;
    return pins === undefined || ids.size === 0 ? new Map() : pins.pinsOf(entry.id, [...ids]);
  }

  /** Those of the ids that the feed has itself, though a search did not tell: its own store is at hand, and no upstream. */
  async #localOf(told: Told<unknown>, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const own = told.contexts[0]?.context;
    if (ids.length === 0 || own?.kind !== 'local') return new Set();
    const { scope, sourceOf } = this.#ports;
    const wanted = ids.slice(0, MAX_HELD_IDS);
    const answer = await askContext<VersionsById>(
      own,
      { source: () => sourceOf(own), put: (source, ask) => source.versions(wanted, ask), breadth: 0 },
      scope,
    );
    return new Set('value' in answer ? answer.value.keys() : []);
  }
}

interface ProvingFacts {
  readonly pins: ReadonlyMap<string, string>;
  /** Ids that foreign sources told of, in lower case. */
  readonly foreign: ReadonlySet<string>;
  /** Ids that feeds of this fleet told of, in lower case. */
  readonly held: ReadonlySet<string>;
}

/** Whether a feed of this fleet said nothing: nobody knows which ids it has. */
function isSilentFeed({ context, answer }: ToldByContext<unknown>): boolean {
  return context.kind !== 'foreign' && (answer.outcome === 'unavailable' || answer.outcome === 'unsupported');
}

/** Whether a foreign source that lets the id through by its filters may not bring it in because a feed may have it. */
function withholds(gate: ContextGate, { context }: ToldByContext<unknown>, id: string): boolean {
  const row = { id, isPrerelease: false };
  return context.kind === 'foreign' && context.admits(row) && gate.admittingEdge(context, row) === undefined;
}

/** Ids in lower case, from the feeds of this fleet or from foreign sources. */
function idsFrom<T>(told: Told<T>, whose: 'own' | 'foreign', idsOf: (value: T) => readonly string[]): Set<string> {
  const contexts = told.contexts.filter(({ context }) => (context.kind === 'foreign') === (whose === 'foreign'));
  return new Set(contexts.flatMap(({ answer }) => ('value' in answer ? idsOf(answer.value) : [])).map(lower));
}

/** What does not filter itself is asked for more, so that enough is left. */
function forContext(query: SourceSearch, { kind, filters }: PlannedContext): SourceSearch {
  const isUnfiltered = kind === 'foreign' && filters.length > 0;
  const more = Math.max(query.take, Math.min(query.take * UNFILTERED_FACTOR, MAX_UNFILTERED));
  return { ...query, take: isUnfiltered ? more : query.take, filters };
}

/** Whether what a context counts is what comes through. */
const countsExactly = ({ kind, filters, areFiltersExact }: PlannedContext): boolean =>
  areFiltersExact && (kind !== 'foreign' || filters.length === 0);

interface Common<R> {
  readonly from: number;
  readonly admits: (row: R) => boolean;
  readonly isTotalExact: boolean;
}

function eachAnswer<T, C>(
  { told, gate }: Evidence<T>,
  make: (value: T, common: Common<{ readonly id: string; readonly isPrerelease: boolean }>) => C,
): readonly C[] {
  return told.contexts.flatMap(({ context, from, answer }: ToldByContext<T>) => {
    if (!('value' in answer)) return [];
    return [make(answer.value, { from, admits: gate.admitsOf(context, from), isTotalExact: countsExactly(context) })];
  });
}

export function contextVersions(evidence: Evidence<VersionsById>): readonly ContextVersions[] {
  return eachAnswer(evidence, (versions, { from, admits }) => ({ from, versions, admits }));
}

export function contextHits(evidence: Evidence<SourceHits>): readonly ContextHits[] {
  return eachAnswer(evidence, (value, common) => ({ ...value, ...common }));
}

export function contextIds(evidence: Evidence<SourceIds>): readonly ContextIds[] {
  return eachAnswer(evidence, (value, { admits, ...common }) => ({
    ...value,
    ...common,
    admits: (id: string) => admits({ id, isPrerelease: false }),
  }));
}

export function contextRows(evidence: Evidence<SourceRows>): readonly ContextRows[] {
  return eachAnswer(evidence, (value, common) => ({ ...value, ...common }));
}
