/**
 * What a request for a collection asks: `Packages()`, `FindPackagesById()`, `Search()`, `GetUpdates()`.
 *
 * Source: NuGetGallery, ODataV2FeedController (which options each takes, and their defaults).
 */
import { ProblemError } from '@feedfleet/problems';
import { compareVersions, parseVersion } from '@feedfleet/versioning';
import type { DocumentShape } from './atom-document.ts';
import { parseFilter } from './filter.ts';
import { invalidOption, parseCount, parseFlag, parseText, shown } from './odata-literal.ts';
import type { QueryOptions } from './odata-url.ts';
import type { PropertyTable } from './package-property.ts';
import { parseOrder } from './order.ts';
import type { PackageQuery } from './plan.ts';

/** Entries on one page of an answer; clients of PowerShell count on this number. */
export const PAGE_SIZE = 100;

export interface Paging {
  readonly skip: number;
  /** Null when the client names no number. */
  readonly top: number | null;
  readonly withCount: boolean;
}

const SYSTEM_OPTIONS = ['$filter', '$orderby', '$top', '$skip', '$skiptoken', '$inlinecount', '$select', '$format'];

/**
 * Refuses options that nobody knows.
 *
 * @throws ProblemError `FF_INVALID_QUERY`
 */
export function checkOptions(options: QueryOptions): void {
  for (const name of options.keys()) {
    if (name.startsWith('$') && !SYSTEM_OPTIONS.includes(name)) {
      const detail = `expected one of ${SYSTEM_OPTIONS.join(', ')}, got ${shown(name)}`;
      throw new ProblemError('invalidQuery', { detail });
    }
  }
}

const MAX_SELECTED = 100;

/** Reads `$format` and `$select`; a selected name that no entry has selects nothing. */
export function parseShape(options: QueryOptions): DocumentShape {
  const format = options.get('$format') ?? 'atom';
  const isJson = format === 'json' || format.startsWith('application/json');
  if (!isJson && format !== 'atom' && !format.startsWith('application/atom+xml')) {
    throw invalidOption('$format', 'atom or json', format);
  }
  const names = (options.get('$select') ?? '*').split(',').map((name) => name.trim());
  if (names.length > MAX_SELECTED || !names.every((name) => /^(?:\*|\w+)$/.test(name))) {
    throw invalidOption('$select', 'names of properties, joined by commas, or *', names.join(','));
  }
  return { format: isJson ? 'json' : 'atom', select: names.includes('*') ? null : new Set(names) };
}

export function parsePaging(options: QueryOptions): Paging {
  const top = options.get('$top');
  const count = options.get('$inlinecount') ?? 'none';
  if (count !== 'none' && count !== 'allpages') throw invalidOption('$inlinecount', 'allpages or none', count);
  return {
    skip: parseCount('$skip', options.get('$skip') ?? '0'),
    top: top === undefined ? null : parseCount('$top', top),
    withCount: count === 'allpages',
  };
}

/** Versions that need SemVer 2.0.0 are shown only to those who say that they know it. */
export function includesSemVer2(options: QueryOptions): boolean {
  const level = parseVersion(parseText('semVerLevel', options.get('semverlevel') ?? ''));
  const two = parseVersion('2.0.0');
  return level !== undefined && two !== undefined && compareVersions(level, two) >= 0;
}

export function packagesQuery(options: QueryOptions, properties: PropertyTable): PackageQuery {
  return { ...filtering(options, properties), id: null, text: '', includePrerelease: true, includeUnlisted: true };
}

export function findByIdQuery(options: QueryOptions, properties: PropertyTable): PackageQuery {
  return { ...packagesQuery(options, properties), id: parseText('id', options.get('id') ?? '') };
}

export function searchQuery(options: QueryOptions, properties: PropertyTable): PackageQuery {
  return {
    ...filtering(options, properties),
    id: null,
    text: parseText('searchTerm', options.get('searchterm') ?? '').trim(),
    includePrerelease: parseFlag('includePrerelease', options.get('includeprerelease') ?? '') ?? false,
    includeUnlisted: false,
  };
}

export function filtering(
  options: QueryOptions,
  properties: PropertyTable,
): Pick<PackageQuery, 'filter' | 'order' | 'properties' | 'includeSemVer2'> {
  const filter = options.get('$filter')?.trim() ?? '';
  return {
    filter: filter === '' ? null : parseFilter(filter),
    order: parseOrder(options.get('$orderby')?.trim() ?? '', properties),
    properties,
    includeSemVer2: includesSemVer2(options),
  };
}
