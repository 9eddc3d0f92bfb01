/** Whether any of many ranges has a version: found by halves, since a record may list thousands of either. Pure. */
import { compareVersions, satisfies } from '@feedfleet/versioning';
import type { NuGetVersion, VersionRange } from '@feedfleet/versioning';

export function coverageOf(ranges: readonly VersionRange[]): (version: NuGetVersion) => boolean {
  const byStart = ranges.toSorted(byLowerEnd);
  // Of the ranges up to each: the one that reaches furthest.
  const furthest: VersionRange[] = [];
  for (const range of byStart) {
    const before = furthest.at(-1);
    furthest.push(before === undefined || byUpperEnd(before, range) < 0 ? range : before);
  }
  return (version) => {
    let begun = 0;
    for (let to = byStart.length; begun < to;) {
      const middle = Math.floor((begun + to) / 2);
      const range = byStart[middle];
      if (range !== undefined && satisfies({ ...range, max: null }, version)) begun = middle + 1;
      else to = middle;
    }
    const range = furthest[begun - 1];
    return range !== undefined && satisfies({ ...range, min: null }, version);
  };
}

function byLowerEnd(left: VersionRange, right: VersionRange): number {
  if (left.min === null || right.min === null) return Number(left.min !== null) - Number(right.min !== null);
  return compareVersions(left.min, right.min) || Number(right.minInclusive) - Number(left.minInclusive);
}

function byUpperEnd(left: VersionRange, right: VersionRange): number {
  if (left.max === null || right.max === null) return Number(left.max === null) - Number(right.max === null);
  return compareVersions(left.max, right.max) || Number(left.maxInclusive) - Number(right.maxInclusive);
}
