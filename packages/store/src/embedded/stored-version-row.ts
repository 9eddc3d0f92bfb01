/** A version as the tables have it, and as readers of the store see it. */
import { ProblemError } from '@feedfleet/problems';
import type { PackageMetadata } from '@feedfleet/nupkg';
import type { FragmentKind, StoredVersion } from '../metadata-store.ts';
import type { ScannedVersion } from '../version-scan.ts';
import type { Connection, Row } from './connection.ts';
import { toStoreProblem } from './sqlite-problems.ts';

/** Columns of a version `v` of the package `p`. */
const COLUMNS = `v.version_key, v.listed, v.is_prerelease, v.is_semver2, v.downloads, v.size_bytes, v.id, v.version, v.normalized,
  v.created, v.last_edited, v.sha512, v.commit_number, v.committed_us, p.total_downloads, p.latest_key, p.absolute_latest_key, p.latest_semver2_key,
  p.absolute_latest_semver2_key`;

const FRAGMENT_COLUMNS: Readonly<Record<FragmentKind, string>> = {
  'v2-entry': 'c.v2_entry AS fragment, c.v2_entry_format AS fragment_format',
  'v3-leaf': 'c.v3_leaf AS fragment, c.v3_leaf_format AS fragment_format',
};

/** The start of a statement that reads versions: `SELECT ... FROM`, to be followed by a join of `p`, `v` and `contentJoin`. */
export function versionColumns(fragment: FragmentKind | undefined): string {
  return fragment === undefined ? COLUMNS : `${COLUMNS}, ${FRAGMENT_COLUMNS[fragment]}`;
}

export function contentJoin(fragment: FragmentKind | undefined): string {
  return fragment === undefined ? '' : 'JOIN package_content c ON c.version_key = v.version_key';
}

/** Makes stored versions out of rows; their metadata stays in the database until somebody asks for it. */
export class VersionRows {
  readonly #reader: Connection;

  constructor(reader: Connection) {
    this.#reader = reader;
  }

  toVersion(row: Row): StoredVersion {
    return new StoredVersionRow(row, this.#loadMetadata);
  }

  /** A row that also has `sort_key`, `title` and `tags`. */
  toScanned(row: Row): ScannedVersion {
    return new ScannedVersionRow(row, this.#loadMetadata);
  }

  readonly #loadMetadata = (versionKey: number): PackageMetadata => {
    let row: Row | undefined;
    try {
      row = this.#reader.get('SELECT metadata FROM package_content WHERE version_key = ?', versionKey);
    } catch (error) {
      throw toStoreProblem(error);
    }
    if (row === undefined) {
      // Not a 404: the answer that is being made may be about other versions, which are still there.
      throw new ProblemError('storeUnavailable', { detail: 'a version was deleted while it was read' });
    }
    return JSON.parse(String(row.metadata)) as PackageMetadata;
  };
}

class StoredVersionRow implements StoredVersion {
  readonly key: number;
  readonly id: string;
  readonly version: string;
  readonly normalizedVersion: string;
  readonly isPrerelease: boolean;
  readonly isSemVer2: boolean;
  readonly listed: boolean;
  readonly created: string;
  readonly lastEdited: string;
  readonly downloads: number;
  readonly totalDownloads: number;
  readonly sizeBytes: number;
  readonly sha512: string;
  readonly commitNumber: number;
  readonly committedUs: number;
  readonly fragment: string;
  readonly fragmentFormat: number;
  readonly isLatest: boolean;
  readonly isAbsoluteLatest: boolean;
  readonly isLatestSemVer2: boolean;
  readonly isAbsoluteLatestSemVer2: boolean;
  readonly #loadMetadata: (versionKey: number) => PackageMetadata;
  #metadata: PackageMetadata | undefined;

  constructor(row: Row, loadMetadata: (versionKey: number) => PackageMetadata) {
    const versionKey = row.version_key;
    this.id = row.id as string;
    this.version = row.version as string;
    this.normalizedVersion = row.normalized as string;
    this.isPrerelease = row.is_prerelease === 1;
    this.isSemVer2 = row.is_semver2 === 1;
    this.listed = row.listed === 1;
    this.created = row.created as string;
    this.lastEdited = row.last_edited as string;
    this.downloads = row.downloads as number;
    this.totalDownloads = row.total_downloads as number;
    this.sizeBytes = row.size_bytes as number;
    this.sha512 = sha512ToHex(row.sha512 as Uint8Array);
    this.commitNumber = row.commit_number as number;
    this.committedUs = row.committed_us as number;
    this.fragment = (row.fragment ?? '') as string;
    this.fragmentFormat = (row.fragment_format ?? 0) as number;
    this.isLatest = row.latest_key === versionKey;
    this.isAbsoluteLatest = row.absolute_latest_key === versionKey;
    this.isLatestSemVer2 = row.latest_semver2_key === versionKey;
    this.isAbsoluteLatestSemVer2 = row.absolute_latest_semver2_key === versionKey;
    this.key = versionKey as number;
    this.#loadMetadata = loadMetadata;
  }

  get metadata(): PackageMetadata {
    return (this.#metadata ??= this.#loadMetadata(this.key));
  }
}

class ScannedVersionRow extends StoredVersionRow implements ScannedVersion {
  readonly sortKey: string;
  readonly title: string;
  readonly tags: string;

  constructor(row: Row, loadMetadata: (versionKey: number) => PackageMetadata) {
    super(row, loadMetadata);
    this.sortKey = row.sort_key as string;
    this.title = row.title as string;
    this.tags = row.tags as string;
  }
}

export function sha512ToHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

export function sha512FromHex(hex: string): Buffer {
  const bytes = Buffer.from(hex, 'hex');
  if (bytes.length !== 64) {
    throw new ProblemError('invalidArgument', { detail: 'a SHA-512 is 128 hexadecimal digits' });
  }
  return bytes;
}
