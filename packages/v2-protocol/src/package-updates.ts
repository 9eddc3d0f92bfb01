/**
 * `GetUpdates()`: newer versions of what a client has installed.
 *
 * Source: NuGetGallery, ODataV2FeedController.GetUpdates: lists joined by `|`; lists of ids and versions of different
 * lengths have no updates; `versionConstraints` counts only when it has one element an id.
 */
import type { VersionSource } from '@feedfleet/store';
import { compareVersions, parseRange, parseVersion, satisfies, versionSortKey } from '@feedfleet/versioning';
import type { NuGetVersion, VersionRange } from '@feedfleet/versioning';
import { includesSemVer2 } from './collection-request.ts';
import { invalidOption, parseFlag, parseText } from './odata-literal.ts';
import type { QueryOptions } from './odata-url.ts';
import type { PackageRow } from './package-property.ts';

export interface InstalledPackage {
  readonly id: string;
  readonly version: NuGetVersion;
  /** Undefined for any version. */
  readonly constraint: VersionRange | undefined;
}

export interface UpdatesQuery {
  readonly installed: readonly InstalledPackage[];
  readonly includePrerelease: boolean;
  readonly includeSemVer2: boolean;
  /** Every newer version instead of the newest. */
  readonly includeAllVersions: boolean;
}

/** Most packages of which one request asks. */
export const MAX_INSTALLED = 500;

export function parseUpdatesQuery(options: QueryOptions): UpdatesQuery {
  const list = (name: string) => parseText(name, options.get(name.toLowerCase()) ?? '').split('|');
  const ids = list('packageIds');
  const versions = list('versions');
  const constraints = list('versionConstraints');
  if (ids.length > MAX_INSTALLED) throw invalidOption('packageIds', `at most ${MAX_INSTALLED} ids`, String(ids.length));
  const installed = ids.flatMap((id, index) => {
    const version = parseVersion(versions[index] ?? '');
    if (id === '' || version === undefined) return [];
    const constraint = constraints.length === ids.length ? (constraints[index] ?? '') : '';
    return [{ id, version, constraint: constraint === '' ? undefined : parseRange(constraint) }];
  });
  return {
    installed: ids.length === versions.length ? installed : [],
    includePrerelease: parseFlag('includePrerelease', options.get('includeprerelease') ?? '') ?? false,
    includeSemVer2: includesSemVer2(options),
    includeAllVersions: parseFlag('includeAllVersions', options.get('includeallversions') ?? '') ?? false,
  };
}

/** The versions of the package from the installed one on; the newest first when that one is all that is asked for. */
export function updateSource({ id, version }: InstalledPackage, query: UpdatesQuery): VersionSource {
  const from = versionSortKey(version);
  const ids = { kind: 'named', ids: [id.toLowerCase()] } as const;
  const newestFirst = !query.includeAllVersions;
  return { order: 'id', descending: false, newestFirst, ids, versions: { kind: 'all', from } };
}

export function isUpdate(installed: InstalledPackage, row: PackageRow, query: UpdatesQuery): boolean {
  const version = parseVersion(row.version);
  return (
    version !== undefined &&
    row.listed &&
    (query.includePrerelease || !row.isPrerelease) &&
    (query.includeSemVer2 || !row.isSemVer2) &&
    compareVersions(version, installed.version) > 0 &&
    (installed.constraint === undefined || satisfies(installed.constraint, version))
  );
}
