/**
 * Where the loops of a hierarchy are cut: at the edges that lead back, in the order of priority, inside a group of feeds that all lead
 * to each other. Every loop has such an edge, and the others alone make no loop.
 *
 * Source: R. Tarjan, "Depth-first search and linear graph algorithms" (1972), for the groups; without recursion.
 */
import type { Hierarchy } from './hierarchy.ts';
import type { HierarchyEdge } from './hierarchy-node.ts';

interface Visit {
  readonly index: number;
  /** Place in the node's edges. */
  at: number;
}

class GroupFinder {
  readonly groups: Int32Array;
  readonly #hierarchy: Hierarchy;
  readonly #order: Int32Array;
  readonly #low: Int32Array;
  readonly #open: number[] = [];
  #next = 0;
  #groupCount = 0;

  constructor(hierarchy: Hierarchy) {
    this.#hierarchy = hierarchy;
    const size = hierarchy.nodes.length;
    this.groups = new Int32Array(size).fill(-1);
    this.#order = new Int32Array(size).fill(-1);
    this.#low = new Int32Array(size);
  }

  run(): Int32Array {
    // Everything is reached from the entry.
    const path: Visit[] = [this.#enter(0)];
    for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
      const next = this.#nextTarget(visit);
      if (next === undefined) {
        path.pop();
        this.#leave(visit.index, path.at(-1)?.index);
      } else if (this.#order[next] === -1) path.push(this.#enter(next));
      else if (this.groups[next] === -1) this.#lower(visit.index, this.#order[next] ?? 0);
    }
    return this.groups;
  }

  #enter(index: number): Visit {
    this.#order[index] = this.#next;
    this.#low[index] = this.#next;
    this.#next += 1;
    this.#open.push(index);
    return { index, at: 0 };
  }

  #nextTarget(visit: Visit): number | undefined {
    const node = this.#hierarchy.nodes[visit.index];
    if (node?.kind !== 'feed') return undefined;
    while (visit.at < node.edges.length) {
      const edge = node.edges[visit.at];
      visit.at += 1;
      if (edge?.target !== undefined && this.#hierarchy.isOpen(edge)) return edge.target;
    }
    return undefined;
  }

  #lower(index: number, to: number): void {
    this.#low[index] = Math.min(this.#low[index] ?? 0, to);
  }

  #leave(index: number, parent: number | undefined): void {
    if (parent !== undefined) this.#lower(parent, this.#low[index] ?? 0);
    if (this.#low[index] !== this.#order[index]) return;
    let member: number | undefined;
    do {
      member = this.#open.pop();
      if (member !== undefined) this.groups[member] = this.#groupCount;
    } while (member !== index && member !== undefined);
    this.#groupCount += 1;
  }
}

/** The edges at which loops are cut, in the order of their owners' priority. */
export function loopEdges(hierarchy: Hierarchy): readonly HierarchyEdge[] {
  const groups = new GroupFinder(hierarchy).run();
  return hierarchy.nodes.flatMap((node) =>
    node.kind === 'foreign'
      ? []
      : node.edges.filter(
          (edge) =>
            edge.target !== undefined &&
            edge.target <= edge.owner &&
            groups[edge.target] === groups[edge.owner] &&
            hierarchy.isOpen(edge),
        ),
  );
}

/**
 * The shortest way from what an edge leads to, back to the feed that has it.
 *
 * @returns indexes, both ends included; `undefined` when there is none, so that the edge is on no loop.
 */
export function wayBack(hierarchy: Hierarchy, edge: HierarchyEdge): readonly number[] | undefined {
  const { owner, target } = edge;
  if (target === undefined || !hierarchy.isOpen(edge)) return undefined;
  const cameFrom = new Map([[target, target]]);
  // More are added on the way.
  for (const index of cameFrom.keys()) {
    if (index === owner) break;
    const node = hierarchy.nodes[index];
    for (const next of node?.kind === 'feed' ? node.edges : []) {
      if (next.target === undefined || cameFrom.has(next.target) || !hierarchy.isOpen(next)) continue;
      cameFrom.set(next.target, index);
    }
  }
  if (!cameFrom.has(owner)) return undefined;
  const way = [owner];
  for (let at = owner; at !== target; at = way[0] ?? target) way.unshift(cameFrom.get(at) ?? target);
  return way;
}
