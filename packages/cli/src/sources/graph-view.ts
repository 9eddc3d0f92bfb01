/** The hierarchy of a feed as a tree: what was drawn already is named again, and not drawn again. */
import type { SourceGraph } from '@feedfleet/registry-client';

import { withoutSecrets } from '../failure.ts';

type Edge = SourceGraph['edges'][number];

const hidden = 'a feed or source that you may not see';

const edgeWords: Readonly<Record<Edge['state'], string | undefined>> = {
  followed: undefined,
  self: 'refers to itself: cut',
  loop: 'loop: cut here',
  denied: 'denied: no credential that reads it',
  disabled: 'disabled',
  loopCaught: 'cut: leads back to this fleet through the outside',
  noSuchFeed: 'no such feed',
};

class Tree {
  readonly #graph: SourceGraph;
  readonly #edgesOf: ReadonlyMap<number, readonly Edge[]>;
  readonly #drawn = new Set<number>();
  readonly lines: string[] = [];

  constructor(graph: SourceGraph) {
    this.#graph = graph;
    this.#edgesOf = Map.groupBy(graph.edges, ({ from }) => from);
  }

  draw(node: number, indent: string): void {
    this.#drawn.add(node);
    const edges = this.#edgesOf.get(node) ?? [];
    for (const [index, edge] of edges.entries()) {
      const isLast = index === edges.length - 1;
      this.lines.push(`${indent}${isLast ? '`-' : '|-'} ${this.#words(edge)}`);
      const goesOn = edge.state === 'followed' && edge.to !== null && !this.#drawn.has(edge.to);
      if (goesOn && edge.to !== null) this.draw(edge.to, `${indent}${isLast ? '  ' : '| '} `);
    }
  }

  #words(edge: Edge): string {
    const node = edge.to === null ? undefined : this.#graph.nodes[edge.to];
    const name = withoutSecrets(node?.name ?? hidden);
    const isAgain = edge.state === 'followed' && edge.to !== null && this.#drawn.has(edge.to);
    const remarks = [
      edgeWords[edge.state],
      isAgain ? 'asked already: once is enough' : undefined,
      node?.state === 'loopPending' ? 'being checked for loops' : undefined,
      edge.isRequired ? undefined : 'optional',
      edge.isFiltering ? 'filtered' : undefined,
    ].filter((remark) => remark !== undefined);
    const source = edge.source === null ? '' : `${edge.source}: `;
    return `${source}${name}${remarks.length === 0 ? '' : ` (${remarks.join(', ')})`}`;
  }
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

export function renderGraph(graph: SourceGraph): string {
  const nameOf = (index: number): string => withoutSecrets(graph.nodes[index]?.name ?? hidden);
  const tree = new Tree(graph);
  tree.draw(0, '');
  const { cost, cuts, loops, diamonds } = graph;
  const upstream = `${counted(cost.upstreamRequests, 'upstream request')} per query at most`;
  return [
    nameOf(0),
    ...tree.lines,
    '',
    `Cost: ${upstream} (${counted(cost.feeds, 'feed')} of this fleet, ${cost.foreign} foreign).`,
    ...loops.map(({ nodes, cutAt }) => `Loop: ${nodes.map(nameOf).join(' -> ')}, cut at ${nameOf(cutAt)}.`),
    ...(cuts > loops.length ? [`${cuts - loops.length} further places where loops are cut.`] : []),
    ...diamonds.map(({ node, edges }) => `Diamond: ${nameOf(node)} is led to by ${edges} sources, and asked once.`),
    '',
  ].join('\n');
}
