/** Draws the hierarchy of a feed, for one reader. */
import type { Feed, RegistryView } from '@feedfleet/registry-client';

import type {
  FeedSight,
  GraphDiamond,
  GraphEdge,
  GraphLoop,
  GraphNode,
  HierarchyCost,
  HierarchyGraph,
} from './hierarchy-graph.ts';
import { loopEdges, wayBack } from './hierarchy-loops.ts';
import type { HierarchyEdge, HierarchyNode } from './hierarchy-node.ts';
import { Hierarchy } from './hierarchy.ts';

export interface GraphReader {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What the reader may know of a feed. Never asked of the entry, which the reader is allowed to manage. */
  readonly sightOf: (feed: Feed) => FeedSight;
}

/** Loops that are drawn; there can be as many as edges. */
const maxLoops = 32;

/** A hierarchy, its drawing, and what tells its nodes from those of another drawing. */
export interface DrawnHierarchy {
  readonly hierarchy: Hierarchy;
  readonly graph: HierarchyGraph;
}

class Drawing {
  readonly #view: RegistryView;
  readonly #hierarchy: Hierarchy;
  readonly #sights: readonly FeedSight[];
  readonly #loopEdges: ReadonlySet<HierarchyEdge>;

  constructor(view: RegistryView, hierarchy: Hierarchy, { sightOf }: GraphReader) {
    this.#view = view;
    this.#hierarchy = hierarchy;
    this.#sights = hierarchy.nodes.map((node) => {
      if (node.kind === 'foreign') return 'hidden';
      return node.index === 0 ? 'managed' : sightOf(node.feed);
    });
    this.#loopEdges = new Set(loopEdges(hierarchy));
  }

  graph(): HierarchyGraph {
    const edges = this.#hierarchy.nodes.flatMap((node) => (node.kind === 'feed' ? node.edges : []));
    const nodes = this.#hierarchy.nodes.map((node) => this.#node(node));
    const cut = edges.filter((edge) => this.#loopEdges.has(edge));
    return {
      nodes,
      edges: edges.map((edge) => this.#edge(edge)),
      loops: cut.slice(0, maxLoops).flatMap((edge) => this.#loop(edge)),
      cuts: cut.length,
      diamonds: this.#diamonds(edges),
      cost: costOf(nodes),
    };
  }

  #manages(edge: HierarchyEdge): boolean {
    return this.#sights[edge.owner] === 'managed';
  }

  #node(node: HierarchyNode): GraphNode {
    const { kind, depth } = node;
    if (node.kind === 'feed') {
      const isNamed = this.#sights[node.index] !== 'hidden';
      return { kind, name: isNamed ? node.feed.name : null, depth, state: 'asked' };
    }
    const shown = node.incoming.find((edge) => this.#manages(edge))?.source.target;
    const name = shown?.kind === 'foreign' ? shown.url : null;
    return { kind, name, depth, state: node.state === 'open' ? 'asked' : node.state };
  }

  #edge(edge: HierarchyEdge): GraphEdge {
    const { source, owner, target, letsEveryId } = edge;
    return {
      source: this.#manages(edge) ? source.name : null,
      from: owner,
      to: target ?? null,
      state: this.#stateOf(edge),
      isRequired: source.required,
      isFiltering: !letsEveryId || !source.prerelease,
    };
  }

  #stateOf(edge: HierarchyEdge): GraphEdge['state'] {
    const { source, owner, target } = edge;
    if (!source.enabled) return 'disabled';
    if (source.target.kind === 'feed' && this.#view.feedById(source.target.feed) === undefined) return 'noSuchFeed';
    if (this.#hierarchy.denialOf(source) !== undefined) return 'denied';
    const node = target === undefined ? undefined : this.#hierarchy.nodes[target];
    if (node?.kind === 'foreign') return node.state === 'loopCaught' ? 'loopCaught' : 'followed';
    if (target === owner) return 'self';
    return this.#loopEdges.has(edge) ? 'loop' : 'followed';
  }

  /** From what the edge leads to, back to the feed that has it. */
  #loop(edge: HierarchyEdge): GraphLoop[] {
    const way = wayBack(this.#hierarchy, edge);
    return way === undefined ? [] : [{ nodes: [...way, way[0] ?? edge.owner], cutAt: edge.owner }];
  }

  #diamonds(edges: readonly HierarchyEdge[]): GraphDiamond[] {
    const counts = new Map<number, number>();
    for (const edge of edges) {
      if (edge.target === undefined || this.#loopEdges.has(edge) || !this.#hierarchy.isOpen(edge)) continue;
      counts.set(edge.target, (counts.get(edge.target) ?? 0) + 1);
    }
    return [...counts].filter(([, count]) => count > 1).map(([node, count]) => ({ node, edges: count }));
  }
}

function costOf(nodes: readonly GraphNode[]): HierarchyCost {
  const asked = nodes.slice(1).filter(({ state }) => state === 'asked');
  const foreign = asked.filter(({ kind }) => kind === 'foreign').length;
  return {
    upstreamRequests: asked.length,
    feeds: asked.length - foreign,
    foreign,
    depth: Math.max(0, ...asked.map(({ depth }) => depth)),
  };
}

export function drawHierarchy(view: RegistryView, feed: Feed, reader: GraphReader): DrawnHierarchy {
  const hierarchy = new Hierarchy(view, feed, reader.now);
  return { hierarchy, graph: new Drawing(view, hierarchy, reader).graph() };
}

/**
 * Everything that a feed leads to, with its loops and what a query costs.
 *
 * Whoever manages the feed sees how far it leads, but of other feeds only what `sightOf` allows: the names of feeds that the reader may
 * not know are `null`, as are the sources of feeds that the reader does not manage.
 */
export function describeHierarchy(view: RegistryView, feed: Feed, reader: GraphReader): HierarchyGraph {
  return drawHierarchy(view, feed, reader).graph;
}
