/**
 * Registration documents: index, page and leaf. Pure: versions in, JSON text out.
 *
 * Source: NuGet server API, "Package metadata".
 */
import type { StoredVersion } from '@feedfleet/store';

import { leafOf, publishedOf } from './leaf.ts';
import type { Hive, PageBounds, V3Links } from './v3-links.ts';
import { versionPath, urlSegment } from './v3-links.ts';

/** Up to so many leaves are put into the index itself, as the public gallery does: most ids then take one request. */
export const MAX_INLINED_LEAVES = 127;
const LEAVES_PER_PAGE = 64;

/** A registration of one id in one hive. */
export interface Registration {
  readonly links: V3Links;
  readonly hive: Hive;
  readonly id: string;
  /** Those of the hive, ascending; at least one. With their fragments where leaves are rendered. */
  readonly versions: readonly StoredVersion[];
}

/** Leaves a hive's versions: those that its clients can read. */
export function versionsOfHive(hive: Hive, versions: readonly StoredVersion[]): readonly StoredVersion[] {
  return hive === 'semver2' ? versions : versions.filter((version) => !version.isSemVer2);
}

export function registrationIndex(registration: Registration): string {
  const { links, hive, id, versions } = registration;
  const indexUrl = links.registrationIndex(hive, id);
  const pages = pagesOf(versions);
  const isInlined = versions.length <= MAX_INLINED_LEAVES;
  const items = pages.map((page) => {
    const bounds = boundsOf(page);
    if (!isInlined) return `{${pageHead(links.registrationPage(hive, id, bounds), page.length, bounds)}}`;
    const url = `${indexUrl}#page/${urlSegment(bounds.lower)}/${urlSegment(bounds.upper)}`;
    return `{${pageHead(url, page.length, bounds)},${pageItems({ ...registration, versions: page })}}`;
  });
  const type = '["catalog:CatalogRoot","PackageRegistration","catalog:Permalink"]';
  return `{"@id":${JSON.stringify(indexUrl)},"@type":${type},"count":${pages.length},"items":[${items.join()}]}`;
}

/** @param registration - with the versions of the page only. */
export function registrationPage(registration: Registration, bounds: PageBounds): string {
  const { links, hive, id, versions } = registration;
  const url = links.registrationPage(hive, id, bounds);
  return `{${pageHead(url, versions.length, boundsOf(versions))},${pageItems(registration)}}`;
}

export function registrationLeaf(version: StoredVersion, links: V3Links, hive: Hive): string {
  const { id, normalizedVersion } = version;
  const file = urlSegment(`${id}.${normalizedVersion}`);
  return JSON.stringify({
    '@id': links.registrationLeaf(hive, id, normalizedVersion),
    '@type': ['Package', 'http://schema.nuget.org/catalog#Permalink'],
    listed: version.listed,
    packageContent: `${links.flat}${versionPath(id, normalizedVersion)}/${file}.nupkg`,
    published: publishedOf(version),
    registration: links.registrationIndex(hive, id),
  });
}

/**
 * The versions between two bounds, both inclusive. Pages move as versions come and go: a client that holds an older index
 * still gets everything between the bounds it knows.
 *
 * @param compare - of two versions' texts, by NuGet order.
 */
export function versionsBetween(
  versions: readonly StoredVersion[],
  { lower, upper }: PageBounds,
  compare: (left: string, right: string) => number,
): readonly StoredVersion[] {
  return versions.filter(
    ({ normalizedVersion }) => compare(normalizedVersion, lower) >= 0 && compare(normalizedVersion, upper) <= 0,
  );
}

function pagesOf(versions: readonly StoredVersion[]): readonly (readonly StoredVersion[])[] {
  const count = Math.ceil(versions.length / LEAVES_PER_PAGE);
  return Array.from({ length: count }, (_, page) =>
    versions.slice(page * LEAVES_PER_PAGE, (page + 1) * LEAVES_PER_PAGE),
  );
}

function boundsOf(versions: readonly StoredVersion[]): PageBounds {
  return { lower: versions[0]?.normalizedVersion ?? '', upper: versions.at(-1)?.normalizedVersion ?? '' };
}

function pageHead(url: string, count: number, { lower, upper }: PageBounds): string {
  return (
    `"@id":${JSON.stringify(url)},"@type":"catalog:CatalogPage","count":${count},` +
    `"lower":${JSON.stringify(lower)},"upper":${JSON.stringify(upper)}`
  );
}

function pageItems({ links, hive, id, versions }: Registration): string {
  const leaves = versions.map((version) => leafOf(version, links, hive));
  return `"parent":${JSON.stringify(links.registrationIndex(hive, id))},"items":[${leaves.join()}]`;
}
