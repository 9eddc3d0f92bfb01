/**
 * The flat container: versions of an id, packages and nuspecs.
 *
 * Source: NuGet server API, "Package content".
 */
import type { Answer } from '@feedfleet/feed-endpoint';
import { ProblemError } from '@feedfleet/problems';
import type { BlobStore, StoredBlob, StoredVersion, VersionName } from '@feedfleet/store';

interface ContentSources {
  readonly blobs: BlobStore;
  /** Reads the version again; rejected with `FF_NO_SUCH_PACKAGE` when it is gone. */
  readonly readAgain: () => Promise<StoredVersion>;
}

/** All versions, unlisted ones too: a project that names one restores it. */
export function flatIndex(versions: readonly VersionName[]): string {
  return JSON.stringify({ versions: versions.map(({ normalizedVersion }) => normalizedVersion.toLowerCase()) });
}

/** A package in a file, and the SHA-512 of it; empty when nobody told. */
type PackageFile = Pick<StoredBlob, 'path' | 'sha512'>;

export type PackageFileUse<T> = (file: PackageFile) => Promise<T>;

export function packageAnswer(version: StoredVersion, blob: StoredBlob): Answer {
  return {
    kind: 'blob',
    contentType: 'application/octet-stream',
    fileName: `${fileStem(version)}.nupkg`,
    blob,
    counts: { versionKey: version.key },
  };
}

export async function nuspecAnswer(version: StoredVersion, { path }: PackageFile): Promise<Answer> {
  return { kind: 'bytes', status: 200, contentType: 'application/xml', body: await nuspecOf(version, path), ...KEPT };
}

const KEPT = { gzip: 'negotiated', keep: 'revision' } as const;

async function nuspecOf(version: StoredVersion, path: string): Promise<Buffer> {
  // Reading packages takes libraries that an idle family need not hold.
  const { readNuspec } = await import('@feedfleet/nupkg');
  try {
    return await readNuspec(path);
  } catch (error) {
    throw unreadable(`the nuspec of ${fileStem(version)}`, error);
  }
}

/**
 * It was read when the package was pushed: if it cannot be read now, the file is damaged and not the client's request. A disk that fails and a
 * process without a file descriptor left say nothing of the file, and are no fault of the storage.
 */
export function unreadable(what: string, cause: unknown): ProblemError {
  if (cause instanceof ProblemError && cause.code === 'FF_STORE_UNAVAILABLE') return cause;
  return new ProblemError('corrupt', { detail: `${what} cannot be read`, cause });
}

export async function blobOf(version: StoredVersion, sources: ContentSources): Promise<StoredBlob> {
  const { blobs, readAgain } = sources;
  // The version may have been deleted since it was read, and another one pushed in its place.
  const blob = (await blobs.open(version.sha512)) ?? (await blobs.open((await readAgain()).sha512));
  if (blob === undefined) throw new ProblemError('corrupt', { detail: `the file of ${fileStem(version)} is missing` });
  return blob;
}

function fileStem({ id, normalizedVersion }: StoredVersion): string {
  return `${id}.${normalizedVersion}`.toLowerCase();
}
