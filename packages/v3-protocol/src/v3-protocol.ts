/**
 * The NuGet v3 protocol over a feed.
 *
 * Every document depends on the feed's packages and the URL alone, so that all of them are kept by revision.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Answer, FeedProtocol, FeedQuery } from '@feedfleet/feed-endpoint';
import { ProblemError } from '@feedfleet/problems';
import type { BlobStore, MetadataStore, SearchHit, SearchPage, StoredVersion } from '@feedfleet/store';
import { compareVersions, parseVersion } from '@feedfleet/versioning';

import { flatIndex, nuspecAnswer, packageAnswer } from './content.ts';
import type { ContentSources } from './content.ts';
import { LEAF_FORMAT } from './leaf.ts';
import { searchParameters } from './query-parameters.ts';
import type { SearchParameters } from './query-parameters.ts';
import {
  MAX_INLINED_LEAVES,
  registrationIndex,
  registrationLeaf,
  registrationPage,
  versionsBetween,
  versionsOfHive,
} from './registration.ts';
import { idsAnswer, searchAnswer, versionsAnswer } from './search.ts';
import { serviceIndex } from './service-index.ts';
import { v3Links } from './v3-links.ts';
import type { Hive, PageBounds, V3Links } from './v3-links.ts';
import { SERVED_PATHS, parseV3Route } from './v3-route.ts';

export interface V3ProtocolOptions {
  readonly metadata: Pick<MetadataStore, 'versionsOf' | 'version' | 'search' | 'idsStartingWith'>;
  readonly blobs: BlobStore;
}

/** Hits of a search that are read in one turn, at first; then as many as are expected to have so many versions. */
const FIRST_HITS = 20;
const VERSIONS_PER_TURN = 2000;

/** Raised whenever a document of the same packages changes; leaves count by themselves. */
const DOCUMENT_FORMAT = 1;

/**
 * @example
 * createFeedEndpoint({ protocol: createV3Protocol(store), registry: mirror, store: store.metadata, cacheBytes, metrics });
 */
export function createV3Protocol(options: V3ProtocolOptions): FeedProtocol {
  const protocol = new V3Protocol(options);
  return {
    mount: '/api/v3',
    methods: ['GET', 'HEAD'],
    format: `${DOCUMENT_FORMAT}-${LEAF_FORMAT}`,
    answer: (query) => protocol.answer(query),
  };
}

/** Of which id of which hive a registration document is asked for. */
interface RegistrationRequest {
  readonly hive: Hive;
  readonly id: string;
}

class V3Protocol {
  readonly #metadata: V3ProtocolOptions['metadata'];
  readonly #blobs: BlobStore;

  constructor({ metadata, blobs }: V3ProtocolOptions) {
    this.#metadata = metadata;
    this.#blobs = blobs;
  }

