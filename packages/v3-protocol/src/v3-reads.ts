/** What one request reads with: out of the store, or out of all package sources of the feed. */
import type { Answer, FeedQuery } from '@feedfleet/feed-endpoint';
import { hierarchyPorts, spooledPackage } from '@feedfleet/hierarchy-ports';
import { ProblemError } from '@feedfleet/problems';
import type { BlobStore, MetadataStore, StoredVersion, VersionPages } from '@feedfleet/store';
import { normalizeVersion, parseVersion } from '@feedfleet/versioning';

import type { AdvisoryReads } from './advisory-state.ts';
import { blobOf, packageAnswer } from './content.ts';
import type { PackageFileUse } from './content.ts';
import { RegistrationReader } from './registration-reader.ts';
import { SearchAnswers } from './search-answers.ts';

export interface PackageAddress {
  readonly id: string;
  /** Normalized. */
  readonly version: string;
}

export interface V3Reads {
  readonly versionPages: VersionPages;
  readonly registrations: RegistrationReader;
  readonly search: SearchAnswers;
  version(feedId: string, address: PackageAddress, signal: AbortSignal): Promise<StoredVersion | undefined>;
  /** @throws {ProblemError} `FF_NO_SUCH_PACKAGE` */
  package(query: FeedQuery, address: PackageAddress): Promise<Answer>;
  /** Reads in the file of a version that there is. @throws {ProblemError} `FF_NO_SUCH_PACKAGE` when it has just gone. */
  inPackage<T>(query: FeedQuery, version: StoredVersion, use: PackageFileUse<T>): Promise<T>;
}

export interface V3Stores {
  readonly metadata: Pick<MetadataStore, 'version' | 'search' | 'completeIds'>;
  readonly blobs: BlobStore;
  readonly versionPages: VersionPages;
  readonly advisories: Pick<AdvisoryReads, 'advisoriesOf'>;
}

/** Made once for a store: it knows no request. */
export function storeReads(stores: V3Stores): V3Reads {
  const { metadata, blobs, versionPages, advisories } = stores;
  const version: V3Reads['version'] = (feedId, address, signal) =>
    metadata.version(feedId, address.id, address.version, { signal });
  const existing = async (query: FeedQuery, address: PackageAddress): Promise<StoredVersion> =>
    (await version(query.feed.id, address, query.signal)) ?? refuse(query, address);
  const blobFor = (query: FeedQuery, found: StoredVersion, address: PackageAddress) =>
    blobOf(found, { blobs, readAgain: () => existing(query, address) });
  return {
    versionPages,
    version,
    registrations: new RegistrationReader(versionPages, advisories),
    search: new SearchAnswers(stores),
    package: async (query, address) => {
      const found = await existing(query, address);
      return packageAnswer(found, await blobFor(query, found, address));
    },
    inPackage: async (query, found, use) => {
      const address = { id: found.id, version: found.normalizedVersion };
      return use(await blobFor(query, found, address));
    },
  };
}

/** For one request. */
export function hierarchyReads(hierarchy: NonNullable<FeedQuery['hierarchy']>): V3Reads {
  const { metadata, versionPages, advisories } = hierarchyPorts(hierarchy);
  const contentOf = async (query: FeedQuery, { id, version }: PackageAddress) => {
    const parsed = parseVersion(version);
    const normalized = parsed === undefined ? '' : normalizeVersion(parsed);
    const found = parsed === undefined ? undefined : await hierarchy.content(id, normalized);
    if (found === undefined) return refuse(query, { id, version });
    return { content: found.content, fileName: `${id}.${normalized}.nupkg`.toLowerCase() };
  };
  return {
    versionPages,
    version: (feedId, address) => metadata.version(feedId, address.id, address.version),
    registrations: new RegistrationReader(versionPages, advisories),
    search: new SearchAnswers({ hierarchy, versionPages, advisories }),
    package: async (query, address) => {
      const { content, fileName } = await contentOf(query, address);
      const contentType = 'application/octet-stream';
      const { blob, countsFor } = content;
      if (blob === undefined) return { kind: 'relay', contentType, fileName, content };
      const counts = countsFor === undefined ? {} : { counts: { versionKey: countsFor } };
      return { kind: 'blob', contentType, fileName, blob, ...counts };
    },
    inPackage: async (query, { id, normalizedVersion }, use) => {
      const { content } = await contentOf(query, { id, version: normalizedVersion });
      const { blob, sha512 } = content;
      if (blob !== undefined) return use(blob);
      return spooledPackage(content, query.signal, (path) => use({ path, sha512: sha512 ?? '' }));
    },
  };
}

function refuse({ feed }: FeedQuery, { id, version }: PackageAddress): never {
  throw new ProblemError('noSuchPackage', { detail: `the feed ${feed.name} has no package "${id}" ${version}` });
}
