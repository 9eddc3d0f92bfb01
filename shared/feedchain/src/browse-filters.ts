/**
 * By which filters a query over all packages sees each part of a hierarchy: the different ways there, without those that another way
 * covers. There can be more ways than anybody can count, so beyond a bound a part counts as seen through no filter at all, and what it
 * answers has to be judged package by package.
 */
import type { HierarchyEdge } from './hierarchy-node.ts';
import type { Hierarchy } from './hierarchy.ts';
import { coversPath, extendPath, letsEverything, pathCharacters } from './path-filter.ts';
import type { PathFilter } from './path-filter.ts';

export interface SeenThrough {
  /** None of them covers another; empty when everything comes through. */
  readonly filters: readonly PathFilter[];
  /** Whether what passes the filters is exactly what comes through; otherwise it is more. */
  readonly isExact: boolean;
}

/** Ways to one part that are told apart. */
const maxPaths = 8;
/** Characters of all globs of the ways to one part, since filters travel in URLs. */
const maxGlobCharacters = 2000;
/** Steps over filtering edges in one hierarchy. */
const maxSteps = 400;

interface Way {
  readonly path: PathFilter;
  readonly isExact: boolean;
}

const everythingOrLess: Way = { path: letsEverything, isExact: false };

/** The ways to one part of a hierarchy, as they are found. */
class Ways {
  #ways: readonly Way[] = [];
  #isWidened = false;

  /** Whether the way adds something. */
  add(way: Way): boolean {
    if (this.#isWidened && !(way.isExact && way.path.length === 0)) return false;
    if (this.#ways.some((known) => (known.isExact || !way.isExact) && coversPath(known.path, way.path))) return false;
    this.#ways = [...this.#ways.filter((known) => !way.isExact || !coversPath(way.path, known.path)), way];
    return true;
  }

  /** Gives up telling ways apart. Whether that changes anything. */
  widen(): boolean {
    const isNew = !this.#isWidened && !this.has(letsEverything);
    this.#isWidened = true;
    this.#ways = [everythingOrLess];
    return isNew;
  }

  get isTooMuch(): boolean {
    const characters = this.#ways.reduce((sum, { path }) => sum + pathCharacters(path), 0);
    return this.#ways.length > maxPaths || characters > maxGlobCharacters;
  }

  has(path: PathFilter): boolean {
    return this.#ways.some((way) => way.path === path);
  }

  get seenThrough(): SeenThrough {
    const isExact = this.#ways.every((way) => way.isExact);
    const isUnfiltered = this.#ways.some(({ path }) => path.length === 0);
    return { filters: isUnfiltered ? [] : this.#ways.map(({ path }) => path), isExact };
  }
}

/** By index of the node; `undefined` for what nothing comes from. */
export function browseFilters(hierarchy: Hierarchy): readonly (SeenThrough | undefined)[] {
  const ways: (Ways | undefined)[] = [new Ways()];
  const queue: { readonly index: number; readonly way: Way }[] = [];
  let steps = 0;
  const reach = (index: number, way: Way): void => {
    const there = (ways[index] ??= new Ways());
    if (!there.add(way)) return;
    const mustWiden = way.path.length > 0 && (there.isTooMuch || steps > maxSteps);
    if (!mustWiden) queue.push({ index, way });
    else if (there.widen()) queue.push({ index, way: everythingOrLess });
  };
  const follow = (edge: HierarchyEdge, way: Way): void => {
    if (edge.target === undefined || !hierarchy.isOpen(edge)) return;
    const path = extendPath(way.path, edge.filter);
    if (path.length > 0) steps += 1;
    reach(edge.target, { path, isExact: way.isExact });
  };
  reach(0, { path: letsEverything, isExact: true });
  // More are appended on the way.
  for (const { index, way } of queue) {
    const node = hierarchy.nodes[index];
    if (node?.kind !== 'feed' || ways[index]?.has(way.path) !== true) continue;
    for (const edge of node.edges) follow(edge, way);
  }
  return ways.map((each) => each?.seenThrough);
}
