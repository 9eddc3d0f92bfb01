/** Steady restore traffic, as recorded from real clients. */
import { ProblemError } from '@feedfleet/problems';

import type { LoadGroup } from '../load-run.ts';
import { familyOf } from '../target/load-target.ts';
import type { LoadTarget, TargetFeed } from '../target/load-target.ts';
import { playedConversations } from './recorded-clients.ts';
import type { Scenario, ScenarioSettings } from './scenario.ts';

/** One for each client; together they have the rate. */
export function restoreGroups(
  target: LoadTarget,
  feed: TargetFeed,
  { ratePerSecond, maxConnections }: Pick<ScenarioSettings, 'ratePerSecond' | 'maxConnections'>,
): readonly [LoadGroup, ...LoadGroup[]] {
  const played = playedConversations(target, feed);
  const all = played.reduce((sum, { weight }) => sum + weight, 0);
  const [first, ...rest] = played.map(({ client, weight, request }): LoadGroup => ({
    name: client,
    family: familyOf(request(0).url, feed),
    ratePerSecond: (ratePerSecond * weight) / all,
    ...{ maxConnections, request },
  }));
  if (first !== undefined) return [first, ...rest];
  throw new ProblemError('usage', { detail: `the target answers none of the recorded conversations` });
}

export const ratesOf = (groups: readonly LoadGroup[]): Readonly<Record<string, number>> =>
  Object.fromEntries(groups.map(({ name, ratePerSecond }) => [name, ratePerSecond]));

export const restore: Scenario = {
  name: 'restore',
  title: 'Steady restore traffic',
  says:
    'Asks what dotnet restore, nuget.exe and Visual Studio ask, request by request as they were recorded, in a mix of v2 and v3, ' +
    'for the packages that the feed has; the popular ones more often.',
  needs: 'A feed with packages, found by a search or named with --package.',
  defaults: { ratePerSecond: 50, seconds: 60 },
  pushes: false,
  plan: (target, settings) => {
    const groups = restoreGroups(target, target.feeds[0], settings);
    return { groups, phases: [{ name: 'steady', share: 1, rates: ratesOf(groups) }] };
  },
};
