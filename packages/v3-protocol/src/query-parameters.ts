/**
 * Parameters of search and autocomplete. Names are taken in any case; unknown ones are ignored, as clients send some that
 * servers need not know (`supportedFramework`, `packageTypeFilter`, `includeDelisted`).
 *
 * Source: NuGet server API, "Search" and "Autocomplete", sections "Request parameters".
 */
import { ProblemError } from '@feedfleet/problems';
import { compareVersions, parseVersion } from '@feedfleet/versioning';

export interface SearchParameters {
  readonly text: string;
  /** Of `autocomplete?id=`; null when it was not given. */
  readonly id: string | null;
  /** 0 to 3000. */
  readonly skip: number;
  /** 0 to 1000. */
  readonly take: number;
  readonly includePrerelease: boolean;
  readonly includeSemVer2: boolean;
  readonly packageType: string | null;
}

const DEFAULT_TAKE = 20;
const MAX_TAKE = 1000;
const MAX_SKIP = 3000;

/**
 * @param search - raw query string without `?`.
 * @throws {ProblemError} `FF_INVALID_QUERY` for a number or a truth value that is none.
 */
export function searchParameters(search: string): SearchParameters {
  const given = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(search)) {
    const key = name.toLowerCase();
    if (!given.has(key)) given.set(key, value);
  }
  const packageType = given.get('packagetype')?.trim() ?? '';
  return {
    text: given.get('q')?.trim() ?? '',
    id: given.get('id')?.trim() ?? null,
    skip: boundedSkip(whole('skip', given.get('skip'), 0)),
    take: Math.min(MAX_TAKE, whole('take', given.get('take'), DEFAULT_TAKE)),
    includePrerelease: truth('prerelease', given.get('prerelease')),
    includeSemVer2: asksForSemVer2(given.get('semverlevel')),
    packageType: packageType === '' ? null : packageType,
  };
}

/** Refused and not cut: who pages on until nothing comes would never end. */
function boundedSkip(skip: number): number {
  if (skip <= MAX_SKIP) return skip;
  throw invalid('skip', `at most ${MAX_SKIP} (catalog/index.json leads to every package)`, String(skip));
}

function whole(name: string, value: string | undefined, absent: number): number {
  const text = value?.trim() ?? '';
  if (text === '') return absent;
  if (!/^\d{1,9}$/.test(text)) throw invalid(name, 'a whole number from 0 to 999999999', text);
  return Number(text);
}

function truth(name: string, value: string | undefined): boolean {
  const text = value?.trim().toLowerCase() ?? '';
  if (text === '' || text === 'false') return false;
  if (text === 'true') return true;
  throw invalid(name, 'true or false', text);
}

/** What is no version asks for nothing, as at the public gallery. */
function asksForSemVer2(level: string | undefined): boolean {
  const asked = parseVersion(level ?? '');
  const two = parseVersion('2.0.0');
  return asked !== undefined && two !== undefined && compareVersions(asked, two) >= 0;
}

function invalid(name: string, expected: string, got: string): ProblemError {
  const detail = `${name}: expected ${expected}, got "${got.slice(0, 40)}"`;
  return new ProblemError('invalidQuery', { detail, reason: `Invalid query: ${name} must be ${expected}` });
}
