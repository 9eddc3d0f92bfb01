/**
 * `GetUpdates()`: newer versions of what a client has installed.
 *
 * Source: NuGetGallery, ODataV2FeedController.GetUpdates: lists joined by `|`; lists of ids and versions of different
 * lengths have no updates; `versionConstraints` counts only when it has one element an id; `targetFrameworks` leaves out versions
 * that have files, but none for any of these frameworks, since NuGet 2.x updates to what it is shown and fails then.
 *
 * `Search()` takes `targetFramework` and does not heed it. The public gallery narrowed searches from 2014 on, hid packages that could
 * be installed (NuGetGallery#2435, NuGet/Home#563), and heeds it no more since; modern clients ask the package itself.
 */
import type { VersionSource } from '@feedfleet/store';
import {
  compareVersions,
  isFrameworkCompatible,
  parseRange,
  parseVersion,
  satisfies,
  versionSortKey,
} from '@feedfleet/versioning';
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
  /** Of the projects that are to be updated; empty for any. */
  readonly targetFrameworks: readonly string[];
}

/** Most packages of which one request asks. */
export const MAX_INSTALLED = 500;
const MAX_FRAMEWORKS = 32;

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
    targetFrameworks: parseFrameworks(list('targetFrameworks')),
  };
}

/** NuGet 2.1 does not escape the plus of portable frameworks, which arrives as a blank. */
function parseFrameworks(list: readonly string[]): readonly string[] {
  const names = list.map((name) => name.trim().replaceAll(' ', '+')).filter((name) => name !== '');
  const distinct = [...new Set(names)];
  if (distinct.length > MAX_FRAMEWORKS) {
    throw invalidOption('targetFrameworks', `at most ${MAX_FRAMEWORKS} frameworks`, String(distinct.length));
  }
  return distinct;
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
    (installed.constraint === undefined || satisfies(installed.constraint, version)) &&
    isInstallable(row, query)
  );
}

/** The only one of the conditions that has to read the metadata. */
function isInstallable(row: PackageRow, { targetFrameworks }: UpdatesQuery): boolean {
  if (targetFrameworks.length === 0) return true;
  const { supportedFrameworks: supported = [] } = row.metadata;
  if (supported.length === 0) return true;
  return targetFrameworks.some((project) => supported.some((each) => isFrameworkCompatible(project, each)));
}
