/** Puts a question to all contexts of a plan at the same time, and tells what they said in the order of the plan. */
import { hash } from 'node:crypto';

import type { HierarchyPlan, PlannedContext } from '@feedfleet/feedchain';
import type { Counter, Histogram, Metrics } from '@feedfleet/host';
import type { Ask, PackageSource, SourceAnswer } from '@feedfleet/package-sources';
import { ProblemError } from '@feedfleet/problems';

import { askContext } from './context-answer.ts';
import type { ContextAnswer, QueryScope } from './context-answer.ts';
import { ownSourceName } from './context-outcomes.ts';
import type { ContextOutcomes } from './context-outcomes.ts';

export interface ToldByContext<T> {
  readonly context: PlannedContext;
  /** Index of the context in the query. */
  readonly from: number;
  readonly answer: ContextAnswer<T>;
}

/** The answers to one question. */
export interface Told<T> {
  readonly plan: HierarchyPlan;
  /** In the order of the plan. */
  readonly contexts: readonly ToldByContext<T>[];
  /** The same tag, the same answers of the same contexts. */
  readonly tag: string;
}

export type PutQuestion<T> = (source: PackageSource, context: PlannedContext, ask: Ask) => Promise<SourceAnswer<T>>;

/** Answers that are on their way. */
export interface Asked<T> {
  /** When all contexts have said something. @throws what the own store throws; the signal's reason. */
  readonly all: () => Promise<Told<T>>;
  /**
   * As `all`, but only if nothing is missing that the feed cannot do without; settles as soon as something is.
   *
   * @throws {ProblemError} `FF_SOURCE_UNAVAILABLE`
   */
  readonly complete: () => Promise<Told<T>>;
}

export class FanOutMetrics {
  readonly #requests: Counter;
  readonly #contexts: Histogram;

  constructor(metrics: Metrics) {
    this.#requests = metrics.counter({
      name: 'feedfleet_fanout_contexts_total',
      help: 'Contexts that were asked on behalf of a query, by kind (local, feed, foreign) and outcome.',
      labels: ['kind', 'outcome'],
    });
    this.#contexts = metrics.histogram({
      name: 'feedfleet_fanout_contexts_per_query',
      help: 'Contexts that a question of a query was put to.',
      buckets: [1, 2, 5, 10, 20, 50, 100, 500],
    });
  }

  asked(contexts: number): void {
    this.#contexts.observe(contexts);
  }

  told({ context, answer }: ToldByContext<unknown>): void {
    this.#requests.inc({ kind: context.kind, outcome: answer.outcome });
  }
}

export interface FanOutPorts {
  readonly scope: QueryScope;
  readonly sourceOf: (context: PlannedContext) => PackageSource | Promise<PackageSource>;
  readonly outcomes: ContextOutcomes;
  readonly metrics: FanOutMetrics;
}

export function fanOut<T>(
  { plan, put }: { readonly plan: HierarchyPlan; readonly put: PutQuestion<T> },
  ports: FanOutPorts,
): Asked<T> {
  const { scope, sourceOf, outcomes, metrics } = ports;
  // What no id leads to is not asked.
  const contexts = plan.contexts.filter(({ ids }) => ids === null || ids.length > 0);
  metrics.asked(contexts.length);
  const pending = contexts.map(async (context): Promise<ToldByContext<T>> => {
    const from = outcomes.indexOf(context);
    const question = {
      source: () => sourceOf(context),
      put: (source: PackageSource, ask: Ask) => put(source, context, ask),
      breadth: plan.foreignBreadth,
    };
    const told = { context, from, answer: await askContext(context, question, scope) };
    metrics.told(told);
    outcomes.record(context, told.answer);
    return told;
  });
  // Whoever waits is told; when nobody does, nobody is to be told of a query that was given up.
  for (const each of pending) each.catch(() => undefined);
  const all = async (): Promise<Told<T>> => toldBy(plan, await Promise.all(pending));
  const complete = async (): Promise<Told<T>> =>
    toldBy(plan, await Promise.all(pending.map(async (each) => orRefuse(plan, await each))));
  return { all, complete };
}

function toldBy<T>(plan: HierarchyPlan, contexts: readonly ToldByContext<T>[]): Told<T> {
  const tags = contexts.map(({ answer }) => ('tag' in answer ? `=${answer.tag}` : `!${answer.outcome} ${answer.code}`));
  return { plan, contexts, tag: hash('sha256', [plan.identity, ...tags].join('\n'), 'base64url') };
}

/** @throws {ProblemError} when what the context would have told cannot be done without. */
function orRefuse<T>(plan: HierarchyPlan, told: ToldByContext<T>): ToldByContext<T> {
  if (isMissing(told) || isPartOnly(told)) throw missingProblem(plan, told);
  return told;
}

/** What is told of an answer that says itself that something may be missing. */
const PART_ONLY = { code: '', detail: 'its answer is not complete', retryAfterMs: 0 } as const;

/** Whether nobody knows what a context has that the feed cannot do without. */
export function isMissing({ context, answer }: ToldByContext<unknown>): boolean {
  return context.isRequired && (answer.outcome === 'unavailable' || answer.outcome === 'unsupported');
}

/** Whether a context that the feed cannot do without says itself that something may be missing. */
export function isPartOnly({ context, answer }: ToldByContext<unknown>): boolean {
  return context.isRequired && 'value' in answer && answer.isPartial;
}

/** Names the source of the feed that was asked, and nothing behind it. */
export function missingProblem({ entry }: HierarchyPlan, { context, answer }: ToldByContext<unknown>): ProblemError {
  const { code, detail, retryAfterMs } = 'code' in answer ? answer : PART_ONLY;
  const name = ownSourceName(context);
  if (name === '') return new ProblemError('storeUnavailable', { detail });
  const isOwn = context.kind !== 'local' && context.via.length === 1;
  const why = isOwn && detail !== '' ? `: ${detail}` : '';
  return new ProblemError('sourceUnavailable', {
    detail: `the package source "${name}" of the feed ${entry.name} does not answer${code === '' ? '' : ` (${code})`}${why}`,
    reason: `The package source "${name}" does not answer`,
    retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1000)),
  });
}
