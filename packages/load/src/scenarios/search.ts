/** People who type into a search box: one question for each letter. */
import type { LoadGroup } from '../load-run.ts';
import { familyOf } from '../target/load-target.ts';
import type { TargetFeed } from '../target/load-target.ts';
import { autocompleteUrl, readOf, searchUrl } from './requests.ts';
import { ratesOf } from './restore.ts';
import type { Scenario } from './scenario.ts';

const LONGEST = 12;
/** Of the questions, those that list ids only; the others are searches with whole results. */
const AUTOCOMPLETE_SHARE = 0.6;
const BUSY = 3;

/** `n`, `ne`, `new`, `newt`, ... of each id in turn. */
function typedTerms({ packages }: TargetFeed): readonly [string, ...string[]] {
  const [first = 'a', ...rest] = packages.flatMap(({ id }) => {
    const word = (id.split('.').at(-1) ?? id).toLowerCase().slice(0, LONGEST);
    return Array.from(word, (_, place) => word.slice(0, place + 1));
  });
  return [first, ...rest];
}

export const search: Scenario = {
  name: 'search',
  title: 'Search typing',
  says:
    'Types parts of the ids of the feed letter by letter: for each letter an autocomplete or a search with results. The second half has ' +
    'three times the rate.',
  needs: 'A feed with packages.',
  defaults: { ratePerSecond: 20, seconds: 60 },
  pushes: false,
  plan: (target, { ratePerSecond, maxConnections }) => {
    const [feed] = target.feeds;
    const terms = typedTerms(feed);
    const groupOf = (name: string, share: number, url: (term: string) => string): LoadGroup => ({
      name,
      family: familyOf(url('a'), feed),
      ratePerSecond: ratePerSecond * share,
      maxConnections,
      request: (turn) => readOf(target, url(terms[turn % terms.length] ?? 'a')),
    });
    const groups = [
      groupOf('autocomplete', AUTOCOMPLETE_SHARE, (term) => autocompleteUrl(feed, term)),
      groupOf('search', 1 - AUTOCOMPLETE_SHARE, (term) => searchUrl(feed, term)),
    ];
    const rates = ratesOf(groups);
    const busy = Object.fromEntries(Object.entries(rates).map(([name, rate]) => [name, rate * BUSY]));
    return {
      groups,
      phases: [
        { name: 'calm', share: 0.5, rates },
        { name: 'busy', share: 0.5, rates: busy, mark: `${BUSY} times as many people type` },
      ],
    };
  },
};
