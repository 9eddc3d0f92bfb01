/** One client query over a feed and all that it leads to: puts each question to each context once, merges, and keeps account. */
import type { HierarchyPlan, PlannedContext } from '@feedfleet/feedchain';
import type { PackageSource } from '@feedfleet/package-sources';
import { ProblemError } from '@feedfleet/problems';
import type { Feed } from '@feedfleet/registry-client';

import type { QueryScope } from './context-answer.ts';
import { ContextOutcomes } from './context-outcomes.ts';
import { explanationOf } from './explain.ts';
import type { ExplainedTo, Explanation } from './explain.ts';
import { findContent } from './find-content.ts';
import type { FanOutMetrics } from './fan-out.ts';
import type {
  FeedHierarchy,
  HierarchyPageQuery,
  HierarchySearch,
  MergedContent,
  MergedHits,
  MergedIds,
  MergedRows,
  MergedVersion,
  MergedVersionsById,
  PageOrder,
} from './feed-hierarchy.ts';
import { isLacking } from './hierarchy-report.ts';
import type { HierarchyReport } from './hierarchy-report.ts';
import { mergeHits, mergeIds } from './merge-hits.ts';
import { mergeRows } from './merge-rows.ts';
import { mergeVersions } from './merge-versions.ts';
import { SyntheticKeys } from './merged-version.ts';
import type { Question } from './question.ts';
import { contextHits, contextIds, contextRows, contextVersions, Questioning } from './questioning.ts';
import type { SourcePins } from './source-pins.ts';
import { inTurns } from './steps.ts';
import type { Steps } from './steps.ts';

export interface HierarchyPorts {
  readonly entry: Feed;
  readonly scope: QueryScope;
  /** @param ids - in lower case; null for a question about all packages. */
  readonly planOf: (ids: readonly string[] | null) => HierarchyPlan;
  readonly sourceOf: (context: PlannedContext) => PackageSource | Promise<PackageSource>;
  readonly feedOf: (feedId: string) => Feed | undefined;
  readonly pins?: SourcePins;
  readonly metrics: FanOutMetrics;
}

export class QueryHierarchy implements FeedHierarchy {
  readonly #ports: HierarchyPorts;
  readonly #scope: QueryScope;
  readonly #ended = new AbortController();
  readonly #outcomes = new ContextOutcomes();
  readonly #keys = new SyntheticKeys();
  readonly #questioning: Questioning;
  /** By id in lower case: the question that asked for it, merged. */
  readonly #versions = new Map<string, Promise<MergedVersionsById>>();

  constructor(ports: HierarchyPorts) {
    this.#ports = ports;
    this.#scope = { ...ports.scope, signal: AbortSignal.any([ports.scope.signal, this.#ended.signal]) };
    this.#questioning = new Questioning({ ...ports, pins: ports.pins, scope: this.#scope, outcomes: this.#outcomes });
  }

