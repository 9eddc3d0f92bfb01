/**
 * What comes through the edges of a hierarchy: globs over package ids and the pre-release switch, one after another along a path.
 *
 * A package comes through a path when every edge lets it, and to a feed when any path does.
 */
import { matchesGlob } from '@feedfleet/registry-client';

/** What one edge lets through. Globs without case; `*` stands for any run of characters. */
export interface EdgeFilter {
  /** At least one must match. */
  readonly include: readonly string[];
  /** None may match. */
  readonly exclude: readonly string[];
  /** Whether pre-releases come through. */
  readonly prerelease: boolean;
}

/** One way: all of its edges must let a package through. Empty lets everything through. */
export type PathFilter = readonly EdgeFilter[];

/** What filters judge a package version by. */
export interface FilteredVersion {
  readonly id: string;
  readonly isPrerelease: boolean;
}

export const letsEverything: PathFilter = [];

/** Whether an edge lets an id through, as far as its globs go. */
export function admitsId({ include, exclude }: EdgeFilter, id: string): boolean {
  return (
    include.some((glob) => glob === '*' || matchesGlob(glob, id)) && !exclude.some((glob) => matchesGlob(glob, id))
  );
}

/** Whether any of the ways lets a version through. No ways at all: there is nothing to filter by, and everything comes through. */
export function passesFilters(filters: readonly PathFilter[], { id, isPrerelease }: FilteredVersion): boolean {
  if (filters.length === 0) return true;
  return filters.some((path) => path.every((edge) => (edge.prerelease || !isPrerelease) && admitsId(edge, id)));
}

/** Whether an edge lets every id through, pre-releases aside. */
export function admitsEveryId({ include, exclude }: EdgeFilter): boolean {
  return exclude.length === 0 && include.includes('*');
}

const sameFilter = (left: EdgeFilter, right: EdgeFilter): boolean =>
  left === right ||
  (left.prerelease === right.prerelease &&
    left.include.join('\n') === right.include.join('\n') &&
    left.exclude.join('\n') === right.exclude.join('\n'));

/** The way that goes on over one more edge. The same path when the edge adds nothing to it. */
export function extendPath(path: PathFilter, edge: EdgeFilter): PathFilter {
  return (edge.prerelease && admitsEveryId(edge)) || path.some((each) => sameFilter(each, edge))
    ? path
    : [...path, edge];
}

/** Every id that `narrow` matches is matched by one of `wide`. Never wrong; it may miss that two globs together cover a third. */
const coversGlobs = (wide: readonly string[], narrow: readonly string[]): boolean =>
  // A star of the narrow glob is a character that only a star matches, so whatever it stands for is matched too.
  narrow.every((glob) => wide.some((each) => each === '*' || matchesGlob(each, glob)));

/** Whether one way lets through all that another does. Never wrong when true. */
export function coversPath(wide: PathFilter, narrow: PathFilter): boolean {
  return wide.every(
    (edge) =>
      (edge.prerelease || narrow.some((each) => !each.prerelease)) &&
      (edge.include.includes('*') || narrow.some((each) => coversGlobs(edge.include, each.include))) &&
      edge.exclude.every((glob) => narrow.some((each) => coversGlobs(each.exclude, [glob]))),
  );
}

/** Characters of globs, for bounds. */
export function pathCharacters(path: PathFilter): number {
  return path.reduce((sum, { include, exclude }) => sum + [...include, ...exclude].join('').length, 0);
}
