/** A version as a package source tells it. */
import type { PackageMetadata } from '@feedfleet/nupkg';
import type { Deprecation, Vulnerability } from '@feedfleet/store';

/** What a source does not tell is '' or 0. */
export interface SourceVersion {
  readonly id: string;
  readonly version: string;
  readonly normalizedVersion: string;
  /** As `versionSortKey` makes it: plain order of the texts is the order of the versions. */
  readonly sortKey: string;
  readonly isPrerelease: boolean;
  readonly isSemVer2: boolean;
  readonly listed: boolean;
  /** ISO instant. */
  readonly created: string;
  /** ISO instant. */
  readonly lastEdited: string;
  readonly downloads: number;
  /** Of all versions of the id. */
  readonly totalDownloads: number;
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha512: string;
  readonly metadata: PackageMetadata;
  /**
   * The source tells less of it than a package has: dependencies and package types are not known, and their absence says nothing.
   * Rows of searches are usually so.
   */
  readonly isIncomplete?: true;
  readonly deprecation: Deprecation | null;
  /** Those that this version has. */
  readonly vulnerabilities: readonly Vulnerability[];
}
