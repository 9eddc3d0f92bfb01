/** After an outage everybody who waited comes back in the same moment, over new connections. */
import { ratesOf, restoreGroups } from './restore.ts';
import type { Scenario } from './scenario.ts';

/** Of the ordinary rate, for as long as the herd comes. */
const TIMES = 8;
const BURST = 50;

export const herd: Scenario = {
  name: 'herd',
  title: 'Thundering herd after an outage',
  says:
    'Restores at the given rate; then silence, as in an outage; then eight times as many on top of it, in bursts of 50 at the same instant, ' +
    'each over a connection of its own; then the rate of before. Shows how soon all is as it was.',
  needs: 'A feed with packages.',
  defaults: { ratePerSecond: 30, seconds: 60 },
  pushes: false,
  plan: (target, settings) => {
    const steady = restoreGroups(target, target.feeds[0], settings);
    const herds = steady.map((group) => ({
      ...group,
      name: `${group.name}, coming back`,
      burst: BURST,
      keepsConnections: false,
      ratePerSecond: group.ratePerSecond * TIMES,
    }));
    return {
      groups: [...steady, ...herds],
      phases: [
        { name: 'before', share: 0.25, rates: ratesOf(steady) },
        { name: 'outage', share: 0.15, rates: {}, mark: 'nobody gets through' },
        { name: 'herd', share: 0.2, rates: ratesOf([...steady, ...herds]), mark: 'everybody comes back' },
        { name: 'after', share: 0.4, rates: ratesOf(steady) },
      ],
    };
  },
};
