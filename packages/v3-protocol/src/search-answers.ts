/** Search and autocomplete over the store. */
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { MergedHits } from '@feedfleet/aggregation';
import type { FeedQuery } from '@feedfleet/feed-endpoint';
import { mergedRow } from '@feedfleet/hierarchy-ports';
import type { MetadataStore, SearchHit, SearchPage, VersionPages } from '@feedfleet/store';

import { AdvisoryState } from './advisory-state.ts';
import type { AdvisoryReads } from './advisory-state.ts';
import { searchParameters } from './query-parameters.ts';
import type { SearchParameters } from './query-parameters.ts';
import { idsAnswer, searchAnswer, versionsAnswer } from './search.ts';
import type { V3Links } from './v3-links.ts';

/** Hits of a search that are read in one turn, at first; then as many as are expected to have so many versions. */
const FIRST_HITS = 20;
const VERSIONS_PER_TURN = 2000;

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
        : await storedPage(this.#searched.metadata, { feedId: feed.id, parameters, signal });
    const newest = page.hits.flatMap((hit) => hit.versions.at(-1) ?? []);
    const advisories = await AdvisoryState.of(this.#advisories, feed.id, newest);
    const hive = parameters.includeSemVer2 ? 'semver2' : 'plain';
    return searchAnswer(page, { links, hive, advisories });
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
}

function mergedPage({ total, hits }: MergedHits): SearchPage {
  return { total, hits: hits.map(({ id, versions }) => ({ id, versions: versions.map(mergedRow) })) };
}

async function storedPage(
  metadata: Pick<MetadataStore, 'search'>,
  {
    feedId,
    parameters,
    signal,
  }: { readonly feedId: string; readonly parameters: SearchParameters; readonly signal: AbortSignal },
): Promise<SearchPage> {
  const { skip, take } = parameters;
  const hits: SearchHit[] = [];
  let page: SearchPage;
  let batch = FIRST_HITS;
  let versions = 0;
  // The store answers at once: between parts of a large page others get their turn.
  do {
    if (hits.length > 0) await nextTurn();
    signal.throwIfAborted();
    const part = { skip: skip + hits.length, take: Math.min(batch, take - hits.length) };
    page = await metadata.search(feedId, { ...parameters, ...part }, { signal });
    hits.push(...page.hits);
    for (const hit of page.hits) versions += hit.versions.length;
    batch = Math.max(FIRST_HITS, Math.floor((VERSIONS_PER_TURN * hits.length) / Math.max(1, versions)));
  } while (page.hits.length > 0 && hits.length < Math.min(take, page.total - skip));
  return { total: page.total, hits };
}