  async versions(ids: readonly string[]): Promise<MergedVersionsById> {
    const wanted = [...new Set(ids.map((id) => id.toLowerCase()))];
    const unasked = wanted.filter((id) => !this.#versions.has(id));
    if (unasked.length > 0) {
      const merged = this.#mergedVersions(unasked);
      merged.catch(() => undefined);
      for (const id of unasked) this.#versions.set(id, merged);
    }
    const found = new Map<string, readonly MergedVersion[]>();
    for (const id of wanted) {
      const versions = (await this.#versions.get(id))?.get(id);
      if (versions !== undefined) found.set(id, versions);
    }
    return found;
  }

  async search({ skip, take, ...rest }: HierarchySearch): Promise<MergedHits> {
    const contexts = contextHits(await this.#questioning.search({ ...rest, take: skip + take, filters: [] }));
    const { items, total, isExact } = await this.#inTurns(mergeHits(contexts, this.#keys));
    return { total, isExact: this.#counted(isExact), hits: items.slice(skip, skip + take) };
  }

  async complete({ skip, take, ...rest }: HierarchySearch): Promise<MergedIds> {
    const contexts = contextIds(await this.#questioning.complete({ ...rest, take: skip + take, filters: [] }));
    const { items, total, isExact } = mergeIds(contexts);
    return { total, isExact: this.#counted(isExact), ids: items.slice(skip, skip + take) };
  }

  async page(query: HierarchyPageQuery, order: PageOrder): Promise<MergedRows> {
    const contexts = contextRows(await this.#questioning.page({ ...query, filters: [] }));
    const { take, withCount } = query;
    const { items, total, isExact, hasMore } = await this.#inTurns(
      mergeRows(contexts, { order, take, keys: this.#keys }),
    );
    if (!withCount) return { total: null, isExact, rows: items, hasMore };
    return { total, isExact: this.#counted(isExact), rows: items, hasMore };
  }

  content(id: string, normalizedVersion: string): Promise<MergedContent | undefined> {
    const own = { scope: this.#scope, outcomes: this.#outcomes, keys: this.#keys, questioning: this.#questioning };
    return findContent({ id, normalizedVersion }, { ...this.#ports, pins: this.#ports.pins, ...own });
  }

  /** What was asked, to be asked again for the next client. */
  get questions(): readonly Question[] {
    return this.#questioning.asked;
  }

  /**
   * Puts questions again that were put for a query like this one, without merging. What the protocol asks next is answered from that.
   *
   * @returns as `report.tag`; undefined when not all can be answered.
   */
  async askAgain(questions: readonly Question[]): Promise<string | undefined> {
    try {
      for (const question of questions) await this.#questioning.put(question);
      return this.report.tag;
    } catch (error) {
      // The protocol gets to see it, unless it can do without.
      if (error instanceof ProblemError && !this.#scope.signal.aborted) return undefined;
      throw error;
    }
  }

  /** Names who would be asked these questions, and by what rules; nobody is asked. */
  identityOf(questions: readonly Question[]): string {
    return this.#questioning.identityOf(questions);
  }

  /** Whether something was left out that others ask already, here or by a source: then the answers are for this query alone. */
  get variesByChain(): boolean {
    return this.#questioning.isPruned || this.#outcomes.variesByChain;
  }

  /** Which source each version of an id comes from, and what was left out; never refused for a source that does not answer. */
  async explain(id: string, viewer: ExplainedTo): Promise<Explanation> {
    const idLower = id.toLowerCase();
    const evidence = await this.#questioning.knownVersions([idLower]);
    const { plan, contexts } = evidence.told;
    const merged = await this.#inTurns(mergeVersions([idLower], contextVersions(evidence), this.#keys));
    const { withheld, isComplete } = this.report;
    return explanationOf({ id, plan, contexts, withheld, isComplete, merged: merged.get(idLower) ?? [] }, viewer);
  }

  get report(): HierarchyReport {
    const contexts = this.#outcomes.reports;
    return {
      contexts,
      isComplete: !contexts.some(isLacking),
      isCountExact: this.#outcomes.isCountExact,
      withheld: this.#outcomes.withheld,
      tag: this.#questioning.tag,
    };
  }

  /** Ends everything that is still under way on behalf of the query. */
  end(): void {
    this.#ended.abort();
  }

  async #mergedVersions(ids: readonly string[]): Promise<MergedVersionsById> {
    const evidence = await this.#questioning.versions(ids);
    return this.#inTurns(mergeVersions(ids, contextVersions(evidence), this.#keys));
  }

  #inTurns<T>(steps: Steps<T>): Promise<T> {
    return inTurns(steps, this.#scope.signal);
  }

  /** Notes whether a total that is given counts, or estimates. What is left out cannot be counted. */
  #counted(isExact: boolean): boolean {
    const isCount = isExact && this.report.isComplete;
    this.#outcomes.isCountExact &&= isCount;
    return isCount;
  }
}
