/** Search and autocomplete over the store. */
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { FeedQuery } from '@feedfleet/feed-endpoint';
import type { MetadataStore, SearchHit, SearchPage, VersionPages } from '@feedfleet/store';

import { AdvisoryState } from './advisory-state.ts';
import type { AdvisoryReads } from './advisory-state.ts';
import { searchParameters } from './query-parameters.ts';
import { idsAnswer, searchAnswer, versionsAnswer } from './search.ts';
import type { V3Links } from './v3-links.ts';

/** Hits of a search that are read in one turn, at first; then as many as are expected to have so many versions. */
const FIRST_HITS = 20;
const VERSIONS_PER_TURN = 2000;

interface SearchSources {
  readonly metadata: Pick<MetadataStore, 'search' | 'completeIds'>;
  readonly versionPages: VersionPages;
  readonly advisories: AdvisoryReads;
}

export class SearchAnswers {
  readonly #metadata: SearchSources['metadata'];
  readonly #versionPages: VersionPages;
  readonly #advisories: AdvisoryReads;

  constructor({ metadata, versionPages, advisories }: SearchSources) {
    this.#metadata = metadata;
    this.#versionPages = versionPages;
    this.#advisories = advisories;
  }

  async query({ feed, search, signal }: FeedQuery, links: V3Links): Promise<string> {
    const parameters = searchParameters(search);
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
      page = await this.#metadata.search(feed.id, { ...parameters, ...part }, { signal });
      hits.push(...page.hits);
      for (const hit of page.hits) versions += hit.versions.length;
      batch = Math.max(FIRST_HITS, Math.floor((VERSIONS_PER_TURN * hits.length) / Math.max(1, versions)));
    } while (page.hits.length > 0 && hits.length < Math.min(take, page.total - skip));
    const newest = hits.flatMap((hit) => hit.versions.at(-1) ?? []);
    const advisories = await AdvisoryState.of(this.#advisories, feed.id, newest);
    const hive = parameters.includeSemVer2 ? 'semver2' : 'plain';
    return searchAnswer({ total: page.total, hits }, { links, hive, advisories });
  }

  /** Ids that start with a text, or the versions of one id. */
  async autocomplete({ feed, search, signal }: FeedQuery): Promise<string> {
    const parameters = searchParameters(search);
    if (parameters.id === null) {
      return idsAnswer(await this.#metadata.completeIds(feed.id, parameters));
    }
    const filter = { ...parameters, includeUnlisted: false };
    return versionsAnswer(await this.#versionPages.names(feed.id, parameters.id, filter, signal));
  }
}
