/** A package that everybody uses has a new version, and everybody comes for it. */
import { ProblemError } from '@feedfleet/problems';

import type { LoadGroup } from '../load-run.ts';
import { discoverPackages } from '../target/discover-packages.ts';
import { familyOf } from '../target/load-target.ts';
import type { LoadTarget, TargetFeed, TargetPackage } from '../target/load-target.ts';
import { pushSamples } from '../target/prepare-packages.ts';
import { questionsTo } from '../target/questions.ts';
import { SAMPLE_PREFIX } from '../target/sample-package.ts';
import { downloadUrl, metadataUrl, pushOf, readOf, versionsUrl } from './requests.ts';
import { ratesOf, restoreGroups } from './restore.ts';
import type { PlannedPhase, Scenario } from './scenario.ts';

const RUSH = 4;
const CONTENT_BYTES = 200_000;

interface HotPackage {
  readonly of: TargetPackage;
  readonly mark: string;
  /** Changes with the release. */
  readonly contentUrl: () => string;
  readonly begin?: PlannedPhase['begin'];
}

/** Without a key nothing is released: the most popular package is asked for by everybody. */
function popularOne({ packages: [of] }: TargetFeed): HotPackage {
  return { of, mark: `${of.id} is asked for by everybody`, contentUrl: () => downloadUrl(of) };
}

/** The version before is pushed at once, so that the id is known. */
async function releasedOne(target: LoadTarget, feed: TargetFeed, publish: string, run: string): Promise<HotPackage> {
  const sampleOf = (version: string) => ({ id: `${SAMPLE_PREFIX}.Hot`, version, contentBytes: CONTENT_BYTES });
  const [before, released] = [`1.0.0-r${run}a`, `1.0.0-r${run}b`];
  const questions = questionsTo(target);
  await pushSamples(feed, [sampleOf(before)], questions);
  const [of] = await discoverPackages(feed, [sampleOf(before).id], questions);
  const known = of?.versions.find(({ version }) => version === before)?.contentUrl;
  if (of === undefined || known === undefined) {
    throw new ProblemError('usage', { detail: `the target took ${SAMPLE_PREFIX}.Hot ${before} and does not show it` });
  }
  let contentUrl = known;
  return {
    of,
    mark: `${of.id} ${released} is pushed`,
    contentUrl: () => contentUrl,
    begin: {
      request: pushOf(target, publish, sampleOf(released)),
      acknowledged: () => (contentUrl = known.replaceAll(before, released)),
    },
  };
}

export const hotPackage: Scenario = {
  name: 'hot-package',
  title: 'A hot package release',
  says:
    'Restores go on at the given rate; then a version of one package is released, and for a third of the time four times as many requests ' +
    'come for that one package: its versions, its metadata, its file. With a key the release is a real push.',
  needs: `A feed with packages. With --key, ${SAMPLE_PREFIX}.Hot is pushed and stays in the feed; without, the most popular package is the hot one.`,
  defaults: { ratePerSecond: 40, seconds: 60 },
  pushes: false,
  plan: async (target, settings) => {
    const [feed] = target.feeds;
    const { publish } = feed;
    const isReleased = target.hasKey && publish !== undefined && target.credentials.mayGoTo(publish);
    const { of, mark, contentUrl, begin } = isReleased
      ? await releasedOne(target, feed, publish, settings.run)
      : popularOne(feed);
    const reads = restoreGroups(target, feed, settings);
    const urls = [versionsUrl(feed, of), metadataUrl(feed, of)];
    const rush: LoadGroup = {
      name: 'for the hot package',
      family: familyOf(versionsUrl(feed, of), feed),
      ratePerSecond: settings.ratePerSecond * RUSH,
      maxConnections: settings.maxConnections,
      request: (turn) => readOf(target, urls[turn % 3] ?? contentUrl()),
    };
    const calm = ratesOf(reads);
    return {
      groups: [...reads, rush],
      phases: [
        { name: 'before', share: 1 / 3, rates: calm },
        {
          name: 'release',
          share: 1 / 3,
          rates: ratesOf([...reads, rush]),
          mark,
          ...(begin === undefined ? {} : { begin }),
        },
        { name: 'after', share: 1 / 3, rates: calm },
      ],
    };
  },
};
