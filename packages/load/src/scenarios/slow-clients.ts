/** Clients on bad lines, who hold connections for long, and whether the others notice them. */
import type { LoadGroup } from '../load-run.ts';
import { familyOf } from '../target/load-target.ts';
import { largePackages, smallReads } from './downloads.ts';
import { downloadUrl, readOf } from './requests.ts';
import type { Scenario } from './scenario.ts';

/** A kernel takes some megabytes for a client that does not read; beyond, the server waits. */
const BYTES_PER_SECOND = 500_000;
/** Slow clients come at one for so many ordinary requests. */
const READS_PER_SLOW = 20;

export const slowClients: Scenario = {
  name: 'slow-clients',
  title: 'Slow clients',
  says:
    'Lists of versions are read all the time; in the middle third, large packages are downloaded beside them at 500 KB a second each, so ' +
    'that many connections are open at once. Compare the lists of the three phases; the downloads take as long as their pace says.',
  needs:
    'A package of at least 1 MB (better 8): in the feed, named with --package, or pushed with --prepare. Each slow client has a connection of ' +
    'its own for as long as it takes: --connections for as many as there are at once, or they wait for each other.',
  defaults: { ratePerSecond: 40, seconds: 60 },
  pushes: false,
  plan: async (target, { ratePerSecond, maxConnections }) => {
    const [feed] = target.feeds;
    const large = await largePackages(target, feed);
    const small = smallReads(target, feed, ratePerSecond, maxConnections);
    const slow: LoadGroup = {
      name: 'slow downloads',
      family: familyOf(downloadUrl(large[0]), feed),
      ratePerSecond: ratePerSecond / READS_PER_SLOW,
      maxConnections,
      request: (turn) =>
        readOf(target, downloadUrl(large[turn % large.length] ?? large[0]), { readBytesPerSecond: BYTES_PER_SECOND }),
    };
    const calm = { [small.name]: small.ratePerSecond };
    return {
      groups: [small, slow],
      phases: [
        { name: 'before', share: 1 / 3, rates: calm },
        { name: 'slow clients', share: 1 / 3, rates: { ...calm, [slow.name]: slow.ratePerSecond } },
        { name: 'after', share: 1 / 3, rates: calm },
      ],
    };
  },
};
