/**
 * The download port: how often package files were fetched, in total and by day.
 *
 * Counting changes neither the catalog nor when a version was edited. Answers that show counts are kept by the feed's revision,
 * which `reveal` raises now and then: a revision for each count would leave nothing to keep. Every implementation passes the
 * suite in `download-conformance.ts`.
 */

export interface DownloadCount {
  /** `StoredVersion.key` of the version whose file was fetched. */
  readonly versionKey: number;
  /** At least 1. */
  readonly downloads: number;
}

export interface DownloadDay {
  /** UTC, `2026-11-28`. */
  readonly day: string;
  readonly downloads: number;
}

export interface PackageDownloads {
  readonly id: string;
  readonly downloads: number;
}

export interface VersionDownloads {
  /** Normalized. */
  readonly version: string;
  readonly downloads: number;
  readonly sizeBytes: number;
  readonly listed: boolean;
  /** ISO instant of the push. */
  readonly created: string;
}

/** All versions of an id together, and those that were downloaded most. */
export interface PackageStatistics {
  readonly id: string;
  readonly downloads: number;
  readonly versions: number;
  readonly bytes: number;
  /** The most downloaded first, of equal ones the newest. */
  readonly top: readonly VersionDownloads[];
}

export interface DownloadCounts {
  /**
   * Adds counts in one durable transaction: all of them or, when it fails, none. What was counted for a version that was replaced
   * meanwhile goes to what replaced it, what was counted for a deleted one to nobody.
   *
   * @param counts - at most `MAX_COUNTS_PER_ADD`.
   * @throws ProblemError `FF_STORE_UNAVAILABLE`
   */
  add(counts: readonly DownloadCount[]): Promise<void>;

  /**
   * Raises the revision of the feeds with counts that no revision shows, at most once in `intervalMs` for each. Cheap when there
   * are none.
   */
  reveal(intervalMs: number): Promise<{ readonly feeds: number }>;

  /** Downloads of a feed on each day with any, the oldest first. @param days - the last ones, counting today. */
  daysOfFeed(feedId: string, days: number): Promise<readonly DownloadDay[]>;

  /** As `daysOfFeed`, of an id. Its days are kept for `KEPT_DAYS.package`. */
  daysOfPackage(feedId: string, id: string, days: number): Promise<readonly DownloadDay[]>;

  /** As `daysOfFeed`, of a version. Its days are kept for `KEPT_DAYS.version`. */
  daysOfVersion(
    address: { readonly feedId: string; readonly id: string; readonly normalizedVersion: string },
    days: number,
  ): Promise<readonly DownloadDay[]>;

  /** All downloads that the feed ever had, also of what is deleted. */
  totalOfFeed(feedId: string): Promise<number>;

  /** @param take - bound of `top`, at most 1000. @returns undefined for an unknown id. */
  statisticsOf(feedId: string, id: string, take: number): Promise<PackageStatistics | undefined>;

  /** The ids that were downloaded most, the most first; none without a download. @param take - at most 1000. */
  topPackages(feedId: string, take: number): Promise<readonly PackageDownloads[]>;
}

/** Bounds what one transaction holds the event loop and the write lock for. */
export const MAX_COUNTS_PER_ADD = 100;

/** For how many days the downloads of a day are kept; then they live on in the days of what a version or an id belongs to. */
export const KEPT_DAYS = { version: 90, package: 400 } as const;
