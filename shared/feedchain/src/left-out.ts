/** Why edges of a hierarchy are not followed: for those who want to know what a query did not ask. */
import type { RegistryView, Source } from '@feedfleet/registry-client';

import { loopEdges } from './hierarchy-loops.ts';
import type { FeedNode, HierarchyEdge } from './hierarchy-node.ts';
import type { CutEdge, DeniedEdge, SkippedEdge } from './hierarchy-plan.ts';
import type { Sighting } from './sighting.ts';

export interface LeftOut {
  readonly cut: readonly CutEdge[];
  readonly denied: readonly DeniedEdge[];
  readonly skipped: readonly SkippedEdge[];
}

interface Circumstances {
  readonly view: Pick<RegistryView, 'feedById'>;
  /** Sources of what others ask already. */
  readonly pruned: readonly Source[];
}

function skipReason(
  {
    hierarchy,
    isFiltered,
  }: { readonly hierarchy: Sighting['hierarchy']; readonly isFiltered: (edge: HierarchyEdge) => boolean },
  edge: HierarchyEdge,
  view: Pick<RegistryView, 'feedById'>,
): SkippedEdge['reason'] | undefined {
  const { source, target } = edge;
  if (!source.enabled) return 'disabled';
  if (source.target.kind === 'feed' && view.feedById(source.target.feed) === undefined) return 'noSuchFeed';
  const node = target === undefined ? undefined : hierarchy.nodes[target];
  if (node?.kind === 'foreign' && node.state === 'loopCaught') return 'loopCaught';
  return isFiltered(edge) ? 'filtered' : undefined;
}

export function leftOut(sighting: Sighting, { view, pruned }: Circumstances): LeftOut {
  const { hierarchy } = sighting;
  const reached = hierarchy.nodes.filter(
    (node): node is FeedNode => node.kind === 'feed' && sighting.isReached(node.index),
  );
  const edges = reached.flatMap((node) => node.edges);
  const judge = { hierarchy, isFiltered: (edge: HierarchyEdge) => sighting.isFiltered(edge) };
  const skipped = edges.flatMap((edge): SkippedEdge[] => {
    const reason = skipReason(judge, edge, view);
    return reason === undefined ? [] : [{ edge: edge.source, reason }];
  });
  const isSkipped = new Set(skipped.map(({ edge }) => edge));
  const denied = edges.flatMap(({ source }): DeniedEdge[] => {
    const denial = isSkipped.has(source) ? undefined : hierarchy.denialOf(source);
    return denial === undefined ? [] : [{ edge: source, denial }];
  });
  const cut = loopEdges(hierarchy)
    .filter(({ source, owner }) => sighting.isReached(owner) && !isSkipped.has(source))
    .map(({ source, owner, target }): CutEdge => ({ edge: source, reason: target === owner ? 'self' : 'loop' }));
  return { cut, denied, skipped: [...skipped, ...pruned.map((edge): SkippedEdge => ({ edge, reason: 'asked' }))] };
}
