/**
 * The properties of a package version that filters and orders may name.
 *
 * Source: NuGetGallery, V2FeedPackage.
 */
import type { StoredVersion } from '@feedfleet/store';

/** Which pair of latest flags counts: the one among all versions, or the one among versions without SemVer 2. */
export interface Viewpoint {
  readonly includeSemVer2: boolean;
}

/** `version` compares as versions do; `instant` as ISO text. Empty text counts as null. */
export type PackageProperty =
  | { readonly type: 'text' | 'version' | 'instant'; read(row: StoredVersion): string }
  | { readonly type: 'flag'; read(row: StoredVersion, viewpoint: Viewpoint): boolean }
  | { readonly type: 'number'; read(row: StoredVersion): number };

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

const PROPERTIES: Readonly<Record<string, PackageProperty>> = {
  Id: { type: 'text', read: (row) => row.id },
  Version: { type: 'version', read: (row) => row.normalizedVersion },
  NormalizedVersion: { type: 'version', read: (row) => row.normalizedVersion },
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
};

export const PROPERTY_NAMES: readonly string[] = Object.keys(PROPERTIES);

export function packageProperty(name: string): PackageProperty | undefined {
  return Object.hasOwn(PROPERTIES, name) ? PROPERTIES[name] : undefined;
}
