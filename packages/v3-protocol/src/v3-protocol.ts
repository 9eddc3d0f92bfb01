/**
 * The NuGet v3 protocol over a feed.
 *
 * Every document depends on the feed's packages and the URL alone, so that all of them are kept by revision.
 */
import type { Answer, FeedProtocol, FeedQuery } from '@feedfleet/feed-endpoint';
import { ProblemError } from '@feedfleet/problems';
import type { BlobStore, FeedCatalog, MetadataStore, StoredVersion, VersionPages, VersionScan } from '@feedfleet/store';

import type { AdvisoryReads } from './advisory-state.ts';
import { CatalogReader } from './catalog-reader.ts';
import type { CatalogDocument } from './catalog-reader.ts';
import { changesAnswer } from './changes-answer.ts';
import { flatIndex, nuspecAnswer } from './content.ts';
import { embeddedFileAnswer } from './embedded-file.ts';
import { LEAF_FORMAT } from './leaf.ts';
import { PAGE_GUARDS, packagePage } from './package-page.ts';
import { registrationLeaf } from './registration.ts';
import { serviceIndex } from './service-index.ts';
import { STATISTICS_PATHS, parseStatisticsPath, statisticsAnswer } from './statistics.ts';
import type { StatisticsSources } from './statistics.ts';
import { v3Links } from './v3-links.ts';
import type { Hive, V3Links } from './v3-links.ts';
import { hierarchyReads, storeReads } from './v3-reads.ts';
import type { PackageAddress, V3Reads } from './v3-reads.ts';
import { SERVED_PATHS, parseV3Route } from './v3-route.ts';
import type { V3Route } from './v3-route.ts';
import { vulnerabilityIndex, vulnerabilityPage } from './vulnerability-documents.ts';

export interface V3ProtocolOptions {
  readonly metadata: Pick<MetadataStore, 'revisionOf' | 'version' | 'search' | 'completeIds' | 'statistics'>;
  readonly blobs: BlobStore;
  readonly catalog: FeedCatalog;
  readonly versionPages: VersionPages;
  readonly versionScan: Pick<VersionScan, 'scan'>;
  readonly advisories: AdvisoryReads;
  readonly downloads: StatisticsSources['downloads'];
}

/** Raised whenever a document of the same packages changes; leaves count by themselves. */
const DOCUMENT_FORMAT = 2;

/** Every version, for those who ask by name. */
const EVERY_NAME = { includeUnlisted: true, includePrerelease: true, includeSemVer2: true };

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
    localSource: async ({ id }) => {
      // Most feeds have no package sources.
      const { storeSource } = await import('@feedfleet/leaf-protocol');
      return storeSource(options, id);
    },
    answer: (query) => protocol.answer(query),
  };
}

type RouteOf<K extends V3Route['kind']> = Extract<V3Route, { readonly kind: K }>;

class V3Protocol {
  readonly #ofStore: V3Reads;
  readonly #feedCatalog: FeedCatalog;
  readonly #advisories: AdvisoryReads;
  readonly #catalog: CatalogReader;
  readonly #statistics: StatisticsSources;

  constructor({ metadata, blobs, catalog, versionPages, advisories, downloads }: V3ProtocolOptions) {
    this.#statistics = { downloads, metadata };
    this.#ofStore = storeReads({ metadata, blobs, versionPages, advisories });
    this.#feedCatalog = catalog;
    this.#advisories = advisories;
    this.#catalog = new CatalogReader(catalog);
  }

