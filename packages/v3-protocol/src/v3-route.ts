/**
 * What a path below `/api/v3` asks for. Pure.
 *
 * Everything is taken in any case, ids and versions percent-encoded or not, versions in any form (`1.0` for `1.0.0`).
 */
import { normalizeVersion, parseVersion } from '@feedfleet/versioning';

import { PACKAGE_FILES } from './package-files.ts';
import type { PackageFile } from './package-files.ts';
import { HIVES } from './v3-links.ts';
import type { ChangesFormat, Hive } from './v3-links.ts';

interface OfId {
  readonly id: string;
}
interface OfVersion extends OfId {
  /** Normalized. */
  readonly version: string;
}

export type V3Route =
  | { readonly kind: 'service-index' | 'query' | 'autocomplete' | 'catalog-index' | 'vulnerability-index' }
  | { readonly kind: 'vulnerability-page'; readonly source: string }
  | { readonly kind: 'changes'; readonly format: ChangesFormat }
  | { readonly kind: 'catalog-page'; readonly page: number }
  | { readonly kind: 'catalog-leaf'; readonly number: number; readonly name: string }
  /** A version as typed, normalized; null for the newest one. */
  | ({ readonly kind: 'package-page'; readonly version: string | null } & OfId)
  | ({ readonly kind: 'file'; readonly file: PackageFile } & OfVersion)
  | ({ readonly kind: 'flat-index' } & OfId)
  | ({ readonly kind: 'package' | 'nuspec' } & OfVersion)
  | ({ readonly kind: 'registration-index'; readonly hive: Hive } & OfId)
  | ({ readonly kind: 'registration-page'; readonly hive: Hive; readonly lower: string; readonly upper: string } & OfId)
  | ({ readonly kind: 'registration-leaf'; readonly hive: Hive } & OfVersion);

/** For the answer to what is not served. */
export const SERVED_PATHS = [
  'index.json',
  'query',
  'autocomplete',
  'flat/{id}/index.json',
  'flat/{id}/{version}/{id}.{version}.nupkg',
  'flat/{id}/{version}/{id}.nuspec',
  'flat/{id}/{version}/{readme|icon|license}',
  'registration/{plain|gzip|semver2}/{id}/index.json',
  'registration/{plain|gzip|semver2}/{id}/page/{lower}/{upper}.json',
  'registration/{plain|gzip|semver2}/{id}/{version}.json',
  'catalog/index.json',
  'catalog/page{number}.json',
  'catalog/data/{number}/{id}.{version}.json',
  'packages/{id}',
  'packages/{id}/{version}',
  'vulnerabilities/index.json',
  'vulnerabilities/{source}',
  'changes.atom',
  'changes.rss',
].join(', ');

/** @returns undefined for what is not served. */
export function parseV3Route(path: string): V3Route | undefined {
  const [first = '', ...rest] = decodedSegments(path) ?? [];
  const name = first.toLowerCase();
  const document = DOCUMENTS.get(name);
  if (document !== undefined) return rest.length === 0 ? document : undefined;
  return FOLDERS.get(name)?.(rest);
}

const DOCUMENTS: ReadonlyMap<string, V3Route> = new Map<string, V3Route>([
  ['index.json', { kind: 'service-index' }],
  ['query', { kind: 'query' }],
  ['autocomplete', { kind: 'autocomplete' }],
  ['changes.atom', { kind: 'changes', format: 'atom' }],
  ['changes.rss', { kind: 'changes', format: 'rss' }],
]);

const FOLDERS: ReadonlyMap<string, (rest: readonly string[]) => V3Route | undefined> = new Map([
  ['flat', flatRoute],
  ['registration', registrationRoute],
  ['catalog', catalogRoute],
  ['packages', packagePageRoute],
  ['vulnerabilities', vulnerabilityRoute],
]);

