/**
 * The properties of a package version that filters and orders may name.
 *
 * Source: NuGetGallery, V2FeedPackage.
 */
import type { ScannedVersion, StoredVersion } from '@feedfleet/store';
import { flattenDependencies } from './dependency-list.ts';

/** What properties are read from. */
export type PackageRow = ScannedVersion;

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

export function isLatest(row: StoredVersion, { includeSemVer2 }: Viewpoint): boolean {
  return includeSemVer2 ? row.isLatestSemVer2 : row.isLatest;
}

export function isAbsoluteLatest(row: StoredVersion, { includeSemVer2 }: Viewpoint): boolean {
  return includeSemVer2 ? row.isAbsoluteLatestSemVer2 : row.isAbsoluteLatest;
}

export function publishedOf(row: StoredVersion): string {
  return row.listed ? row.created : UNLISTED_PUBLISHED;
}

/** Properties by their exact names. */
export type PropertyTable = ReadonlyMap<string, PackageProperty>;

export const V2_PROPERTIES: PropertyTable = new Map<string, PackageProperty>(
  Object.entries({
    Id: { type: 'text', read: (row) => row.id },
    Version: { type: 'version', read: (row) => row.version, sortKey: (row) => row.sortKey },
    NormalizedVersion: { type: 'version', read: (row) => row.normalizedVersion, sortKey: (row) => row.sortKey },
    Title: { type: 'text', read: (row) => (row.title === '' ? row.id : row.title) },
    Authors: { type: 'text', read: (row) => row.metadata.authors },
    Description: { type: 'text', read: (row) => row.metadata.description },
    Copyright: { type: 'text', read: (row) => row.metadata.copyright },
    Dependencies: { type: 'text', read: (row) => flattenDependencies(row.metadata.dependencyGroups) },
    IconUrl: { type: 'text', read: (row) => row.metadata.iconUrl },
    Language: { type: 'text', read: (row) => row.metadata.language },
    LicenseNames: { type: 'text', read: (row) => row.metadata.licenseExpression },
    LicenseUrl: { type: 'text', read: (row) => row.metadata.licenseUrl },
    MinClientVersion: { type: 'text', read: (row) => row.metadata.minClientVersion },
    ProjectUrl: { type: 'text', read: (row) => row.metadata.projectUrl },
    ReleaseNotes: { type: 'text', read: (row) => row.metadata.releaseNotes },
    Summary: { type: 'text', read: (row) => row.metadata.summary },
    // Blanks around every tag, so that `substringof(' tag ', Tags)` finds whole tags as clients mean it.
    Tags: { type: 'text', read: (row) => (row.tags === '' ? '' : ` ${row.tags} `) },
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
