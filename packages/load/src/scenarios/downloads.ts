/** Large downloads, and whether those who ask for small answers notice them. */
import { ProblemError } from '@feedfleet/problems';

import type { LoadGroup } from '../load-run.ts';
import { familyOf } from '../target/load-target.ts';
import type { LoadTarget, TargetFeed, TargetPackage } from '../target/load-target.ts';
import { downloadUrl, readOf, versionsUrl } from './requests.ts';
import { Popularity } from './spread.ts';
import type { Scenario } from './scenario.ts';
import { largestPackages } from './package-sizes.ts';

const LARGE_BYTES = 1_000_000;
/** Downloads are to small reads as one to so many. */
const READS_PER_DOWNLOAD = 10;

export function smallReads(
  target: LoadTarget,
  feed: TargetFeed,
  ratePerSecond: number,
  maxConnections: number,
): LoadGroup {
  const popularity = new Popularity(feed.packages.length);
  return {
    name: 'small reads',
    family: familyOf(versionsUrl(feed, feed.packages[0]), feed),
    ...{ ratePerSecond, maxConnections },
    request: (turn) => readOf(target, versionsUrl(feed, popularity.of(feed.packages, turn))),
  };
}

/** @throws {ProblemError} `FF_USAGE` when the feed has none. */
export async function largePackages(
  target: LoadTarget,
  feed: TargetFeed,
): Promise<readonly [TargetPackage, ...TargetPackage[]]> {
  const [first, ...rest] = await largestPackages(target, feed, LARGE_BYTES);
  if (first !== undefined) return [first, ...rest];
  throw new ProblemError('usage', {
    detail:
      `no package of the feed has ${LARGE_BYTES / 1_000_000} MB; name one with --package, or let load push one of 8 MB ` +
      'with --prepare and a key that may push',
  });
}

export const downloads: Scenario = {
  name: 'downloads',
  title: 'Large downloads',
  says:
    'Lists of versions are read all the time; in the middle third, large packages are downloaded beside them, one for every ten lists. ' +
    'Compare the lists of the three phases.',
  needs: 'A package of at least 1 MB: in the feed, named with --package, or pushed with --prepare.',
  defaults: { ratePerSecond: 50, seconds: 60 },
  pushes: false,
  plan: async (target, { ratePerSecond, maxConnections }) => {
    const [feed] = target.feeds;
    const large = await largePackages(target, feed);
    const small = smallReads(target, feed, ratePerSecond, maxConnections);
    const download: LoadGroup = {
      name: 'large downloads',
      family: familyOf(downloadUrl(large[0]), feed),
      ratePerSecond: ratePerSecond / READS_PER_DOWNLOAD,
      maxConnections,
      request: (turn) => readOf(target, downloadUrl(large[turn % large.length] ?? large[0])),
    };
    const calm = { [small.name]: small.ratePerSecond };
    return {
      groups: [small, download],
      phases: [
        { name: 'before', share: 1 / 3, rates: calm },
        { name: 'downloads', share: 1 / 3, rates: { ...calm, [download.name]: download.ratePerSecond } },
        { name: 'after', share: 1 / 3, rates: calm },
      ],
      notes: [`${large.length} packages of at least 1 MB are downloaded.`],
    };
  },
};
