/**
 * The properties of a package version that filters and orders may name.
 *
 * Source: NuGetGallery, V2FeedPackage.
 */
import type { StoredVersion } from '@feedfleet/store';
import { parseVersion, versionSortKey } from '@feedfleet/versioning';

/** What properties are read from. */
export type PackageRow = StoredVersion;

/** Which pair of latest flags counts: the one among all versions, or the one among versions without SemVer 2. */
export interface Viewpoint {
  readonly includeSemVer2: boolean;
}

/** `version` compares as versions do, by its sort key; `instant` is ISO text. Empty text counts as null. */
export type PackageProperty =
  | { readonly type: 'text' | 'instant'; read(row: PackageRow): string }
  | { readonly type: 'version'; read(row: PackageRow): string; sortKey(row: PackageRow): string }
  | { readonly type: 'flag'; read(row: PackageRow, viewpoint: Viewpoint): boolean }
  | { readonly type: 'number'; read(row: PackageRow): number };

/** What an unlisted version was published at, as all clients know it. */
const UNLISTED_PUBLISHED = '1900-01-01T00:00:00';

export function isLatest(row: PackageRow, { includeSemVer2 }: Viewpoint): boolean {
  return includeSemVer2 ? row.isLatestSemVer2 : row.isLatest;
}

export function isAbsoluteLatest(row: PackageRow, { includeSemVer2 }: Viewpoint): boolean {
  return includeSemVer2 ? row.isAbsoluteLatestSemVer2 : row.isAbsoluteLatest;
}

export function publishedOf(row: PackageRow): string {
  return row.listed ? row.created : UNLISTED_PUBLISHED;
}

export function sortKeyOf(row: PackageRow): string {
  const version = parseVersion(row.normalizedVersion);
  return version === undefined ? '' : versionSortKey(version);
}

/** Properties by their exact names. */
export type PropertyTable = ReadonlyMap<string, PackageProperty>;

export const V2_PROPERTIES: PropertyTable = new Map<string, PackageProperty>(
  Object.entries({
    Id: { type: 'text', read: (row) => row.id },
    Version: { type: 'version', read: (row) => row.version, sortKey: sortKeyOf },
    NormalizedVersion: { type: 'version', read: (row) => row.normalizedVersion, sortKey: sortKeyOf },
    Title: { type: 'text', read: (row) => (row.metadata.title === '' ? row.id : row.metadata.title) },
    Authors: { type: 'text', read: (row) => row.metadata.authors },
    Description: { type: 'text', read: (row) => row.metadata.description },
    Summary: { type: 'text', read: (row) => row.metadata.summary },
    // Blanks around every tag, so that `substringof(' tag ', Tags)` finds whole tags as clients mean it.
    Tags: { type: 'text', read: (row) => (row.metadata.tags.length === 0 ? '' : ` ${row.metadata.tags.join(' ')} `) },
    IsLatestVersion: { type: 'flag', read: isLatest },
    IsAbsoluteLatestVersion: { type: 'flag', read: isAbsoluteLatest },
    IsPrerelease: { type: 'flag', read: (row) => row.isPrerelease },
    Listed: { type: 'flag', read: (row) => row.listed },
    RequireLicenseAcceptance: { type: 'flag', read: (row) => row.metadata.requireLicenseAcceptance },
    DevelopmentDependency: { type: 'flag', read: (row) => row.metadata.developmentDependency },
    DownloadCount: { type: 'number', read: (row) => row.totalDownloads },
    VersionDownloadCount: { type: 'number', read: (row) => row.downloads },
    PackageSize: { type: 'number', read: (row) => row.sizeBytes },
    Created: { type: 'instant', read: (row) => row.created },
    Published: { type: 'instant', read: publishedOf },
    LastUpdated: { type: 'instant', read: (row) => row.lastEdited },
    LastEdited: { type: 'instant', read: (row) => row.lastEdited },
  } satisfies Record<string, PackageProperty>),
);
