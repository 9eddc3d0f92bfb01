/**
 * What a query sees of a hierarchy: of each node, whether and how far it is seen. Two kinds: a query about ids sees by walks, one over
 * all packages by filters.
 */
import { browseFilters } from './browse-filters.ts';
import type { SeenThrough } from './browse-filters.ts';
import type { ForeignNode, HierarchyEdge } from './hierarchy-node.ts';
import { walkIsRequired, walkSeesPrerelease } from './hierarchy.ts';
import type { Hierarchy, Walk } from './hierarchy.ts';
import { admitsId, coversPath, letsEverything, passesFilters } from './path-filter.ts';
import type { FilteredVersion, PathFilter } from './path-filter.ts';

/** What is seen of one node. */
export interface Seen {
  readonly ids: readonly string[] | null;
  readonly filters: readonly PathFilter[];
  readonly areFiltersExact: boolean;
  readonly isRequired: boolean;
  /** The edges of one shortest way, from the entry on. */
  readonly via: readonly HierarchyEdge[];
  /** Of a foreign source: the edges that it is seen by. */
  readonly edges: readonly HierarchyEdge[];
  admits(version: FilteredVersion): boolean;
  /** Tells this sight of the node from any other, beside what stands in the fields. */
  readonly mark: string;
}

export interface Sighting {
  readonly hierarchy: Hierarchy;
  /** `undefined` when nothing is seen of it, or when those who asked before see all of it. */
  seen(index: number, before: readonly Sighting[]): Seen | undefined;
  /** Whether the node is on any way of the query. */
  isReached(index: number): boolean;
  /** Whether an edge between nodes that are reached lets nothing of the query through. */
  isFiltered(edge: HierarchyEdge): boolean;
  admittingEdges(node: ForeignNode, version: FilteredVersion): readonly HierarchyEdge[];
}

/** Walks that a query over all packages keeps for the ids that it meets. */
const maxWalks = 1000;

function pathTo(hierarchy: Hierarchy, walk: Walk, index: number): readonly HierarchyEdge[] {
  const path: HierarchyEdge[] = [];
  for (let edge = walk.via[index]; edge !== undefined; edge = walk.via[edge.owner]) {
    path.unshift(edge);
    if (path.length > hierarchy.nodes.length) break;
  }
  return path;
}

function admitting(walk: Walk, { incoming }: ForeignNode, { id, isPrerelease }: FilteredVersion): HierarchyEdge[] {
  return incoming.filter((edge) => {
    const states = walk.states[edge.owner] ?? 0;
    const isSeen = isPrerelease ? edge.source.prerelease && walkSeesPrerelease(states) : states !== 0;
    return isSeen && admitsId(edge.filter, id);
  });
}

const admitsBy = (states: number, isPrerelease: boolean): boolean =>
  isPrerelease ? walkSeesPrerelease(states) : states !== 0;

/** A query about ids: exact for each of them. */
export class IdSighting implements Sighting {
  readonly hierarchy: Hierarchy;
  readonly #walks: ReadonlyMap<string, Walk>;

  /** @param ids - in lower case. */
  constructor(hierarchy: Hierarchy, ids: readonly string[]) {
    this.hierarchy = hierarchy;
    const shared = hierarchy.letsEveryId ? hierarchy.walk(null) : undefined;
    this.#walks = new Map(ids.map((id) => [id, shared ?? hierarchy.walk(id)]));
  }

  statesOf(index: number, id: string): number {
    return this.#walks.get(id)?.states[index] ?? 0;
  }

