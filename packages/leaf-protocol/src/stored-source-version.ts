/** A version of the own store, as a package source tells it. */
import type { SourceVersion } from '@feedfleet/package-sources';
import { ProblemError } from '@feedfleet/problems';
import type { KnownAdvisories, ScannedVersion, StoredVersion } from '@feedfleet/store';
import { parseVersion, versionSortKey } from '@feedfleet/versioning';

/**
 * The row with what is known of it. Its metadata stays in the database until somebody asks for it, as that of the stored version does;
 * to copy the row by a spread is to ask.
 */
export function sourceVersionOf(row: StoredVersion, advisories: KnownAdvisories): SourceVersion {
  const { id, version, normalizedVersion, isPrerelease, isSemVer2, listed, created, lastEdited } = row;
  const { downloads, totalDownloads, sizeBytes, sha512 } = row;
  const known = isScanned(row) ? row.sortKey : '';
  return {
    ...{ id, version, normalizedVersion, isPrerelease, isSemVer2, listed, created, lastEdited },
    ...{ downloads, totalDownloads, sizeBytes, sha512 },
    ...advisories.of(row),
    sortKey: known === '' ? sortKeyOf(normalizedVersion) : known,
    get metadata() {
      return row.metadata;
    },
  };
}

function isScanned(row: StoredVersion): row is ScannedVersion {
  return 'sortKey' in row;
}

function sortKeyOf(normalizedVersion: string): string {
  const parsed = parseVersion(normalizedVersion);
  if (parsed !== undefined) return versionSortKey(parsed);
  throw new ProblemError('corrupt', { detail: `the store has a version "${normalizedVersion}", which is none` });
}
