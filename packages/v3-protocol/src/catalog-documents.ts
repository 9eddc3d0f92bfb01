/**
 * Documents of the catalog: index, pages and leaves. Pure: entries in, documents out.
 *
 * Source: NuGet server API, "Catalog".
 */
import type { DependencyGroup } from '@feedfleet/nupkg';
import type { CatalogCommit, CatalogSnapshot, FeedCatalogEntry } from '@feedfleet/store';

import { deprecationMember } from './advisory-state.ts';
import { commitInstant, commitMembers } from './commit.ts';
import { fullVersion } from './full-version.ts';
import { describedMembers, publishedOf } from './leaf.ts';
import { entryNameOf, fileUrls } from './package-files.ts';
import type { V3Links } from './v3-links.ts';

/** As at the public gallery. */
export const ENTRIES_PER_PAGE = 550;

type Members = Readonly<Record<string, unknown>>;

/** What the prefixes stand for, for readers of linked data. */
const CONTEXT = {
  '@vocab': 'http://schema.nuget.org/catalog#',
  catalog: 'http://schema.nuget.org/catalog#',
  nuget: 'http://schema.nuget.org/schema#',
  items: { '@id': 'item', '@container': '@set' },
  parent: { '@type': '@id' },
  commitTimeStamp: { '@type': 'http://www.w3.org/2001/XMLSchema#dateTime' },
};

/**
 * @param ends - the last commit of each page, oldest first.
 * @param createdAt - of the feed: when a catalog without entries was last changed.
 */
export function catalogIndex(links: V3Links, ends: readonly CatalogCommit[], createdAt: string): Members {
  const created = { number: 0, committedUs: Date.parse(createdAt) * 1000 };
  return {
    '@id': links.catalogIndex,
    '@type': ['CatalogRoot', 'AppendOnlyCatalog', 'Permalink'],
    ...commitMembers(ends.at(-1) ?? created),
    count: ends.length,
    items: ends.map((end, page) => ({
      '@id': links.catalogPage(page),
      '@type': 'CatalogPage',
      ...commitMembers(end),
      count: end.number - page * ENTRIES_PER_PAGE,
    })),
    '@context': CONTEXT,
  };
}

/** @param entries - of the page, oldest first; at least one. */
export function catalogPage(links: V3Links, page: number, entries: readonly FeedCatalogEntry[]): Members {
  const newest = entries.at(-1) ?? { number: 0, committedUs: 0 };
  return {
    '@id': links.catalogPage(page),
    '@type': 'CatalogPage',
    ...commitMembers(newest),
    count: entries.length,
    parent: links.catalogIndex,
    items: entries.map((entry) => ({
      '@id': catalogLeafUrl(links, entry),
      '@type': `nuget:${typeOf(entry)}`,
      ...commitMembers(entry),
      'nuget:id': entry.id,
      'nuget:version': fullVersion(entry),
    })),
    '@context': CONTEXT,
  };
}

export function catalogLeafUrl(links: V3Links, entry: FeedCatalogEntry): string {
  return links.catalogLeaf({ ...entry, commitNumber: entry.number });
}

/** A version as it was at one commit, or that it was deleted then. */
export function catalogLeaf(links: V3Links, snapshot: CatalogSnapshot): Members {
  const url = catalogLeafUrl(links, snapshot);
  const { commitId, commitTimeStamp } = commitMembers(snapshot);
  const head = {
    '@id': url,
    '@type': [typeOf(snapshot), 'catalog:Permalink'],
    'catalog:commitId': commitId,
    'catalog:commitTimeStamp': commitTimeStamp,
  };
  const members = snapshot.kind === 'deleted' ? deletion(snapshot) : details(links, snapshot, url);
  return { ...head, ...members, '@context': { ...CONTEXT, '@vocab': CONTEXT.nuget } };
}

function typeOf({ kind }: FeedCatalogEntry): string {
  return kind === 'deleted' ? 'PackageDelete' : 'PackageDetails';
}

function deletion({ id, version, committedUs }: CatalogSnapshot): Members {
  return { id, originalId: id, version, published: commitInstant(committedUs) };
}

function details(links: V3Links, snapshot: CatalogSnapshot, url: string): Members {
  const { metadata, id, normalizedVersion } = snapshot;
  const groups = metadata.dependencyGroups.map((group) => dependencyGroup(group, url));
  return {
    ...describedMembers(metadata),
    ...fileUrls(metadata, links.content(id, normalizedVersion)),
    verbatimVersion: metadata.version,
    isPrerelease: metadata.isPrerelease,
    created: snapshot.created,
    published: publishedOf(snapshot),
    listed: snapshot.listed,
    packageHash: Buffer.from(snapshot.sha512, 'hex').toString('base64'),
    packageHashAlgorithm: 'SHA512',
    packageSize: snapshot.sizeBytes,
    ...(snapshot.deprecation === null ? {} : { deprecation: deprecationMember(snapshot.deprecation) }),
    ...furtherMembers(snapshot),
    ...(groups.length === 0 ? {} : { dependencyGroups: groups }),
  };
}

/** Of the nuspec; only those that say something. */
function furtherMembers({ metadata }: CatalogSnapshot): Members {
  const { repositoryUrl, repositoryType, repositoryCommit, packageTypes } = metadata;
  const texts = {
    copyright: metadata.copyright,
    releaseNotes: metadata.releaseNotes,
    licenseFile: entryNameOf(metadata, 'license') ?? '',
    iconFile: entryNameOf(metadata, 'icon') ?? '',
    readmeFile: entryNameOf(metadata, 'readme') ?? '',
  };
  const types = packageTypes.map(({ name, version }) => ({
    '@type': 'PackageType',
    name,
    ...(version && { version }),
  }));
  return {
    ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== '')),
    ...(metadata.developmentDependency ? { developmentDependency: true } : {}),
    ...(repositoryUrl === ''
      ? {}
      : { repository: { type: repositoryType, url: repositoryUrl, commit: repositoryCommit } }),
    ...(types.length === 0 ? {} : { packageTypes: types }),
  };
}

function dependencyGroup({ targetFramework, dependencies }: DependencyGroup, url: string): Members {
  const groupUrl = `${url}#dependencygroup${targetFramework === null ? '' : `/${encodeURIComponent(targetFramework)}`}`;
  const rendered = dependencies.map(({ id, range }) => ({
    '@id': `${groupUrl}/${encodeURIComponent(id.toLowerCase())}`,
    '@type': 'PackageDependency',
    id,
    range: range === '' ? '(, )' : range,
  }));
  return {
    '@id': groupUrl,
    '@type': 'PackageDependencyGroup',
    ...(rendered.length === 0 ? {} : { dependencies: rendered }),
    ...(targetFramework === null ? {} : { targetFramework }),
  };
}
