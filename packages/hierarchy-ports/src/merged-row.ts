/** A merged version in the form in which the store gives out its own, so that one renderer serves both. */
import type { MergedVersion } from '@feedfleet/aggregation';
import type { ScannedVersion } from '@feedfleet/store';

/** With what its package source says of it; metadata is read when it is asked for. */
export interface MergedRow extends ScannedVersion, Pick<MergedVersion, 'deprecation' | 'vulnerabilities'> {}

/**
 * It is in no catalog of this feed, which its commit number tells: 0. Nothing was rendered for it beforehand.
 *
 * @example mergedRow(version).fragmentFormat; // 0
 */
export function mergedRow(version: MergedVersion): MergedRow {
  const { key, id, normalizedVersion, sortKey, isPrerelease, isSemVer2, listed, created, lastEdited } = version;
  const { downloads, totalDownloads, sizeBytes, sha512 } = version;
  const { isLatest, isAbsoluteLatest, isLatestSemVer2, isAbsoluteLatestSemVer2 } = version;
  return {
    ...{ key, id, version: version.version, normalizedVersion, sortKey, isPrerelease, isSemVer2, listed },
    ...{ created, lastEdited, downloads, totalDownloads, sizeBytes, sha512 },
    ...{ isLatest, isAbsoluteLatest, isLatestSemVer2, isAbsoluteLatestSemVer2 },
    ...{ commitNumber: 0, committedUs: microseconds(lastEdited), fragment: '', fragmentFormat: 0 },
    get metadata() {
      return version.metadata;
    },
    get title() {
      return version.metadata.title;
    },
    get tags() {
      return version.metadata.tags.join(' ');
    },
    get deprecation() {
      return version.deprecation;
    },
    get vulnerabilities() {
      return version.vulnerabilities;
    },
  };
}

/** Of an ISO instant; 0 for what is none. */
function microseconds(instant: string): number {
  const milliseconds = Date.parse(instant);
  return Number.isNaN(milliseconds) || milliseconds < 0 ? 0 : milliseconds * 1000;
}
