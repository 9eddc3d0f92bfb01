/** A version of a hit that is not its newest: what a list of versions shows of it. */
import { emptyMetadata } from '@feedfleet/nupkg';
import type { SourceVersion } from '@feedfleet/package-sources';
import type { FoundVersion } from '@feedfleet/store';
import { isPrerelease, isSemVer2, parseVersion, versionSortKey } from '@feedfleet/versioning';

/** @returns undefined when the version is none. */
export function olderVersion(newest: SourceVersion, found: FoundVersion): SourceVersion | undefined {
  const { version, normalizedVersion, downloads } = found;
  const parsed = parseVersion(normalizedVersion);
  const written = version === normalizedVersion ? parsed : parseVersion(version);
  if (parsed === undefined || written === undefined) return undefined;
  const named = {
    ...{ id: newest.id, version, normalizedVersion },
    ...{ isPrerelease: isPrerelease(parsed), isSemVer2: isSemVer2(written) },
  };
  return {
    ...named,
    ...{ sortKey: versionSortKey(parsed), listed: true, downloads, totalDownloads: newest.totalDownloads },
    ...{ created: '', lastEdited: '', sizeBytes: 0, sha512: '', metadata: emptyMetadata(named) },
    ...{ deprecation: null, vulnerabilities: [], isIncomplete: true },
  };
}
