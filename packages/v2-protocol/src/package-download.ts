/** Downloads: `package/{id}/{version}`, and `package/{id}` for the newest version. */
import type { BlobAnswer } from '@feedfleet/feed-endpoint';
import { ProblemError } from '@feedfleet/problems';
import type { BlobStore, StoredBlob, StoredVersion } from '@feedfleet/store';
import { shown } from './odata-literal.ts';
import type { PackageReader } from './package-reader.ts';
import type { PackageEngine } from './package-engine.ts';

interface DownloadSources {
  readonly blobs: Pick<BlobStore, 'open'>;
  readonly reader: PackageReader;
}

/** The newest listed version of an id: a stable one when there is any. */
export async function newestVersion(engine: PackageEngine, id: string): Promise<StoredVersion | undefined> {
  const ids = { kind: 'named', ids: [id.toLowerCase()] } as const;
  for (const includePrerelease of [false, true]) {
    const versions = { kind: 'latest', includePrerelease, includeSemVer2: true } as const;
    for await (const [row] of engine.chunks({ order: 'id', descending: false, newestFirst: false, ids, versions })) {
      if (row !== undefined) return row;
    }
  }
  return undefined;
}

/** @throws ProblemError `FF_NO_SUCH_PACKAGE` */
export async function existing(reader: PackageReader, id: string, version: string): Promise<StoredVersion> {
  const row = await reader.version(id, version);
  if (row === undefined) {
    throw new ProblemError('noSuchPackage', { detail: `There is no ${shown(id)} in version ${shown(version)}.` });
  }
  return row;
}

/**
 * @throws ProblemError `FF_NO_SUCH_PACKAGE` when the version was deleted after it was read, `FF_CORRUPT` when the store knows
 * the version and has lost its file.
 */
export async function downloadAnswer(row: StoredVersion, sources: DownloadSources): Promise<BlobAnswer> {
  const fileName = `${row.id}.${row.normalizedVersion}.nupkg`;
  const blob = (await sources.blobs.open(row.sha512)) ?? (await reopened(row, sources));
  return { kind: 'blob', contentType: 'application/zip', fileName, blob, counts: { versionKey: row.key } };
}

/** The version may have been deleted since it was read, and another one pushed in its place. */
async function reopened({ id, normalizedVersion }: StoredVersion, sources: DownloadSources): Promise<StoredBlob> {
  const { sha512 } = await existing(sources.reader, id, normalizedVersion);
  const blob = await sources.blobs.open(sha512);
  if (blob === undefined) {
    throw new ProblemError('corrupt', { detail: `The file of ${id}.${normalizedVersion} is missing.` });
  }
  return blob;
}
