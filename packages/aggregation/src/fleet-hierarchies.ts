/**
 * All hierarchies of a process: plans that are kept while the registry stays as it is, and one `QueryHierarchy` for each client query.
 */
import { feedChainProblem, HierarchyMemo, planHierarchy, readFeedChain, writeFeedChain } from '@feedfleet/feedchain';
import type {
  FeedContext,
  FleetChain,
  ForeignContext,
  HierarchyPlan,
  PlannedContext,
  ReceivedChain,
  WrittenChain,
} from '@feedfleet/feedchain';
import type { LogFields, Logger, Metrics } from '@feedfleet/host';
import type { PackageSource } from '@feedfleet/package-sources';
import type { Feed, RegistryView } from '@feedfleet/registry-client';

import type { ChainStep, QueryScope } from './context-answer.ts';
import { FanOutMetrics } from './fan-out.ts';
import { KeptPlans } from './kept-plans.ts';
import { QueryHierarchy } from './query-hierarchy.ts';
import type { SourcePins } from './source-pins.ts';

export interface FleetHierarchiesOptions {
  readonly directory: { current(): RegistryView };
  readonly fleet: FleetChain;
  /** What is asked for a context; quick, and the same for contexts that are the same. */
  readonly sourceOf: (context: FeedContext | ForeignContext, query: Pick<ClientQuery, 'mount'>) => PackageSource;
  readonly pins?: SourcePins;
  readonly metrics: Metrics;
  readonly log: Pick<Logger, 'error'>;
  /** Milliseconds since the epoch; the system's clock by default. */
  readonly now?: () => number;
}

/** The request of a client, as far as it matters to those who are asked for it. */
export interface ClientQuery {
  /** The feed that was asked. */
  readonly entry: Feed;
  /** Between a feed and the paths of the protocol that asks: feeds of the fleet are asked below the same. */
  readonly mount: string;
  readonly chain: ReceivedChain;
  /** What the feed has itself. */
  readonly local: PackageSource;
  readonly signal: AbortSignal;
  readonly remainingMs: () => number;
  readonly requestId: string;
  readonly traceparent: string;
}

export class FleetHierarchies {
  readonly #options: FleetHierarchiesOptions;
  readonly #plans = new KeptPlans();
  readonly #memo = new HierarchyMemo();
  readonly #metrics: FanOutMetrics;
  readonly #now: () => number;

  constructor(options: FleetHierarchiesOptions) {
    this.#options = options;
    this.#metrics = new FanOutMetrics(options.metrics);
    this.#now = options.now ?? Date.now;
  }

  /**
   * What the request says of the way that it has come.
   *
   * @throws {ProblemError} for a chain that is malformed, too long or out of time.
   */
  readChain(rawHeaders: readonly string[], targetFeedId: string): ReceivedChain {
    const received = readFeedChain(rawHeaders, { fleet: this.#options.fleet, nowMs: this.#now(), targetFeedId });
    const problem = feedChainProblem(received);
    if (problem !== undefined) throw problem;
    return received;
  }

  open(query: ClientQuery): QueryHierarchy {
    const { entry, local, signal, remainingMs, requestId, traceparent } = query;
    const view = this.#options.directory.current();
    const plans = new Map<string, HierarchyPlan>();
    const planOf = (ids: readonly string[] | null): HierarchyPlan => {
      const key = ids === null ? '' : `\n${ids.join('\n')}`;
      const plan = plans.get(key) ?? this.#planOf(view, query, { ids, key });
      plans.set(key, plan);
      return plan;
    };
    return new QueryHierarchy({
      ...{ entry, planOf, metrics: this.#metrics, feedOf: (feedId) => view.feedById(feedId) },
      sourceOf: (context) => (context.kind === 'local' ? local : this.#options.sourceOf(context, query)),
      ...(this.#options.pins === undefined ? {} : { pins: this.#options.pins }),
      scope: {
        ...{ signal, remainingMs, requestId, traceparent, now: this.#now, ...wayOf(query.chain) },
        chainTo: (context, step) => this.#chainTo(query, context, step),
        onDefect: (error) => this.#options.log.error('package source failed', error, fieldsOf(requestId)),
      },
    });
  }

  /** What somebody else asks already is left out of the plan for a chain, so that it is for this query alone. */
  #planOf(
    view: RegistryView,
    { entry, chain }: ClientQuery,
    { ids, key }: { readonly ids: readonly string[] | null; readonly key: string },
  ): HierarchyPlan {
    const now = this.#now();
    const { fleet } = this.#options;
    const plan = (): HierarchyPlan => planHierarchy(view, { entry, now, ids, chain, fleet, memo: this.#memo });
    const isForAll = chain.outcome !== 'chain' || (chain.own.length === 0 && chain.breadth === null);
    return isForAll ? this.#plans.get(view, `${entry.id}${key}`, { now, plan }) : plan();
  }

  #chainTo({ entry, chain }: ClientQuery, context: PlannedContext, step: ChainStep): WrittenChain {
    const leaf = context.kind === 'feed' ? { leafOf: context.feed.id } : {};
    return writeFeedChain(chain, { fleet: this.#options.fleet, feedId: entry.id, ...leaf, ...step });
  }
}

/** Only what this fleet wrote itself tells that others of it wait; a client can make up the rest of a chain. */
function wayOf(chain: ReceivedChain): Pick<QueryScope, 'isNested' | 'isRelayed' | 'depth'> {
  if (chain.outcome !== 'chain') return { isNested: false, isRelayed: false, depth: 1 };
  return { isNested: chain.own.length > 0, isRelayed: true, depth: chain.own.length + 1 };
}

function fieldsOf(requestId: string): LogFields {
  return { 'http.request.id': requestId };
}
