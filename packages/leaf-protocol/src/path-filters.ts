/** What the edges on the ways to a feed let through, for whoever counts what comes through. */
import { passesFilters } from '@feedfleet/feedchain';
import type { PathFilter } from '@feedfleet/feedchain';

export class PathFilters {
  readonly #paths: readonly PathFilter[];
  /** Whether any way lets pre-releases through. */
  readonly letPrereleases: boolean;

  private constructor(paths: readonly PathFilter[]) {
    this.#paths = paths;
    this.letPrereleases = paths.some((path) => path.every(({ prerelease }) => prerelease));
  }

  /** @returns undefined when everything comes through: there are no filters, or one way is open. */
  static of(filters: readonly PathFilter[]): PathFilters | undefined {
    const isOpen = filters.length === 0 || filters.some((path) => path.every(isOpenEdge));
    return isOpen ? undefined : new PathFilters(filters);
  }

  admits(id: string, isPrerelease: boolean): boolean {
    return passesFilters(this.#paths, { id, isPrerelease });
  }
}

function isOpenEdge(edge: PathFilter[number]): boolean {
  return edge.prerelease && edge.exclude.length === 0 && edge.include.includes('*');
}