  isReached(index: number): boolean {
    return [...this.#walks.values()].some((walk) => walk.states[index] !== 0);
  }

  isFiltered(edge: HierarchyEdge): boolean {
    if (edge.letsEveryId) return false;
    return ![...this.#walks].some(([id, walk]) => walk.states[edge.owner] !== 0 && admitsId(edge.filter, id));
  }

  seen(index: number, before: readonly Sighting[]): Seen | undefined {
    const others = before.map((each) => statesElsewhere(each, this.hierarchy, index));
    const states = new Map<string, number>();
    for (const [id, walk] of this.#walks) {
      const here = walk.states[index] ?? 0;
      const isCovered = others.some((statesThere) => covers(statesThere(id), here));
      if (here !== 0 && !isCovered) states.set(id, here);
    }
    const [first] = states.keys();
    const walk = first === undefined ? undefined : this.#walks.get(first);
    if (walk === undefined) return undefined;
    const ids = [...states.keys()];
    return {
      ids,
      filters: [],
      areFiltersExact: true,
      isRequired: [...states.values()].some(walkIsRequired),
      via: pathTo(this.hierarchy, walk, index),
      edges: this.#edgesTo(index, ids),
      admits: ({ id, isPrerelease }) => admitsBy(states.get(id.toLowerCase()) ?? 0, isPrerelease),
      mark: ids.map((id) => (walkSeesPrerelease(states.get(id) ?? 0) ? 'p' : 's')).join(''),
    };
  }

  admittingEdges(node: ForeignNode, version: FilteredVersion): readonly HierarchyEdge[] {
    const walk = this.#walks.get(version.id.toLowerCase());
    return walk === undefined ? [] : admitting(walk, node, version);
  }

  #edgesTo(index: number, ids: readonly string[]): readonly HierarchyEdge[] {
    const node = this.hierarchy.nodes[index];
    if (node?.kind !== 'foreign') return [];
    return node.incoming.filter((edge) =>
      ids.some((id) => this.statesOf(edge.owner, id) !== 0 && admitsId(edge.filter, id)),
    );
  }
}

const covers = (wide: number, narrow: number): boolean =>
  wide !== 0 && (walkSeesPrerelease(wide) || !walkSeesPrerelease(narrow));

function statesElsewhere(other: Sighting, hierarchy: Hierarchy, index: number): (id: string) => number {
  const there = other.hierarchy.indexOf(hierarchy.nodes[index]);
  return (id) => (other instanceof IdSighting && there !== undefined ? other.statesOf(there, id) : 0);
}

/** A query over all packages. */
export class BrowseSighting implements Sighting {
  readonly hierarchy: Hierarchy;
  readonly #filters: readonly (SeenThrough | undefined)[];
  readonly #anyId: Walk;
  readonly #walks = new Map<string, Walk>();
  readonly #snapshot: string;

  /** @param snapshot - changes whenever the registry does. */
  constructor(hierarchy: Hierarchy, snapshot: string) {
    this.hierarchy = hierarchy;
    this.#filters = browseFilters(hierarchy);
    this.#anyId = hierarchy.walk(null);
    this.#snapshot = snapshot;
  }

  seenThrough(index: number): SeenThrough | undefined {
    return this.#filters[index];
  }

  isReached(index: number): boolean {
    return this.#filters[index] !== undefined;
  }

  isFiltered(): boolean {
    return false;
  }

  seen(index: number, before: readonly Sighting[]): Seen | undefined {
    const through = this.#filters[index];
    if (through === undefined || before.some((other) => this.#isCovered(index, through, other))) return undefined;
    const node = this.hierarchy.nodes[index];
    const { filters, isExact } = through;
    return {
      ids: null,
      filters,
      areFiltersExact: isExact,
      isRequired: walkIsRequired(this.#anyId.states[index] ?? 0),
      via: pathTo(this.hierarchy, this.#anyId, index),
      edges: node?.kind === 'foreign' ? node.incoming : [],
      admits: (version) =>
        isExact
          ? passesFilters(filters, version)
          : admitsBy(this.#walkOf(version.id).states[index] ?? 0, version.isPrerelease),
      // What is let through then depends on more than stands in the filters.
      mark: isExact ? '' : this.#snapshot,
    };
  }

  admittingEdges(node: ForeignNode, version: FilteredVersion): readonly HierarchyEdge[] {
    return admitting(this.#walkOf(version.id), node, version);
  }

  #walkOf(id: string): Walk {
    if (this.hierarchy.letsEveryId) return this.#anyId;
    const lower = id.toLowerCase();
    const known = this.#walks.get(lower);
    if (known !== undefined) return known;
    if (this.#walks.size >= maxWalks) this.#walks.clear();
    const walk = this.hierarchy.walk(lower);
    this.#walks.set(lower, walk);
    return walk;
  }

  #isCovered(index: number, { filters }: SeenThrough, other: Sighting): boolean {
    const there = other.hierarchy.indexOf(this.hierarchy.nodes[index]);
    if (!(other instanceof BrowseSighting) || there === undefined) return false;
    const wide = other.seenThrough(there);
    if (wide?.isExact !== true) return false;
    const widePaths = orEverything(wide.filters);
    return orEverything(filters).every((path) => widePaths.some((each) => coversPath(each, path)));
  }
}

const orEverything = (filters: readonly PathFilter[]): readonly PathFilter[] =>
  filters.length === 0 ? [letsEverything] : filters;
