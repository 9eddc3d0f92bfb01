/** The same questions, kept and not kept: what a cold cache costs. */
import type { LoadGroup } from '../load-run.ts';
import { withQuery } from '../target/discover-packages.ts';
import { familyOf } from '../target/load-target.ts';
import { metadataUrl, readOf, searchUrl, versionsUrl } from './requests.ts';
import { ratesOf } from './restore.ts';
import type { Scenario } from './scenario.ts';

export const cold: Scenario = {
  name: 'cold',
  title: 'Cold caches',
  says:
    'Asks for versions, metadata and searches; in the first half always the same, so that answers may be kept, in the second half each with ' +
    'a parameter that nobody asked with before, so that none is.',
  needs: 'A feed with packages; a server that ignores parameters that it does not know.',
  defaults: { ratePerSecond: 40, seconds: 60 },
  pushes: false,
  plan: (target, { ratePerSecond, maxConnections, run }) => {
    const [feed] = target.feeds;
    const { packages } = feed;
    const kinds = [
      { kind: 'versions', urlOf: (turn: number) => versionsUrl(feed, packages[turn % packages.length] ?? packages[0]) },
      { kind: 'metadata', urlOf: (turn: number) => metadataUrl(feed, packages[turn % packages.length] ?? packages[0]) },
      {
        kind: 'search',
        urlOf: (turn: number) => searchUrl(feed, (packages[turn % packages.length] ?? packages[0]).id),
      },
    ];
    const groups = kinds.flatMap(({ kind, urlOf }) =>
      ['kept', 'not kept'].map((caching): LoadGroup => ({
        name: `${kind}, ${caching}`,
        family: familyOf(urlOf(0), feed),
        ratePerSecond: ratePerSecond / kinds.length,
        maxConnections,
        request: (turn) => {
          const url = urlOf(turn);
          return readOf(target, caching === 'kept' ? url : withQuery(url, `load=${run}-${turn}`));
        },
      })),
    );
    const of = (caching: string): Readonly<Record<string, number>> =>
      ratesOf(groups.filter(({ name }) => name.endsWith(`, ${caching}`)));
    return {
      groups,
      phases: [
        { name: 'warm', share: 0.5, rates: of('kept') },
        { name: 'cold', share: 0.5, rates: of('not kept'), mark: 'nothing is asked twice' },
      ],
    };
  },
};