  async answer(query: FeedQuery): Promise<Answer> {
    const statistics = parseStatisticsPath(query.path);
    if (statistics !== undefined) return statisticsAnswer(query, statistics, this.#statistics);
    const route = parseV3Route(query.path);
    const links = v3Links(query);
    const reads = query.hierarchy === undefined ? this.#ofStore : hierarchyReads(query.hierarchy);
    switch (route?.kind) {
      case undefined:
        throw new ProblemError('noSuchResource', {
          detail: `below /api/v3 are served: ${SERVED_PATHS}, ${STATISTICS_PATHS}`,
        });
      case 'service-index':
        return json(await this.#serviceIndex(query, links));
      case 'flat-index':
        return json(await this.#flatIndex(query, reads, route.id));
      case 'package':
        return reads.package(query, route);
      case 'nuspec':
        return this.#nuspec(query, reads, route);
      case 'file':
        return this.#file(query, reads, route);
      case 'registration-index':
      case 'registration-page':
      case 'registration-leaf':
        return json(await this.#registration(query, { links, reads }, route), { gzip: GZIP_OF[route.hive] });
      case 'query':
        return json(await reads.search.query(query, links));
      case 'autocomplete':
        return json(await reads.search.autocomplete(query));
      case 'catalog-index':
        return catalogAnswer(await this.#catalog.index(query, links));
      case 'catalog-page':
        return catalogAnswer(await this.#catalog.page(query, links, route.page));
      case 'catalog-leaf':
        return catalogAnswer(await this.#catalog.leaf(query, links, route));
      case 'vulnerability-index':
        return json(vulnerabilityIndex(links, await this.#advisories.vulnerabilitySources(query.feed.id)));
      case 'vulnerability-page':
        return json(await this.#vulnerabilityPage(query, route.source));
      case 'changes':
        return changesAnswer(query, { catalog: this.#feedCatalog, links, format: route.format });
      case 'package-page':
        return this.#packagePage(query, { links, reads }, route);
    }
  }

  async #serviceIndex({ feed }: FeedQuery, links: V3Links): Promise<string> {
    const sources = await this.#advisories.vulnerabilitySources(feed.id);
    return JSON.stringify(serviceIndex(links, { hasVulnerabilities: sources.length > 0 }));
  }

  async #vulnerabilityPage({ feed }: FeedQuery, source: string): Promise<string> {
    const page = await this.#advisories.vulnerabilityPage(feed.id, source);
    if (page !== undefined) return vulnerabilityPage(page);
    throw new ProblemError('noSuchResource', { detail: `the feed ${feed.name} has no vulnerabilities of "${source}"` });
  }

  async #flatIndex(query: FeedQuery, { versionPages }: V3Reads, id: string): Promise<string> {
    const names = await versionPages.names(query.feed.id, id, EVERY_NAME, query.signal);
    if (names.length === 0) throw absent(query, `"${id}"`);
    return flatIndex(names);
  }

  async #nuspec(query: FeedQuery, reads: V3Reads, address: PackageAddress): Promise<Answer> {
    const version = await this.#version(query, reads, address);
    return reads.inPackage(query, version, (file) => nuspecAnswer(version, file));
  }

  async #file(query: FeedQuery, reads: V3Reads, route: RouteOf<'file'>): Promise<Answer> {
    const version = await this.#version(query, reads, route);
    return embeddedFileAnswer(version, route.file, (use) => reads.inPackage(query, version, use));
  }

  /** @throws {ProblemError} `FF_NO_SUCH_PACKAGE` when there is none in the hive. */
  async #version(
    query: FeedQuery,
    reads: V3Reads,
    address: PackageAddress,
    hive: Hive = 'semver2',
  ): Promise<StoredVersion> {
    const found = await reads.version(query.feed.id, address, query.signal);
    if (found === undefined || (found.isSemVer2 && hive !== 'semver2')) {
      throw absent(query, `"${address.id}" ${address.version}`);
    }
    return found;
  }

  async #registration(
    query: FeedQuery,
    { links, reads }: { readonly links: V3Links; readonly reads: V3Reads },
    route: RouteOf<'registration-index' | 'registration-page' | 'registration-leaf'>,
  ): Promise<string> {
    const { id, hive } = route;
    const request = { links, hive, id, feedId: query.feed.id, signal: query.signal };
    switch (route.kind) {
      case 'registration-index':
        return (await reads.registrations.index(request)) ?? refuse(query, `"${id}"`);
      case 'registration-page':
        return (
          (await reads.registrations.page(request, route)) ??
          refuse(query, `"${id}" between ${route.lower} and ${route.upper}`)
        );
      case 'registration-leaf':
        return registrationLeaf(await this.#version(query, reads, route, hive), links, hive);
    }
  }

  async #packagePage(
    query: FeedQuery,
    { links, reads }: { readonly links: V3Links; readonly reads: V3Reads },
    { id, version }: RouteOf<'package-page'>,
  ): Promise<Answer> {
    const { feed, signal } = query;
    const names = await reads.versionPages.names(feed.id, id, { ...EVERY_NAME, includeUnlisted: false }, signal);
    const shown = version ?? names.at(-1)?.normalizedVersion ?? refuse(query, `"${id}"`);
    const found = await this.#version(query, reads, { id, version: shown });
    const text = packagePage({ links, feedName: feed.name, version: found, names });
    return { ...json(text), contentType: 'text/html; charset=utf-8', headers: PAGE_GUARDS };
  }
}

/** The compressed hives are so for everybody; the plain one never is unless asked: 3.3 reads it and does not unpack. */
const GZIP_OF = { plain: 'negotiated', gzip: 'always', semver2: 'always' } as const;

function json(
  text: string,
  { gzip = 'negotiated' }: { readonly gzip?: 'negotiated' | 'always' } = {},
): Extract<Answer, { readonly kind: 'bytes' }> {
  const contentType = 'application/json; charset=utf-8';
  return { kind: 'bytes', status: 200, contentType, body: Buffer.from(text), gzip, keep: 'revision' };
}

/** What is in the catalog never changes, so that a document is known by the entry that it ends in. */
function catalogAnswer({ text, commitNumber }: CatalogDocument): Answer {
  return { ...json(text), entity: `c${commitNumber}` };
}

function absent({ feed }: FeedQuery, what: string): ProblemError {
  return new ProblemError('noSuchPackage', { detail: `the feed ${feed.name} has no package ${what}` });
}

function refuse(query: FeedQuery, what: string): never {
  throw absent(query, what);
}
