/** Nine in the morning: every build server pushes at once, while people go on restoring. */
import { ProblemError } from '@feedfleet/problems';

import type { LoadGroup } from '../load-run.ts';
import { SAMPLE_PREFIX } from '../target/sample-package.ts';
import { pushOf } from './requests.ts';
import { ratesOf, restoreGroups } from './restore.ts';
import type { Scenario } from './scenario.ts';

/** Builds that end in the same instant. */
const BURST = 20;
const CONTENT_BYTES = 50_000;
/** Pushes are to reads as one to so many, on the average of the burst. */
const READS_PER_PUSH = 2;

export const pushBurst: Scenario = {
  name: 'push-burst',
  title: 'Push bursts',
  says:
    `Restores go on at the given rate; in the middle third, pushes come in bursts of ${BURST} at the same instant, half as many as ` +
    'there are reads. Each is a new version of a package of its own, of 50 KB.',
  needs: `A key that may push, with --key; packages ${SAMPLE_PREFIX}.Build.* stay in the feed.`,
  defaults: { ratePerSecond: 40, seconds: 60 },
  pushes: true,
  plan: (target, settings) => {
    const [feed] = target.feeds;
    const { publish } = feed;
    if (publish === undefined) throw new ProblemError('usage', { detail: 'the target names no address for pushes' });
    if (!target.credentials.mayGoTo(publish)) {
      const { origin } = new URL(publish);
      throw new ProblemError('usage', {
        detail: `--target: pushes of it go to ${origin}, and a key goes to the server alone that it is given for: give an address there`,
      });
    }
    const reads = restoreGroups(target, feed, settings);
    const pushes: LoadGroup = {
      name: 'pushes',
      family: 'push',
      ratePerSecond: settings.ratePerSecond / READS_PER_PUSH,
      burst: BURST,
      maxConnections: settings.maxConnections,
      request: (turn) =>
        pushOf(target, publish, {
          id: `${SAMPLE_PREFIX}.Build.P${turn % BURST}`,
          version: `1.${Math.floor(turn / BURST)}.0-r${settings.run}`,
          contentBytes: CONTENT_BYTES,
        }),
    };
    const calm = { ...ratesOf(reads), pushes: 0 };
    return {
      groups: [...reads, pushes],
      phases: [
        { name: 'before', share: 1 / 3, rates: calm },
        { name: 'pushes', share: 1 / 3, rates: ratesOf([...reads, pushes]), mark: 'the builds push' },
        { name: 'after', share: 1 / 3, rates: calm },
      ],
    };
  },
};
