/**
 * Explains an id of a feed with sources: which source each version comes from, and what was left out, and why.
 *
 * A reader is told the names of the feed's own sources and nothing of what is behind them; a manager is told the ways, as far as his
 * credential reads the feeds on them.
 */
import type { HierarchyPlan, PlannedContext } from '@feedfleet/feedchain';
import type { VersionsById } from '@feedfleet/package-sources';
import type { Source } from '@feedfleet/registry-client';

import type { ToldByContext } from './fan-out.ts';
import { ownSourceName } from './context-outcomes.ts';
import type { MergedVersion } from './feed-hierarchy.ts';
import type { ContextOutcome, WithheldId } from './hierarchy-report.ts';

/** Who reads an explanation. */
export interface ExplainedTo {
  readonly isManager: boolean;
  /** Whether the reader's credential reads a feed. */
  readonly mayRead: (feedId: string) => boolean;
}

interface ExplainedVersion {
  readonly version: string;
  readonly listed: boolean;
  /** Name of the feed's own source; '' for the feed itself. */
  readonly source: string;
  readonly kind: PlannedContext['kind'];
  /** Names of the sources from the feed on; null for one that the reader may not know. */
  readonly path: readonly (string | null)[];
  /** Of the answer that told of it, in milliseconds. */
  readonly ageMs: number;
  /** Sources that have it too. */
  readonly alsoIn: readonly string[];
}

interface ExplainedContext {
  readonly source: string;
  readonly kind: PlannedContext['kind'];
  readonly path: readonly (string | null)[];
  readonly outcome: ContextOutcome;
  readonly code: string;
  readonly detail: string;
  readonly isRequired: boolean;
  readonly versions: number;
  readonly ageMs: number;
  readonly requests: number;
  readonly tookMs: number;
}

interface ExplainedEdge {
  readonly source: string;
  readonly reason: string;
}

export interface Explanation {
  readonly feed: string;
  readonly id: string;
  /** Whether every source that is needed has told what it has. */
  readonly isComplete: boolean;
  readonly versions: readonly ExplainedVersion[];
  readonly sources: readonly ExplainedContext[];
  /** Sources that lead back to where the query came from: nothing is lost by that. */
  readonly cut: readonly ExplainedEdge[];
  /** For managers only. */
  readonly denied: readonly ExplainedEdge[];
  readonly skipped: readonly ExplainedEdge[];
  readonly withheld: readonly { readonly source: string; readonly reason: WithheldId['reason'] }[];
}

export interface Explained {
  readonly id: string;
  readonly plan: HierarchyPlan;
  readonly contexts: readonly ToldByContext<VersionsById>[];
  readonly merged: readonly MergedVersion[];
  readonly withheld: readonly WithheldId[];
  readonly isComplete: boolean;
}

export function explanationOf(explained: Explained, viewer: ExplainedTo): Explanation {
  const { id, plan, contexts, merged, withheld, isComplete } = explained;
  const { entry, cut, denied, skipped } = plan;
  const byIndex = new Map(contexts.map((each) => [each.from, each]));
  const isNamed = (edge: Source): boolean => edge.feed === entry.id || (viewer.isManager && viewer.mayRead(edge.feed));
  const edges = (list: readonly { readonly edge: Source; readonly reason: string }[]): readonly ExplainedEdge[] =>
    list.filter(({ edge }) => isNamed(edge)).map(({ edge, reason }) => ({ source: edge.name, reason }));
  const shown = contexts.filter(({ answer }) => viewer.isManager || answer.outcome !== 'denied');
  return {
    ...{ feed: entry.name, id, isComplete },
    versions: merged.map((version) => explainedVersion(version, explained, { byIndex, viewer, isNamed })),
    sources: byOwnSource(
      shown.map((told) => explainedContext(told, id, { viewer, isNamed })),
      viewer,
    ),
    cut: edges(cut),
    denied: viewer.isManager ? edges(denied.map(({ edge, denial }) => ({ edge, reason: denial.outcome }))) : [],
    skipped: edges(skipped),
    withheld: withheld.map(({ context, reason }) => {
      const told = byIndex.get(context);
      return { source: told === undefined ? '' : ownSourceName(told.context), reason };
    }),
  };
}

interface Shown {
  readonly viewer: ExplainedTo;
  readonly isNamed: (edge: Source) => boolean;
}

function explainedVersion(
  { version, sortKey, listed, from }: MergedVersion,
  { id, contexts }: Explained,
  { byIndex, ...shown }: Shown & { readonly byIndex: ReadonlyMap<number, ToldByContext<VersionsById>> },
): ExplainedVersion {
  const told = byIndex.get(from);
  const others = contexts.filter(
    (each) => each.from !== from && versionsIn(each, id).some((row) => row.sortKey === sortKey),
  );
  return {
    ...{ version, listed },
    source: told === undefined ? '' : ownSourceName(told.context),
    kind: told?.context.kind ?? 'local',
    path: told === undefined ? [] : pathOf(told.context, shown),
    ageMs: told !== undefined && 'ageMs' in told.answer ? told.answer.ageMs : 0,
    alsoIn: [...new Set(others.map(({ context }) => ownSourceName(context)))],
  };
}

function explainedContext(
  { context, answer }: ToldByContext<VersionsById>,
  id: string,
  shown: Shown,
): ExplainedContext {
  const isOwn = context.kind === 'local' || context.via.length === 1;
  return {
    ...{ source: ownSourceName(context), kind: context.kind, path: pathOf(context, shown), outcome: answer.outcome },
    code: 'code' in answer ? answer.code : '',
    detail: 'detail' in answer && (isOwn || shown.viewer.isManager) ? answer.detail : '',
    isRequired: context.isRequired,
    versions: versionsIn({ answer }, id).length,
    ageMs: 'ageMs' in answer ? answer.ageMs : 0,
    ...{ requests: answer.requests, tookMs: answer.tookMs },
  };
}

/** From worst to best. */
const WORST_FIRST: readonly ContextOutcome[] = ['unavailable', 'unsupported', 'stale', 'answered'];

/** A reader who manages nothing is told of each source of the feed once, and not how much lies behind it. */
function byOwnSource(contexts: readonly ExplainedContext[], { isManager }: ExplainedTo): readonly ExplainedContext[] {
  if (isManager) return contexts;
  return [...Map.groupBy(contexts, ({ source }) => source).values()].flatMap((group) => {
    const [first] = group;
    const worst = WORST_FIRST.flatMap((outcome) => group.find((each) => each.outcome === outcome) ?? [])[0] ?? first;
    if (first === undefined || worst === undefined) return [];
    return {
      ...worst,
      kind: first.kind,
      versions: sum(group.map(({ versions }) => versions)),
      ageMs: Math.max(...group.map(({ ageMs }) => ageMs)),
      requests: first.source === '' ? first.requests : 1,
      tookMs: Math.max(...group.map(({ tookMs }) => tookMs)),
    };
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function versionsIn({ answer }: Pick<ToldByContext<VersionsById>, 'answer'>, id: string) {
  return 'value' in answer ? (answer.value.get(id.toLowerCase()) ?? []) : [];
}

/** A reader who manages nothing is not even told how long the way is. */
function pathOf(context: PlannedContext, { viewer, isNamed }: Shown): readonly (string | null)[] {
  if (context.kind === 'local') return [];
  const way = viewer.isManager ? context.via : context.via.slice(0, 1);
  return way.map((edge) => (isNamed(edge) ? edge.name : null));
}
