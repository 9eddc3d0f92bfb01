/**
 * Where a leaf is asked: below `/-/` of every reading family's mount, which no package can be called; and how its questions stand in a URL.
 */
import type { PathFilter } from '@feedfleet/feedchain';
import type { SourcePageQuery, SourceSearch } from '@feedfleet/package-sources';
import { ProblemError } from '@feedfleet/problems';

import { MAX_TAKE } from './store-search.ts';

const ROOT = '/-/';
/** Most ids of one question. */
export const MAX_IDS = 500;
const MAX_TEXT = 4096;
const MAX_PATHS = 256;
const MAX_GLOBS = 1024;
const OPTION = 'option.';

export type LeafQuestion =
  | { readonly kind: 'versions'; readonly ids: readonly string[] }
  | { readonly kind: 'search' | 'complete'; readonly query: SourceSearch }
  | { readonly kind: 'page'; readonly query: SourcePageQuery };

/** @param path - below the mount, as in `FeedQuery.path`. */
export function isLeafPath(path: string): boolean {
  return path.startsWith(ROOT);
}

/** Path and query of a question, to follow the mount. */
export function leafUrl(question: LeafQuestion): string {
  const parameters = new URLSearchParams();
  switch (question.kind) {
    case 'versions':
      // A comma stands in no id, and is sent as it is.
      return `${ROOT}versions?ids=${question.ids.map(encodeURIComponent).join(',')}`;
    case 'search':
    case 'complete': {
      const { text, includePrerelease, includeSemVer2, packageType, take, filters } = question.query;
      parameters.set('text', text);
      parameters.set('prerelease', String(includePrerelease));
      parameters.set('semver2', String(includeSemVer2));
      if (packageType !== null) parameters.set('type', packageType);
      return `${ROOT}${question.kind}?${withTake(parameters, take, filters)}`;
    }
    case 'page': {
      const { resource, options, after, take, withCount, filters } = question.query;
      parameters.set('resource', resource);
      parameters.set('count', String(withCount));
      if (after !== null) parameters.set('after', after);
      for (const [name, value] of Object.entries(options)) parameters.set(`${OPTION}${name}`, value);
      return `${ROOT}page?${withTake(parameters, take, filters)}`;
    }
  }
}

function withTake(parameters: URLSearchParams, take: number, filters: readonly PathFilter[]): string {
  parameters.set('take', String(Math.min(take, MAX_TAKE)));
  if (filters.length > 0) parameters.set('filters', JSON.stringify(filters.map((path) => path.map(edgeText))));
  return parameters.toString();
}

function edgeText({ include, exclude, prerelease }: PathFilter[number]): readonly unknown[] {
  return [include, exclude, prerelease ? 1 : 0];
}

/**
 * @param path - below the mount. @param search - raw query string without `?`.
 * @returns undefined for a path where nothing is asked.
 * @throws {ProblemError} `FF_INVALID_QUERY`
 */
export function leafQuestion(path: string, search: string): LeafQuestion | undefined {
  const given = new URLSearchParams(search);
  switch (path.slice(ROOT.length)) {
    case 'versions':
      return { kind: 'versions', ids: idsIn(given) };
    case 'search':
      return { kind: 'search', query: searchIn(given) };
    case 'complete':
      return { kind: 'complete', query: searchIn(given) };
    case 'page':
      return { kind: 'page', query: pageIn(given) };
    default:
      return undefined;
  }
}

function idsIn(given: URLSearchParams): readonly string[] {
  const ids = (given.get('ids') ?? '').toLowerCase().split(',');
  if (ids.length > MAX_IDS) throw invalid('ids', `at most ${MAX_IDS}`, `${ids.length}`);
  return ids.filter((id) => id !== '');
}

function searchIn(given: URLSearchParams): SourceSearch {
  return {
    text: textIn(given, 'text') ?? '',
    includePrerelease: truthIn(given, 'prerelease'),
    includeSemVer2: truthIn(given, 'semver2'),
    packageType: textIn(given, 'type') ?? null,
    ...pageSizeIn(given),
  };
}

function pageIn(given: URLSearchParams): SourcePageQuery {
  const resource = given.get('resource');
  if (resource !== 'Packages' && resource !== 'Search') {
    throw invalid('resource', 'Packages or Search', resource ?? 'nothing');
  }
  const options: Record<string, string> = {};
  for (const [name, value] of given) {
    if (name.startsWith(OPTION)) options[name.slice(OPTION.length)] = value;
  }
  return {
    ...{ resource, options, after: textIn(given, 'after') ?? null, withCount: truthIn(given, 'count') },
    ...pageSizeIn(given),
  };
}

function pageSizeIn(given: URLSearchParams): { readonly take: number; readonly filters: readonly PathFilter[] } {
  const text = given.get('take') ?? '';
  const take = /^\d{1,4}$/.test(text) ? Number(text) : Infinity;
  if (take > MAX_TAKE) throw invalid('take', `a whole number from 0 to ${MAX_TAKE}`, text);
  return { take, filters: filtersIn(given.get('filters')) };
}

function textIn(given: URLSearchParams, name: string): string | undefined {
  const text = given.get(name) ?? undefined;
  if (text !== undefined && text.length > MAX_TEXT) throw invalid(name, `at most ${MAX_TEXT} characters`, text);
  return text;
}

function truthIn(given: URLSearchParams, name: string): boolean {
  const text = given.get(name);
  if (text === 'true' || text === 'false') return text === 'true';
  throw invalid(name, 'true or false', text ?? 'nothing');
}

function filtersIn(text: string | null): readonly PathFilter[] {
  if (text === null) return [];
  let globs = 0;
  const globList = (value: unknown): readonly string[] => {
    const isList = Array.isArray(value) && value.every((glob) => typeof glob === 'string');
    if (!isList) throw invalid('filters', 'ways of edges, [[["include"],["exclude"],1]]', text);
    globs += value.length;
    return value;
  };
  const edgeOf = (edge: unknown): PathFilter[number] => {
    const [include, exclude, prerelease] = listOf(edge, text);
    return { include: globList(include), exclude: globList(exclude), prerelease: prerelease === 1 };
  };
  const paths = listOf(parsed(text), text).map((path) => listOf(path, text).map(edgeOf));
  if (paths.length <= MAX_PATHS && globs <= MAX_GLOBS) return paths;
  throw invalid('filters', `at most ${MAX_PATHS} ways and ${MAX_GLOBS} globs`, `${paths.length} and ${globs}`);
}

function listOf(value: unknown, text: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw invalid('filters', 'ways of edges, [[["include"],["exclude"],1]]', text);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid('filters', 'JSON', text, error);
  }
}

function invalid(name: string, expected: string, got: string, cause?: unknown): ProblemError {
  const detail = `${name}: expected ${expected}, got "${got.slice(0, 40)}"`;
  return new ProblemError('invalidQuery', { detail, cause });
}
