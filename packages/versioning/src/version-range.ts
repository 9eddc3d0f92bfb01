/**
 * Version ranges of dependencies, in interval notation.
 *
 * Source: NuGet documentation, "Package versioning", section "Version ranges". Floating versions (`1.*`) belong to
 * projects, not to packages, and are refused.
 */
import { compareVersions, isSemVer2, normalizeVersion, parseVersion } from './nuget-version.ts';
import type { NuGetVersion } from './nuget-version.ts';

export interface VersionRange {
  /** Null for "no lower bound". */
  readonly min: NuGetVersion | null;
  readonly minInclusive: boolean;
  /** Null for "no upper bound". */
  readonly max: NuGetVersion | null;
  readonly maxInclusive: boolean;
}

const EVERYTHING: VersionRange = Object.freeze({ min: null, minInclusive: false, max: null, maxInclusive: false });
const INTERVAL = /^([[(])([^,[\]()]*)(?:(,)([^,[\]()]*))?([\])])$/;

/**
 * Reads `1.0` (at least 1.0), `[1.0]` (exactly), `[1.0,2.0)`, `(,1.0]` and the like; the empty text means every version.
 *
 * @returns undefined for what is no range, can hold no version, or floats.
 */
export function parseRange(text: string): VersionRange | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return EVERYTHING;
  const match = INTERVAL.exec(trimmed);
  if (match === null) return atLeast(parseVersion(trimmed));
  const [, open, lower = '', comma, upper = '', close] = match;
  if (comma === undefined) return open === '[' && close === ']' ? exactly(parseVersion(lower)) : undefined;
  return interval({
    min: bound(lower),
    minInclusive: open === '[',
    max: bound(upper),
    maxInclusive: close === ']',
  });
}

function atLeast(min: NuGetVersion | undefined): VersionRange | undefined {
  return min === undefined ? undefined : { min, minInclusive: true, max: null, maxInclusive: false };
}

function exactly(version: NuGetVersion | undefined): VersionRange | undefined {
  return version === undefined ? undefined : { min: version, minInclusive: true, max: version, maxInclusive: true };
}

/** Null for an open end, undefined for what is no version. */
function bound(text: string): NuGetVersion | null | undefined {
  return text.trim() === '' ? null : parseVersion(text);
}

function interval(range: {
  readonly min: NuGetVersion | null | undefined;
  readonly minInclusive: boolean;
  readonly max: NuGetVersion | null | undefined;
  readonly maxInclusive: boolean;
}): VersionRange | undefined {
  const { min, max } = range;
  if (min === undefined || max === undefined) return undefined;
  const minInclusive = range.minInclusive && min !== null;
  const maxInclusive = range.maxInclusive && max !== null;
  if (min !== null && max !== null) {
    const order = compareVersions(min, max);
    if (order > 0 || (order === 0 && !(minInclusive && maxInclusive))) return undefined;
  }
  return { min, minInclusive, max, maxInclusive };
}

/**
 * The normalized form.
 *
 * @example formatRange(parseRange('1.0')) // '[1.0.0, )'
 */
export function formatRange(range: VersionRange): string {
  const lower = range.min === null ? '' : normalizeVersion(range.min);
  const upper = range.max === null ? '' : normalizeVersion(range.max);
  return `${range.minInclusive ? '[' : '('}${lower}, ${upper}${range.maxInclusive ? ']' : ')'}`;
}

export function satisfies(range: VersionRange, version: NuGetVersion): boolean {
  if (range.min !== null) {
    const order = compareVersions(version, range.min);
    if (order < 0 || (order === 0 && !range.minInclusive)) return false;
  }
  if (range.max !== null) {
    const order = compareVersions(version, range.max);
    if (order > 0 || (order === 0 && !range.maxInclusive)) return false;
  }
  return true;
}

/** Whether a package that depends on this range needs a client that knows SemVer 2.0.0. */
export function isSemVer2Range(range: VersionRange): boolean {
  return (range.min !== null && isSemVer2(range.min)) || (range.max !== null && isSemVer2(range.max));
}
