/** Many feeds, some of which have most of the traffic. */
import { ProblemError } from '@feedfleet/problems';

import type { LoadGroup } from '../load-run.ts';
import { familyOf } from '../target/load-target.ts';
import type { TargetFeed } from '../target/load-target.ts';
import { downloadUrl, metadataUrl, readOf, searchUrl, versionsUrl } from './requests.ts';
import { ratesOf } from './restore.ts';
import type { Scenario } from './scenario.ts';
import { evenly, Popularity } from './spread.ts';

const KINDS: readonly {
  readonly name: string;
  readonly share: number;
  readonly urlOf: (feed: TargetFeed, turn: number) => string;
}[] = [
  { name: 'versions', share: 0.5, urlOf: (feed, turn) => versionsUrl(feed, evenly(feed.packages, turn, 1)) },
  { name: 'metadata', share: 0.2, urlOf: (feed, turn) => metadataUrl(feed, evenly(feed.packages, turn, 1)) },
  { name: 'downloads', share: 0.2, urlOf: (feed, turn) => downloadUrl(evenly(feed.packages, turn, 1)) },
  { name: 'searches', share: 0.1, urlOf: (feed, turn) => searchUrl(feed, evenly(feed.packages, turn, 1).id) },
];

export const feeds: Scenario = {
  name: 'feeds',
  title: 'Many feeds',
  says:
    'Versions, metadata, files and searches of many feeds: the first has most of the traffic, the second half as much, the third a third, ' +
    'as Zipf found of words.',
  needs: 'At least two feeds, each with packages: --feed for each, or all of the fleet on this machine.',
  defaults: { ratePerSecond: 50, seconds: 60 },
  pushes: false,
  plan: (target, { ratePerSecond, maxConnections }) => {
    const all = target.feeds;
    if (all.length < 2)
      throw new ProblemError('usage', { detail: `--feed: expected at least two feeds, got ${all.length}` });
    const popularity = new Popularity(all.length);
    const groups = KINDS.map(({ name, share, urlOf }): LoadGroup => ({
      name,
      family: familyOf(urlOf(all[0], 0), all[0]),
      ratePerSecond: ratePerSecond * share,
      maxConnections,
      request: (turn) => readOf(target, urlOf(popularity.of(all, turn), turn)),
    }));
    return {
      groups,
      phases: [{ name: 'steady', share: 1, rates: ratesOf(groups) }],
      notes: [
        `${all.length} feeds, the most popular first: ${all
          .slice(0, 10)
          .map(({ name }) => name)
          .join(', ')}.`,
      ],
    };
  },
};