/** Without the empty ones; undefined when one cannot be decoded. */
function decodedSegments(path: string): readonly string[] | undefined {
  try {
    return path
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

function vulnerabilityRoute([name, ...more]: readonly string[]): V3Route | undefined {
  if (name === undefined || more.length > 0) return undefined;
  const source = name.toLowerCase();
  return source === 'index.json' ? { kind: 'vulnerability-index' } : { kind: 'vulnerability-page', source };
}

function flatRoute([id, second, file, ...more]: readonly string[]): V3Route | undefined {
  if (id === undefined || second === undefined || more.length > 0) return undefined;
  if (file === undefined) return second.toLowerCase() === 'index.json' ? { kind: 'flat-index', id } : undefined;
  const version = normalized(second);
  if (version === undefined) return undefined;
  const named = (extension: string): boolean => namesVersion(file, { id, version, extension });
  if (named('.nupkg')) return { kind: 'package', id, version };
  const embedded = PACKAGE_FILES.find((name) => name === file.toLowerCase());
  if (embedded !== undefined) return { kind: 'file', file: embedded, id, version };
  return named('.nuspec') || file.toLowerCase() === `${id.toLowerCase()}.nuspec`
    ? { kind: 'nuspec', id, version }
    : undefined;
}

function registrationRoute([hiveName, id, third, ...rest]: readonly string[]): V3Route | undefined {
  const hive = HIVES.find((name) => name === hiveName?.toLowerCase());
  if (hive === undefined || id === undefined || third === undefined) return undefined;
  if (third.toLowerCase() === 'page') return pageRoute({ hive, id }, rest);
  if (rest.length > 0) return undefined;
  if (third.toLowerCase() === 'index.json') return { kind: 'registration-index', hive, id };
  const version = jsonVersion(third);
  return version === undefined ? undefined : { kind: 'registration-leaf', hive, id, version };
}

function pageRoute(
  of: { readonly hive: Hive; readonly id: string },
  [first, last, ...more]: readonly string[],
): V3Route | undefined {
  if (first === undefined || last === undefined || more.length > 0) return undefined;
  const lower = normalized(first);
  const upper = jsonVersion(last);
  return lower === undefined || upper === undefined ? undefined : { kind: 'registration-page', ...of, lower, upper };
}

const NUMBER = '(0|[1-9][0-9]{0,14})';
const PAGE = new RegExp(`^page${NUMBER}\\.json$`);
const ENTRY_NUMBER = new RegExp(`^${NUMBER}$`);

function catalogRoute([first = '', number = '', file = '', ...more]: readonly string[]): V3Route | undefined {
  const name = first.toLowerCase();
  if (name === 'data') {
    const isLeaf = more.length === 0 && ENTRY_NUMBER.test(number) && file.toLowerCase().endsWith('.json');
    const leafName = file.slice(0, -'.json'.length).toLowerCase();
    return isLeaf ? { kind: 'catalog-leaf', number: Number(number), name: leafName } : undefined;
  }
  if (number !== '') return undefined;
  if (name === 'index.json') return { kind: 'catalog-index' };
  const page = PAGE.exec(name)?.[1];
  return page === undefined ? undefined : { kind: 'catalog-page', page: Number(page) };
}

function packagePageRoute([id, written, ...more]: readonly string[]): V3Route | undefined {
  if (id === undefined || more.length > 0) return undefined;
  if (written === undefined) return { kind: 'package-page', id, version: null };
  const version = normalized(written);
  return version === undefined ? undefined : { kind: 'package-page', id, version };
}

function normalized(text: string): string | undefined {
  const version = parseVersion(text);
  return version === undefined ? undefined : normalizeVersion(version);
}

function jsonVersion(file: string): string | undefined {
  return file.toLowerCase().endsWith('.json') ? normalized(file.slice(0, -'.json'.length)) : undefined;
}

/** Whether a file name is `{id}.{version}{extension}`, with the version in any form. */
function namesVersion(file: string, { id, version, extension }: OfVersion & { readonly extension: string }): boolean {
  const name = file.toLowerCase();
  const start = `${id.toLowerCase()}.`;
  if (!name.startsWith(start) || !name.endsWith(extension)) return false;
  return normalized(name.slice(start.length, -extension.length)) === version.toLowerCase();
}