  async answer(query: FeedQuery): Promise<Answer> {
    const route = parseV3Route(query.path);
    const links = v3Links(query);
    switch (route?.kind) {
      case undefined:
        throw new ProblemError('noSuchResource', { detail: `below /api/v3 are served: ${SERVED_PATHS}` });
      case 'service-index':
        return json(JSON.stringify(serviceIndex(links)));
      case 'flat-index':
        return json(flatIndex(await this.#versionsOf(query, route.id)));
      case 'package':
        return packageAnswer(await this.#version(query, route), this.#sources(query, route));
      case 'nuspec':
        return nuspecAnswer(await this.#version(query, route), this.#sources(query, route));
      case 'registration-index':
        return json(await this.#registrationIndex(query, links, route));
      case 'registration-page':
        return json(await this.#registrationPage(query, links, route));
      case 'registration-leaf':
        return json(registrationLeaf(await this.#version(query, route, route.hive), links, route.hive));
      case 'query':
        return json(await this.#search(query, links));
      case 'autocomplete':
        return json(await this.#autocomplete(query));
    }
  }

  #sources(query: FeedQuery, address: { readonly id: string; readonly version: string }): ContentSources {
    return { blobs: this.#blobs, readAgain: () => this.#version(query, address) };
  }

  /** @throws {ProblemError} `FF_NO_SUCH_PACKAGE` when there is none. */
  async #versionsOf(query: FeedQuery, id: string, hive: Hive = 'semver2'): Promise<readonly StoredVersion[]> {
    const { feed, signal } = query;
    const versions = versionsOfHive(hive, await this.#metadata.versionsOf(feed.id, id, { signal }));
    if (versions.length === 0) throw absent(query, `"${id}"`);
    return versions;
  }

  async #version(
    query: FeedQuery,
    { id, version }: { readonly id: string; readonly version: string },
    hive: Hive = 'semver2',
  ): Promise<StoredVersion> {
    const found = await this.#metadata.version(query.feed.id, id, version, { signal: query.signal });
    if (found === undefined || versionsOfHive(hive, [found]).length === 0) throw absent(query, `"${id}" ${version}`);
    return found;
  }

  async #registrationIndex(query: FeedQuery, links: V3Links, request: RegistrationRequest): Promise<string> {
    const { hive } = request;
    const versions = await this.#versionsOf(query, request.id, hive);
    const id = versions.at(-1)?.id ?? request.id;
    const isInlined = versions.length <= MAX_INLINED_LEAVES;
    const rendered = isInlined ? await this.#withLeaves(query, versions, versions.length) : versions;
    return registrationIndex({ links, hive, id, versions: rendered });
  }

  async #registrationPage(
    query: FeedQuery,
    links: V3Links,
    request: RegistrationRequest & PageBounds,
  ): Promise<string> {
    const { hive, lower, upper } = request;
    const all = await this.#versionsOf(query, request.id, hive);
    const versions = versionsBetween(all, { lower, upper }, compareTexts);
    if (versions.length === 0) throw absent(query, `"${request.id}" between ${lower} and ${upper}`);
    const id = versions.at(-1)?.id ?? request.id;
    const rendered = await this.#withLeaves(query, versions, all.length);
    return registrationPage({ links, hive, id, versions: rendered }, { lower, upper });
  }

  /** The same versions with their leaves: all of an id in one read, a page of many one by one. */
  async #withLeaves(
    query: FeedQuery,
    versions: readonly StoredVersion[],
    total: number,
  ): Promise<readonly StoredVersion[]> {
    const { feed, signal } = query;
    const options = { fragment: 'v3-leaf', signal } as const;
    const [first] = versions;
    if (first === undefined) return [];
    if (total <= 2 * versions.length) {
      const wanted = new Set(versions.map(({ normalizedVersion }) => normalizedVersion));
      const all = await this.#metadata.versionsOf(feed.id, first.id, options);
      return all.filter(({ normalizedVersion }) => wanted.has(normalizedVersion));
    }
    const found = await Promise.all(
      versions.map(({ id, normalizedVersion }) => this.#metadata.version(feed.id, id, normalizedVersion, options)),
    );
    return found.filter((version) => version !== undefined);
  }

  async #search({ feed, search, signal }: FeedQuery, links: V3Links): Promise<string> {
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
      page = await this.#metadata.search(feed.id, { ...parameters, ...part, order: 'relevance' }, { signal });
      hits.push(...page.hits);
      for (const hit of page.hits) versions += hit.versions.length;
      batch = Math.max(FIRST_HITS, Math.floor((VERSIONS_PER_TURN * hits.length) / Math.max(1, versions)));
    } while (page.hits.length > 0 && hits.length < Math.min(take, page.total - skip));
    return searchAnswer({ total: page.total, hits }, links, parameters.includeSemVer2 ? 'semver2' : 'plain');
  }

  async #autocomplete(query: FeedQuery): Promise<string> {
    const parameters = searchParameters(query.search);
    if (parameters.id !== null) return this.#versionNames(query, parameters.id, parameters);
    return idsAnswer(await this.#metadata.idsStartingWith(query.feed.id, parameters.text, parameters));
  }

  async #versionNames({ feed, signal }: FeedQuery, id: string, parameters: SearchParameters): Promise<string> {
    return versionsAnswer(await this.#metadata.versionsOf(feed.id, id, { signal }), parameters);
  }
}

function json(text: string): Answer {
  return {
    kind: 'bytes',
    status: 200,
    contentType: 'application/json; charset=utf-8',
    body: Buffer.from(text),
    gzip: 'negotiated',
    keep: 'revision',
  };
}

function absent({ feed }: FeedQuery, what: string): ProblemError {
  return new ProblemError('noSuchPackage', { detail: `the feed ${feed.name} has no package ${what}` });
}

/** By NuGet order; what the store has is always a version. */
function compareTexts(left: string, right: string): number {
  const [first, second] = [parseVersion(left), parseVersion(right)];
  return first === undefined || second === undefined ? 0 : compareVersions(first, second);
}
