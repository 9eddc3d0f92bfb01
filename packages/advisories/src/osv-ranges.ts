/**
 * Which versions an OSV record is about, as NuGet's ranges.
 *
 * Source: OSV schema, "affected[].ranges[].events" and "affected[].versions"; GitHub Advisory Database, README, on
 * `last_known_affected_version_range`, which stands where nothing is fixed.
 */
import { compareVersions, formatRange, parseRange } from '@feedfleet/versioning';
import type { NuGetVersion, VersionRange } from '@feedfleet/versioning';

import { elementsOf, isObject, memberOf } from './faults.ts';
import type { Faults, Place } from './faults.ts';
import { coverageOf } from './range-coverage.ts';
import { readVersion } from './values.ts';

/** At one version, what ends comes before what begins, and what ends with it after. */
const EVENTS = ['fixed', 'introduced', 'last_affected'] as const;

interface RangeEvent {
  readonly kind: (typeof EVENTS)[number];
  /** Null for the very first version. */
  readonly version: NuGetVersion | null;
  readonly place: Place;
}

/** The upper bound of what nothing has fixed yet. */
interface LastKnown {
  readonly version: NuGetVersion;
  readonly isInclusive: boolean;
}

/** @param affected - one element of `affected`. @returns ranges in interval notation. */
export function readAffectedRanges(affected: Place, faults: Faults): readonly string[] {
  const lastKnown = readLastKnown(
    memberOf(memberOf(affected, 'database_specific'), 'last_known_affected_version_range'),
    faults,
  );
  const listed = memberOf(affected, 'ranges');
  const ofVersions = elementsOf(listed, faults).filter((range) => typeOf(range) !== 'GIT');
  const ranges = ofVersions.flatMap((range) => readRange(range, faults, lastKnown));
  const isCovered = coverageOf(ranges);
  const single = elementsOf(memberOf(affected, 'versions'), faults)
    .map((place) => readVersion(place, faults))
    .filter((version) => version !== null)
    .filter((version) => !isCovered(version))
    .map((version) => parseRange(`[${version.original}]`))
    .filter((range) => range !== undefined);
  const all = [...ranges, ...single];
  if (all.length === 0 && ofVersions.length === 0) {
    faults.add(listed, 'a range of the type ECOSYSTEM or SEMVER, or a list of versions beside it');
  }
  return all.map(formatRange);
}

function typeOf(range: Place): unknown {
  return memberOf(range, 'type').value;
}

function readRange(range: Place, faults: Faults, lastKnown: LastKnown | null): readonly VersionRange[] {
  const type = typeOf(range);
  if (type !== 'ECOSYSTEM' && type !== 'SEMVER') {
    faults.add(memberOf(range, 'type'), 'ECOSYSTEM, SEMVER or GIT');
    return [];
  }
  const events = elementsOf(memberOf(range, 'events'), faults).map((event) => readEvent(event, faults));
  const ordered = events.filter((event) => event !== null).toSorted(byVersion);
  if (!ordered.some(({ kind }) => kind === 'introduced'))
    faults.add(memberOf(range, 'events'), 'an event "introduced"');
  return intervals(ordered, faults, lastKnown);
}

function readEvent(place: Place, faults: Faults): RangeEvent | null {
  const names = isObject(place.value) ? Object.keys(place.value) : [];
  const kind = EVENTS.find((name) => name === names[0]);
  if (kind === undefined || names.length !== 1) return faults.add(place, `one of ${EVENTS.join(', ')}`);
  const at = memberOf(place, kind);
  if (kind === 'introduced' && at.value === '0') return { kind, version: null, place: at };
  const version = readVersion(at, faults);
  return version === null ? null : { kind, version, place: at };
}

function byVersion(left: RangeEvent, right: RangeEvent): number {
  if (left.version === null || right.version === null) {
    return Number(left.version !== null) - Number(right.version !== null);
  }
  const order = compareVersions(left.version, right.version);
  return order === 0 ? EVENTS.indexOf(left.kind) - EVENTS.indexOf(right.kind) : order;
}

/** Walks through the events in order; a range that stays open ends where it was last known to. */
function intervals(
  events: readonly RangeEvent[],
  faults: Faults,
  lastKnown: LastKnown | null,
): readonly VersionRange[] {
  const ranges: VersionRange[] = [];
  let open: RangeEvent | undefined;
  for (const event of events) {
    if (event.kind === 'introduced') open ??= event;
    else if (open === undefined) faults.add(event.place, 'a version after one that is introduced');
    else {
      const isInclusive = event.kind === 'last_affected';
      ranges.push(between(open.version, event.version, isInclusive));
      open = undefined;
    }
  }
  if (open !== undefined) {
    const last = lastKnown !== null && isAfter(lastKnown, open.version) ? lastKnown : null;
    ranges.push(between(open.version, last?.version ?? null, last?.isInclusive ?? false));
  }
  return ranges;
}

function isAfter({ version, isInclusive }: LastKnown, start: NuGetVersion | null): boolean {
  const order = start === null ? 1 : compareVersions(version, start);
  return order > 0 || (order === 0 && isInclusive);
}

function between(min: NuGetVersion | null, max: NuGetVersion | null, maxInclusive: boolean): VersionRange {
  return { min, minInclusive: min !== null, max, maxInclusive };
}

function readLastKnown(place: Place, faults: Faults): LastKnown | null {
  if (place.value === undefined || place.value === null) return null;
  const [, sign, text] = /^(<=?)\s*(\S+)$/.exec(typeof place.value === 'string' ? place.value : '') ?? [];
  if (sign === undefined) return faults.add(place, '"< version" or "<= version"');
  const version = readVersion({ ...place, value: text }, faults);
  return version === null ? null : { version, isInclusive: sign === '<=' };
}
