/**
 * Plans a query at its entry: everything that the feed leads to is asked directly and once, however the feeds refer to each other.
 *
 * What the client sees is the union over all ways, each with the filters and credentials of the way. A query that has come through
 * feeds of this fleet before, by way of the outside, leaves out what they ask already; only so far as they see as much of it.
 */
import { hash } from 'node:crypto';

import type { Feed, RegistryView, Source } from '@feedfleet/registry-client';

import type { ReceivedChain } from './feed-chain.ts';
import type { FleetChain } from './fleet-chain.ts';
import { HierarchyMemo } from './hierarchy-memo.ts';
import type { HierarchyPlan, LocalContext, PlannedContext } from './hierarchy-plan.ts';
import { leftOut } from './left-out.ts';
import { findProbe } from './probe-id.ts';
import { BrowseSighting, IdSighting } from './sighting.ts';
import type { Seen, Sighting } from './sighting.ts';

export interface HierarchyQuestion {
  /** The feed that the client asked. */
  readonly entry: Feed;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Of a query about ids, without case; `null` for one over all packages. */
  readonly ids: readonly string[] | null;
  /** As the request brought it. Must not be a leaf: a leaf has nothing to plan. */
  readonly chain: ReceivedChain;
  readonly fleet: FleetChain;
  /** Makes the plan of a large hierarchy cheaper from the second query on; one for a process. */
  readonly memo?: HierarchyMemo;
}

/** Upstream requests that one query may cause, those included that it causes here by way of the outside. */
export const QUERY_BREADTH = 4096;

/** Times that a foreign source is expected to ask this fleet for one query, at most. */
const outsideShare = 4;

function contextOf(sighting: Sighting, index: number, seen: Seen): PlannedContext | undefined {
  const node = sighting.hierarchy.nodes[index];
  const edge = seen.via.at(-1)?.source;
  const { ids, filters, areFiltersExact, isRequired } = seen;
  const via = seen.via.map(({ source }) => source);
  const admits: PlannedContext['admits'] = (version) => seen.admits(version);
  const base = { ids, filters, areFiltersExact, isRequired, via, admits };
  if (node === undefined || edge === undefined) return undefined;
  if (node.kind === 'feed') return { kind: 'feed', feed: node.feed, edge, unavailable: null, ...base };
  return {
    kind: 'foreign',
    key: node.key,
    edge,
    edges: seen.edges.map(({ source }) => source),
    unavailable: node.state === 'loopPending' ? 'loopPending' : null,
    admittingEdges: (version) => sighting.admittingEdges(node, version).map(({ source }) => source),
    ...base,
  };
}

function localContext(entry: Feed, ids: readonly string[] | null): LocalContext {
  const everything = { filters: [], areFiltersExact: true, admits: () => true };
  return { kind: 'local', feed: entry, ids, isRequired: true, unavailable: null, ...everything };
}

/** Those beyond the breadth that is left are not asked, the last ones first. */
function withinBreadth(contexts: readonly PlannedContext[], breadth: number): readonly PlannedContext[] {
  let left = breadth;
  return contexts.map((context) => {
    if (context.kind === 'local' || context.unavailable !== null) return context;
    left -= 1;
    return left >= 0 ? context : { ...context, unavailable: 'breadth' };
  });
}

/**
 * What each foreign source may cause. It may ask this fleet several times, each time with all that it was given, and nobody here can
 * tell: so it is given a fraction, and a query that comes in again and again from outside soon has nothing left to multiply.
 */
function breadthForEach(contexts: readonly PlannedContext[], breadth: number): number {
  const asked = contexts.filter(({ kind, unavailable }) => kind !== 'local' && unavailable === null);
  const foreign = asked.filter(({ kind }) => kind === 'foreign');
  return Math.floor((breadth - asked.length) / (Math.max(1, foreign.length) * outsideShare));
}

const policyOf = (feed: Feed | undefined): unknown => [feed?.id, feed?.reservedIds, feed?.sharedIds];

