/** What an edit of a feed's sources will change, before it is saved. */
import { ProblemError } from '@feedfleet/problems';
import type { Feed, RegistryView } from '@feedfleet/registry-client';

import { drawHierarchy } from './describe-hierarchy.ts';
import type { DrawnHierarchy, GraphReader } from './describe-hierarchy.ts';
import type { EditEffect, NamedLoop, SourceEdit } from './edit-effect.ts';
import { effectSentence } from './effect-sentence.ts';
import type { GraphEdge, GraphNode } from './hierarchy-graph.ts';
import { wayBack } from './hierarchy-loops.ts';
import type { HierarchyEdge } from './hierarchy-node.ts';

function applied(view: RegistryView, edit: SourceEdit): RegistryView {
  const id = edit.kind === 'put' ? edit.source.id : edit.sourceId;
  const value = edit.kind === 'put' ? edit.source : null;
  return view.apply({
    number: view.number + 1,
    at: new Date(0).toISOString(),
    actor: '',
    summary: 'proposed',
    operations: [{ entity: 'source', id, value }],
  });
}

const edgesOf = ({ hierarchy }: DrawnHierarchy): readonly HierarchyEdge[] =>
  hierarchy.nodes.flatMap((node) => (node.kind === 'feed' ? node.edges : []));

/** Indexes of the shortest loop through a source of the entry, which begins and ends with the entry. */
function loopThrough(drawn: DrawnHierarchy, sourceId: string): readonly number[] | undefined {
  const edge = edgesOf(drawn).find(({ source }) => source.id === sourceId);
  const way = edge === undefined ? undefined : wayBack(drawn.hierarchy, edge);
  return way === undefined ? undefined : [0, ...way];
}

/** The loop, unless the other drawing has it too. Whatever leads back to the entry is where it is cut. */
function loopOnlyIn(drawn: DrawnHierarchy, other: DrawnHierarchy, sourceId: string): NamedLoop | null {
  const loop = loopThrough(drawn, sourceId);
  if (loop === undefined) return null;
  const wayOf = ({ hierarchy }: DrawnHierarchy, indexes: readonly number[] | undefined): string | undefined =>
    indexes?.map((index) => hierarchy.nameOf(index)).join(' ');
  if (wayOf(drawn, loop) === wayOf(other, loopThrough(other, sourceId))) return null;
  const names = loop.map((index) => drawn.graph.nodes[index]?.name ?? null);
  return { names, cutAt: names.at(-2) ?? null };
}

function nodesOnlyIn(drawn: DrawnHierarchy, other: DrawnHierarchy): readonly GraphNode[] {
  const askedOf = ({ hierarchy, graph }: DrawnHierarchy): Map<string, GraphNode> =>
    new Map(
      graph.nodes
        .filter(({ state }) => state === 'asked')
        .map((node) => [hierarchy.nameOf(graph.nodes.indexOf(node)), node]),
    );
  const known = askedOf(other);
  return [...askedOf(drawn)].filter(([name]) => !known.has(name)).map(([, node]) => node);
}

function edgeOf(drawn: DrawnHierarchy, edit: SourceEdit): GraphEdge | null {
  if (edit.kind === 'remove') return null;
  return drawn.graph.edges[edgesOf(drawn).findIndex(({ source }) => source.id === edit.source.id)] ?? null;
}

/**
 * What an edit of a feed's sources will change for the queries of that feed.
 *
 * @throws {ProblemError} `FF_INVALID_ARGUMENT` when the source is not one of the feed.
 * @example
 * effectOfEdit(view, core, { edit: { kind: 'put', source }, reader }).sentence;
 * // 'This turns 4 upstream requests per query into 9; it closes the loop core -> team -> core, which is cut at team.'
 */
export function effectOfEdit(
  view: RegistryView,
  feed: Feed,
  { edit, reader }: { readonly edit: SourceEdit; readonly reader: GraphReader },
): EditEffect {
  const sourceId = edit.kind === 'put' ? edit.source.id : edit.sourceId;
  const owner = edit.kind === 'put' ? edit.source.feed : view.sourceById(edit.sourceId)?.feed;
  if (owner !== feed.id) {
    throw new ProblemError('invalidArgument', {
      detail: `expected an edit of a source of ${feed.id}, got one of ${owner ?? 'none'}`,
    });
  }
  const before = drawHierarchy(view, feed, reader);
  const after = drawHierarchy(applied(view, edit), feed, reader);
  const effect = {
    before: before.graph.cost,
    after: after.graph.cost,
    gained: nodesOnlyIn(after, before),
    lost: nodesOnlyIn(before, after),
    closes: loopOnlyIn(after, before, sourceId),
    opens: loopOnlyIn(before, after, sourceId),
    edge: edgeOf(after, edit),
  };
  return { ...effect, sentence: effectSentence(effect) };
}
