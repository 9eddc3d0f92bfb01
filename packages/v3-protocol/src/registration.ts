/**
 * Registration documents: index, page and leaf. Pure: versions in, JSON text out.
 *
 * Source: NuGet server API, "Package metadata".
 */
import type { CatalogCommit, StoredVersion, VersionPage } from '@feedfleet/store';

import type { AdvisoryState } from './advisory-state.ts';
import { commitMembers } from './commit.ts';
import { commitOf, leafOf, publishedOf } from './leaf.ts';
import type { Hive, PageBounds, V3Links } from './v3-links.ts';
import { urlSegment } from './v3-links.ts';

/** Up to so many leaves are put into the index itself, as the public gallery does: most ids then take one request. */
export const MAX_INLINED_LEAVES = 127;
export const LEAVES_PER_PAGE = 64;

/** A registration of one id in one hive. */
export interface Registration {
  readonly links: V3Links;
  readonly hive: Hive;
  readonly id: string;
}

/** A leaf as it stands on a page, and what the page needs to know of it. */
export interface RenderedLeaf {
  readonly text: string;
  readonly normalizedVersion: string;
  readonly commit: CatalogCommit;
}

/** @param version - with its fragment. */
export function renderedLeaf(
  { links, hive }: Registration,
  version: StoredVersion,
  advisories: AdvisoryState,
): RenderedLeaf {
  const { normalizedVersion } = version;
  return { text: leafOf(version, { links, hive, advisories }), normalizedVersion, commit: commitOf(version) };
}

/**
 * @param pages - those of the hive, ascending; at least one.
 * @param leaves - all of the hive, to be put into the index; none when the pages are to be fetched.
 */
export function registrationIndex(
  registration: Registration,
  pages: readonly VersionPage[],
  leaves: readonly RenderedLeaf[],
): string {
  const { links, hive, id } = registration;
  const indexUrl = links.registrationIndex(hive, id);
  let first = 0;
  const items = pages.map((page) => {
    if (leaves.length === 0) return `{${pageHead(links.registrationPage(hive, id, page), page)}}`;
    const url = `${indexUrl}#page/${urlSegment(page.lower)}/${urlSegment(page.upper)}`;
    const onPage = leaves.slice(first, (first += page.count));
    return `{${pageHead(url, page)},${pageItems(registration, onPage)}}`;
  });
  const type = '["catalog:CatalogRoot","PackageRegistration","catalog:Permalink"]';
  const commit = commitText(newestOf(pages.map((page) => page.commit)));
  return `{"@id":${JSON.stringify(indexUrl)},"@type":${type},${commit},"count":${pages.length},"items":[${items.join()}]}`;
}

/** @param leaves - of the page; at least one. */
export function registrationPage(
  registration: Registration,
  bounds: PageBounds,
  leaves: readonly RenderedLeaf[],
): string {
  const { links, hive, id } = registration;
  const [lower = '', upper = ''] = [leaves[0]?.normalizedVersion, leaves.at(-1)?.normalizedVersion];
  const page = { lower, upper, count: leaves.length, commit: newestOf(leaves.map(({ commit }) => commit)) };
  return `{${pageHead(links.registrationPage(hive, id, bounds), page)},${pageItems(registration, leaves)}}`;
}

export function registrationLeaf(version: StoredVersion, links: V3Links, hive: Hive): string {
  const { id, normalizedVersion } = version;
  const file = urlSegment(`${id}.${normalizedVersion}`);
  return JSON.stringify({
    '@id': links.registrationLeaf(hive, id, normalizedVersion),
    '@type': ['Package', 'http://schema.nuget.org/catalog#Permalink'],
    catalogEntry: links.catalogLeaf(version),
    listed: version.listed,
    packageContent: `${links.content(id, normalizedVersion)}/${file}.nupkg`,
    published: publishedOf(version),
    registration: links.registrationIndex(hive, id),
  });
}

/** Of commits of one feed, of which there is at least one: numbers and instants grow together. */
function newestOf(commits: readonly CatalogCommit[]): CatalogCommit {
  return commits.reduce((newest, commit) => (commit.number > newest.number ? commit : newest));
}

function pageHead(url: string, { count, lower, upper, commit }: VersionPage): string {
  return (
    `"@id":${JSON.stringify(url)},"@type":"catalog:CatalogPage",${commitText(commit)},"count":${count},` +
    `"lower":${JSON.stringify(lower)},"upper":${JSON.stringify(upper)}`
  );
}

function commitText(commit: CatalogCommit): string {
  const { commitId, commitTimeStamp } = commitMembers(commit);
  return `"commitId":"${commitId}","commitTimeStamp":"${commitTimeStamp}"`;
}

function pageItems({ links, hive, id }: Registration, leaves: readonly RenderedLeaf[]): string {
  const items = leaves.map(({ text }) => text).join();
  return `"parent":${JSON.stringify(links.registrationIndex(hive, id))},"items":[${items}]`;
}
