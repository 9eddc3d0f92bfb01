/**
 * Where the resources of a feed are: the one place that knows the paths below `<feedUrl>/api/v3`.
 *
 * Ids and versions in them are in lower case; what clients send is taken in any case.
 */

/**
 * Registration hives: `plain` and `gzip` leave SemVer 2.0.0 versions out, for clients that cannot read them.
 *
 * Source: NuGet server API, "Package metadata", section "Versioning".
 */
export type Hive = 'plain' | 'gzip' | 'semver2';

export const HIVES: readonly Hive[] = ['plain', 'gzip', 'semver2'];

export interface V3Links {
  readonly feedUrl: string;
  readonly flat: string;
  readonly query: string;
  readonly autocomplete: string;
  readonly serviceIndex: string;
  readonly catalogIndex: string;
  readonly vulnerabilityIndex: string;
  /** Both templates for clients, and the human page itself. */
  readonly readmeTemplate: string;
  readonly packagePageTemplate: string;
  packagePage(id: string, normalizedVersion: string): string;
  /** Of the pages of the catalog, counted from 0. */
  catalogPage(page: number): string;
  catalogLeaf(of: CatalogAddress): string;
  /** `{id}/{version}` in the flat container, no slash at the end. */
  content(id: string, normalizedVersion: string): string;
  changes(format: ChangesFormat): string;
  vulnerabilityPage(source: string): string;
  registration(hive: Hive): string;
  registrationIndex(hive: Hive, id: string): string;
  registrationLeaf(hive: Hive, id: string, normalizedVersion: string): string;
  registrationPage(hive: Hive, id: string, bounds: PageBounds): string;
}

export type ChangesFormat = 'atom' | 'rss';

/** What names an entry of the catalog. */
interface CatalogAddress {
  /** 0 for none. */
  readonly commitNumber: number;
  readonly id: string;
  readonly normalizedVersion: string;
}

/** Normalized versions, both inclusive. */
export interface PageBounds {
  readonly lower: string;
  readonly upper: string;
}

/** `{id}/{version}` as it stands in URLs; without a base. */
export function versionPath(id: string, normalizedVersion: string): string {
  return `${urlSegment(id)}/${urlSegment(normalizedVersion)}`;
}

/** In lower case, percent-encoded. */
export function urlSegment(text: string): string {
  return encodeURIComponent(text.toWellFormed().toLowerCase());
}

/** @param urls - of the query: absolute, no slash at the end. */
export function v3Links(urls: { readonly feedUrl: string; readonly baseUrl: string }): V3Links {
  const { feedUrl, baseUrl } = urls;
  const registration = (hive: Hive): string => `${baseUrl}/registration/${hive}/`;
  return {
    feedUrl,
    flat: `${baseUrl}/flat/`,
    query: `${baseUrl}/query`,
    autocomplete: `${baseUrl}/autocomplete`,
    serviceIndex: `${baseUrl}/index.json`,
    catalogIndex: `${baseUrl}/catalog/index.json`,
    vulnerabilityIndex: `${baseUrl}/vulnerabilities/index.json`,
    readmeTemplate: `${baseUrl}/flat/{lower_id}/{lower_version}/readme`,
    packagePageTemplate: `${baseUrl}/packages/{id}/{version}`,
    packagePage: (id, version) => `${baseUrl}/packages/${versionPath(id, version)}`,
    catalogPage: (page) => `${baseUrl}/catalog/page${page}.json`,
    // What is in no catalog of this feed, because a package source has it, is described by its leaf.
    catalogLeaf: ({ commitNumber, id, normalizedVersion }) =>
      commitNumber === 0
        ? `${registration('semver2')}${versionPath(id, normalizedVersion)}.json`
        : `${baseUrl}/catalog/data/${commitNumber}/${urlSegment(`${id}.${normalizedVersion}`)}.json`,
    content: (id, version) => `${baseUrl}/flat/${versionPath(id, version)}`,
    changes: (format) => `${baseUrl}/changes.${format}`,
    vulnerabilityPage: (source) => `${baseUrl}/vulnerabilities/${urlSegment(source)}`,
    registration,
    registrationIndex: (hive, id) => `${registration(hive)}${urlSegment(id)}/index.json`,
    registrationLeaf: (hive, id, version) => `${registration(hive)}${versionPath(id, version)}.json`,
    registrationPage: (hive, id, { lower, upper }) =>
      `${registration(hive)}${urlSegment(id)}/page/${urlSegment(lower)}/${urlSegment(upper)}.json`,
  };
}
