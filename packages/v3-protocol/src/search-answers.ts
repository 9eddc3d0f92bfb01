/** Search and autocomplete over the store. */
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { MergedHits } from '@feedfleet/aggregation';
import type { FeedQuery } from '@feedfleet/feed-endpoint';
import { mergedRow } from '@feedfleet/hierarchy-ports';
import type { MetadataStore, SearchPage, VersionPages } from '@feedfleet/store';

import { AdvisoryState } from './advisory-state.ts';
import type { AdvisoryReads } from './advisory-state.ts';
import { searchParameters } from './query-parameters.ts';
import { idsAnswer, searchAnswer, versionsAnswer } from './search.ts';
import type { V3Links } from './v3-links.ts';

/** The store of the feed, or all its package sources. */
type Searched =
  | { readonly metadata: Pick<MetadataStore, 'search' | 'completeIds'> }
  | { readonly hierarchy: NonNullable<FeedQuery['hierarchy']> };

type SearchSources = Searched & {
  readonly versionPages: VersionPages;
  readonly advisories: Pick<AdvisoryReads, 'advisoriesOf'>;
};

export class SearchAnswers {
  readonly #searched: Searched;
  readonly #versionPages: VersionPages;
  readonly #advisories: SearchSources['advisories'];

  constructor(sources: SearchSources) {
    this.#searched = sources;
    this.#versionPages = sources.versionPages;
    this.#advisories = sources.advisories;
  }

  async query({ feed, search, signal }: FeedQuery, links: V3Links): Promise<string> {
    const parameters = searchParameters(search);
    const page =
      'hierarchy' in this.#searched
        ? mergedPage(await this.#searched.hierarchy.search(parameters))
        : await this.#searched.metadata.search(feed.id, parameters, { signal });
    const newest = page.hits.map((hit) => hit.newest);
    const advisories = await AdvisoryState.of(this.#advisories, feed.id, newest);
    const hive = parameters.includeSemVer2 ? 'semver2' : 'plain';
    return searchAnswer(page, { links, hive, advisories, pause: () => this.#pause(signal) });
  }

  /** Ids that start with a text, or the versions of one id. */
  async autocomplete({ feed, search, signal }: FeedQuery): Promise<string> {
    const parameters = searchParameters(search);
    if (parameters.id === null) {
      const { ids, total } =
        'hierarchy' in this.#searched
          ? await this.#searched.hierarchy.complete(parameters)
          : await this.#searched.metadata.completeIds(feed.id, parameters);
      return idsAnswer({ ids, total });
    }
    const filter = { ...parameters, includeUnlisted: false };
    return versionsAnswer(await this.#versionPages.names(feed.id, parameters.id, filter, signal));
  }

  async #pause(signal: AbortSignal): Promise<void> {
    await nextTurn();
    signal.throwIfAborted();
  }
}

function mergedPage({ total, hits }: MergedHits): SearchPage {
  return {
    total,
    hits: hits.flatMap(({ id, versions }) => {
      const newest = versions.at(-1);
      return newest === undefined ? [] : [{ id, newest: mergedRow(newest), versions }];
    }),
  };
}
