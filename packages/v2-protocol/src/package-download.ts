/** Downloads: `package/{id}/{version}`, and `package/{id}` for the newest version. */
import type { BlobAnswer } from '@feedfleet/feed-endpoint';
import { ProblemError } from '@feedfleet/problems';
import type { BlobStore, StoredVersion } from '@feedfleet/store';

/** The newest listed version: a stable one when there is any. */
export function newestVersion(versions: readonly StoredVersion[]): StoredVersion | undefined {
  return versions.find((row) => row.isLatestSemVer2) ?? versions.find((row) => row.isAbsoluteLatestSemVer2);
}

/** @throws ProblemError `FF_CORRUPT` when the store knows the version and has lost its file. */
export async function downloadAnswer(row: StoredVersion, blobs: BlobStore): Promise<BlobAnswer> {
  const blob = await blobs.open(row.sha512);
  const name = `${row.id}.${row.normalizedVersion}`;
  if (blob === undefined) throw new ProblemError('corrupt', { detail: `The file of ${name} is missing.` });
  return { kind: 'blob', contentType: 'application/zip', fileName: `${name}.nupkg`, blob };
}
