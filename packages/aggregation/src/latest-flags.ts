/** Which versions of an id are the latest, over the union of several places. */
import type { SourceVersion } from '@feedfleet/package-sources';
import type { LatestFlags } from '@feedfleet/store';

type Judged = Pick<SourceVersion, 'listed' | 'isPrerelease' | 'isSemVer2' | 'sortKey'>;

/** Sort keys of the newest listed version of each kind; undefined where there is none. */
export interface LatestKeys {
  readonly latest: string | undefined;
  readonly absoluteLatest: string | undefined;
  readonly latestSemVer2: string | undefined;
  readonly absoluteLatestSemVer2: string | undefined;
}

/** @param ascending - versions of one id, each once. */
export function latestKeys(ascending: readonly Judged[]): LatestKeys {
  const newest = (isMeant: (version: Judged) => boolean): string | undefined =>
    ascending.findLast((version) => version.listed && isMeant(version))?.sortKey;
  return {
    latest: newest(({ isPrerelease, isSemVer2 }) => !isPrerelease && !isSemVer2),
    absoluteLatest: newest(({ isSemVer2 }) => !isSemVer2),
    latestSemVer2: newest(({ isPrerelease }) => !isPrerelease),
    absoluteLatestSemVer2: newest(() => true),
  };
}

export function flagsOf({ sortKey }: Pick<SourceVersion, 'sortKey'>, newest: LatestKeys): LatestFlags {
  return {
    isLatest: sortKey === newest.latest,
    isAbsoluteLatest: sortKey === newest.absoluteLatest,
    isLatestSemVer2: sortKey === newest.latestSemVer2,
    isAbsoluteLatestSemVer2: sortKey === newest.absoluteLatestSemVer2,
  };
}
