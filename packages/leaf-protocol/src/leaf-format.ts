/**
 * The document of a leaf: lines of JSON, the first of which says what follows.
 *
 * Every further line is a chunk, `{"texts":[...],...,"rows":[...]}`: values that were not named before, and rows that name them by their
 * place. Versions of one package share most of what their authors wrote, so that a value is sent once; and a chunk is small, so that
 * a document is read in slices, however long it is.
 */
import type { DependencyGroup, PackageMetadata, PackageType } from '@feedfleet/nupkg';
import type { Deprecation, Vulnerability } from '@feedfleet/store';

/** Raised when a document of the same answer has another form. */
export const LEAF_FORMAT = 1;

export const LEAF_CONTENT_TYPE = 'application/x-ndjson';

/** Largest document, in bytes. */
export const MAX_LEAF_BYTES = 64 * 1024 ** 2;

export type LeafKind = 'versions' | 'hits' | 'ids' | 'page' | 'unsupported';

/** The first line. */
export interface LeafHead {
  readonly format: typeof LEAF_FORMAT;
  readonly kind: LeafKind;
  /** Of `hits`, `ids` and `page`; null when it is not told. */
  readonly total: number | null;
  /** Of `page`. */
  readonly hasMore: boolean;
  /** Why, for `unsupported`; else ''. */
  readonly detail: string;
  /** Rows in all chunks. */
  readonly rows: number;
}

/** Values that rows name by their place among all of the document. */
export interface LeafValues {
  readonly texts: readonly string[];
  readonly tags: readonly PackageMetadata['tags'][];
  readonly types: readonly (readonly PackageType[])[];
  readonly dependencies: readonly (readonly DependencyGroup[])[];
  readonly deprecations: readonly Deprecation[];
  readonly vulnerabilities: readonly (readonly Vulnerability[])[];
}

export const VALUE_NAMES = ['texts', 'tags', 'types', 'dependencies', 'deprecations', 'vulnerabilities'] as const;

/**
 * A place in the list of one kind of values, or -1 for what is not told or as said elsewhere.
 *
 * A row of `versions` and `page` has the cells that `LEAF_ROW` names, in that order. One of `hits` has such a row of its newest version
 * and then, for each older version in ascending order, three cells: version, normalized version ('' when it is the version) and downloads. One of `ids` is
 * the id.
 */
export const LEAF_ROW = {
  id: 0,
  version: 1,
  /** '' when it is the version. */
  normalizedVersion: 2,
  flags: 3,
  created: 4,
  /** `=` when it is `created`. */
  lastEdited: 5,
  downloads: 6,
  totalDownloads: 7,
  sizeBytes: 8,
  sha512: 9,
  /** Places of the metadata's id, version and normalized version; -1 when they are those of the row. */
  named: 10,
  /** Places of `METADATA_TEXTS`. */
  texts: 13,
  /** Places of `METADATA_FILES`; -1 for null. */
  files: 29,
  tags: 32,
  types: 33,
  dependencies: 34,
  /** A place in `tags`; -1 when the metadata does not say. */
  frameworks: 35,
  /** -1 for none. */
  deprecation: 36,
  /** -1 for none. */
  vulnerabilities: 37,
} as const;
export const ROW_CELLS = 38;
export const OLDER_CELLS = 3;

export const METADATA_TEXTS = [
  ...(['title', 'authors', 'owners', 'description', 'summary', 'releaseNotes', 'copyright', 'language'] as const),
  ...(['projectUrl', 'iconUrl', 'licenseUrl', 'licenseExpression', 'repositoryUrl', 'repositoryType'] as const),
  ...(['repositoryCommit', 'minClientVersion'] as const),
] as const;

export const METADATA_FILES = ['licenseFile', 'iconFile', 'readmeFile'] as const;

/** Bits of a row's flags. */
export const FLAG = {
  listed: 1,
  prerelease: 2,
  semVer2: 4,
  metadataPrerelease: 8,
  metadataSemVer2: 16,
  licenseAcceptance: 32,
  development: 64,
  incomplete: 128,
} as const;
