/** Values that both formats have: ids, advisory URLs and versions. Each reader gives null after it has told a fault. */
import { parseVersion } from '@feedfleet/versioning';
import type { NuGetVersion } from '@feedfleet/versioning';

import type { Faults, Place } from './faults.ts';

const MAX_URL_CHARACTERS = 2000;
/** Looser than what a feed takes: an advisory may be about an id that no feed of ours could have. */
const PACKAGE_NAME = /^[^\s/\\]{1,128}$/;

/** @returns the id in lower case. */
export function readPackageName(place: Place, faults: Faults): string | null {
  const { value } = place;
  if (typeof value === 'string' && PACKAGE_NAME.test(value)) return value.toLowerCase();
  return faults.add(place, 'a package id of 1 to 128 characters');
}

export function readUrl(place: Place, faults: Faults): string | null {
  return isUrl(place.value)
    ? place.value
    : faults.add(place, `an http or https URL of at most ${MAX_URL_CHARACTERS} characters`);
}

export function isUrl(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= MAX_URL_CHARACTERS &&
    URL.canParse(value) &&
    /^https?:$/.test(new URL(value).protocol)
  );
}

export function readVersion(place: Place, faults: Faults): NuGetVersion | null {
  const { value } = place;
  const version = typeof value === 'string' ? parseVersion(value) : undefined;
  return version ?? faults.add(place, 'a NuGet version');
}
