/** A merged version in the form in which the store gives out its own, so that one renderer serves both. */
import type { MergedVersion } from '@feedfleet/aggregation';
import type { ScannedVersion } from '@feedfleet/store';

/**
 * It is in no catalog of this feed, which its commit number tells: 0. Nothing was rendered for it beforehand.
 *
 * @example mergedRow(version).fragmentFormat; // 0
 */
export function mergedRow(version: MergedVersion): ScannedVersion {
  const { metadata, lastEdited } = version;
  return {
    ...version,
    title: metadata.title,
    tags: metadata.tags.join(' '),
    commitNumber: 0,
    committedUs: microseconds(lastEdited),
    fragment: '',
    fragmentFormat: 0,
  };
}

/** Of an ISO instant; 0 for what is none. */
function microseconds(instant: string): number {
  const milliseconds = Date.parse(instant);
  return Number.isNaN(milliseconds) || milliseconds < 0 ? 0 : milliseconds * 1000;
}