/** What the answer depends on beside the packages themselves. */
function described(context: PlannedContext, mark: string, view: Pick<RegistryView, 'feedById'>): unknown {
  if (context.kind === 'local') return [policyOf(context.feed), context.ids];
  const { edge, via, ids, filters, isRequired, unavailable } = context;
  const edges = context.kind === 'foreign' ? context.edges : [edge];
  return [
    context.kind === 'foreign' ? context.key : context.feed.id,
    [edge.id, edge.credential?.kind, edge.credential?.fingerprint, via[0]?.name],
    [ids, filters, isRequired, unavailable, mark],
    // Of feeds, what is allowed from where does not matter: only what is foreign is judged by it.
    context.kind === 'feed' ? null : edges.map(({ id, feed, mode }) => [id, mode, policyOf(view.feedById(feed))]),
  ];
}

/** The feeds of this fleet that the query has come through. Nothing is behind a feed that was deleted since. */
function askedFeeds(view: RegistryView, { chain, fleet }: HierarchyQuestion): readonly Feed[] {
  if (chain.outcome !== 'chain') return [];
  const tokens = new Set(chain.own.filter(({ leafOf }) => leafOf === null).map(({ token }) => token));
  return [...tokens].map((token) => fleet.feedOf(view, token)).filter((feed) => feed !== undefined);
}

const memoized = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
};

/**
 * Plans one query. Takes time in proportion to what the entry leads to, not to the size of the registry.
 *
 * @example
 * planHierarchy(view, { entry, now, ids: ['newtonsoft.json'], chain: { outcome: 'none' }, fleet }).contexts;
 */
export function planHierarchy(view: RegistryView, question: HierarchyQuestion): HierarchyPlan {
  const { entry, now, chain, memo = new HierarchyMemo() } = question;
  const ids = question.ids === null ? null : [...new Set(question.ids.map((id) => id.toLowerCase()))];
  const sight = (feed: Feed): Sighting => {
    const hierarchy = memo.hierarchyOf(view, feed, now);
    return ids === null ? new BrowseSighting(hierarchy, String(view.number)) : new IdSighting(hierarchy, ids);
  };
  const sighting = sight(entry);
  const before = askedFeeds(view, question).map((feed) => (feed.id === entry.id ? sighting : sight(feed)));
  const contexts: PlannedContext[] = [localContext(entry, ids)];
  // Of another fleet: two that refer to each other would else wait for each other's answer before they ask for it.
  const isProbe = ids?.every((id) => findProbe(id) === id) ?? false;
  const marks: string[] = [''];
  const pruned: Source[] = [];
  for (const node of sighting.hierarchy.nodes.slice(1)) {
    const seen = sighting.seen(node.index, before);
    const context = seen === undefined ? undefined : contextOf(sighting, node.index, seen);
    if (context !== undefined && !(isProbe && context.unavailable === 'loopPending')) {
      contexts.push(context);
      marks.push(seen?.mark ?? '');
    }
    if (before.length > 0 && isCutShort(sighting.seen(node.index, []), seen) && node.via !== null) {
      pruned.push(node.via.source);
    }
  }
  const breadth = (chain.outcome === 'chain' ? chain.breadth : null) ?? QUERY_BREADTH;
  const bounded = withinBreadth(contexts, breadth);
  const left = memoized(() => leftOut(sighting, { view, pruned }));
  return {
    entry,
    contexts: bounded,
    identity: hash(
      'sha256',
      JSON.stringify(bounded.map((each, at) => described(each, marks[at] ?? '', view))),
      'base64url',
    ),
    isPruned: pruned.length > 0,
    validUntilMs: sighting.hierarchy.validUntilMs,
    foreignBreadth: Math.max(0, breadthForEach(bounded, breadth)),
    get cut() {
      return left().cut;
    },
    get denied() {
      return left().denied;
    },
    get skipped() {
      return left().skipped;
    },
  };
}

/** Whether less is asked than without those who asked before. */
function isCutShort(whole: Seen | undefined, rest: Seen | undefined): boolean {
  return whole !== undefined && (rest === undefined || rest.ids?.length !== whole.ids?.length);
}
