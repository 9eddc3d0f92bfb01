/**
 * The service index: what a client finds here, under every name that clients of any age look for.
 *
 * Old clients take some aliases only (3.3: `RegistrationsBaseUrl/3.0.0-beta`; 3.4 to 5.8 refuse `/3.6.0` but take
 * `/Versioned`), so that every alias is listed. Nothing is listed that is not served: a client that finds a resource uses it.
 *
 * Source: NuGet server API, "Service index".
 */
import type { V3Links } from './v3-links.ts';

interface Resource {
  readonly '@id': string;
  readonly '@type': string;
  readonly comment: string;
  readonly clientVersion?: string;
}

export interface ServiceIndex {
  readonly version: '3.0.0';
  readonly resources: readonly Resource[];
}

export interface ServiceIndexOptions {
  /** Without any there is no resource: an index has at least one page, and some clients fail on an empty one. */
  readonly hasVulnerabilities: boolean;
}

/** First client that reads SemVer 2.0.0 versions. */
const SEMVER2_CLIENT = '4.3.0-alpha';

/**
 * Left out, because there is nothing behind them: `OwnerDetailsUriTemplate`, `ReportAbuseUriTemplate`, `RepositorySignatures`. Other
 * `Versioned` types are nowhere published: clients that look for one take the fixed version next.
 */
export function serviceIndex(links: V3Links, options: ServiceIndexOptions): ServiceIndex {
  return {
    version: '3.0.0',
    resources: [
      ...aliases(links.flat, 'Package content by id and version', ['PackageBaseAddress/3.0.0']),
      ...registrations(links),
      ...searches(links.query, 'Search', 'SearchQueryService'),
      ...searches(links.autocomplete, 'Ids and versions that start with a text', 'SearchAutocompleteService'),
      ...aliases(links.catalogIndex, 'What happened to packages, in order', ['Catalog/3.0.0']),
      ...(options.hasVulnerabilities ? vulnerabilities(links) : []),
      ...aliases(links.readmeTemplate, 'Readme of a package', ['ReadmeUriTemplate/6.13.0']),
      ...packagePages(links),
      ...aliases(`${links.feedUrl}/api/v2/package`, 'Push, delete and relist packages', ['PackagePublish/2.0.0']),
      ...aliases(`${links.feedUrl}/api/v2/symbolpackage`, 'Push symbols packages', ['SymbolPackagePublish/4.9.0']),
      ...aliases(`${links.feedUrl}/api/v2`, 'The same feed in the v2 protocol', [
        'LegacyGallery',
        'LegacyGallery/2.0.0',
      ]),
    ],
  };
}

function registrations(links: V3Links): readonly Resource[] {
  const name = 'RegistrationsBaseUrl';
  const plain = links.registration('plain');
  const [withSemVer2, withoutSemVer2] = ['Package metadata with SemVer 2.0.0', 'Package metadata without SemVer 2.0.0'];
  return [
    ...aliases(plain, withoutSemVer2, [name, `${name}/3.0.0-beta`, `${name}/3.0.0-rc`]),
    ...aliases(`${plain}{id-lower}/index.json`, withoutSemVer2, ['PackageDisplayMetadataUriTemplate/3.0.0-rc']),
    ...aliases(`${plain}{id-lower}/{version-lower}.json`, withoutSemVer2, [
      'PackageVersionDisplayMetadataUriTemplate/3.0.0-rc',
    ]),
    ...aliases(links.registration('gzip'), `${withoutSemVer2}, compressed`, [`${name}/3.4.0`]),
    ...aliases(links.registration('semver2'), `${withSemVer2}, compressed`, [`${name}/3.6.0`]),
    versioned(links.registration('semver2'), `${withSemVer2}, compressed`, name),
  ];
}

/** `/3.4.0` is what 3.4 and later look for first; `/3.5.0` knows package types. */
function searches(url: string, comment: string, name: string): readonly Resource[] {
  const types = ['', '/3.0.0-beta', '/3.0.0-rc', '/3.4.0', '/3.5.0'].map((version) => `${name}${version}`);
  return [...aliases(url, comment, types), versioned(url, comment, name)];
}

function vulnerabilities(links: V3Links): readonly Resource[] {
  return aliases(links.vulnerabilityIndex, 'Known vulnerabilities, by package', ['VulnerabilityInfo/6.7.0']);
}

/** Only where the feed is reached by https: the protocol demands it, and clients drop the link otherwise. */
function packagePages(links: V3Links): readonly Resource[] {
  return links.packagePageTemplate.startsWith('https:')
    ? aliases(links.packagePageTemplate, 'Page about a package', ['PackageDetailsUriTemplate/5.1.0'])
    : [];
}

function versioned(url: string, comment: string, name: string): Resource {
  return { '@id': url, '@type': `${name}/Versioned`, clientVersion: SEMVER2_CLIENT, comment };
}

function aliases(url: string, comment: string, types: readonly string[]): readonly Resource[] {
  return types.map((type) => ({ '@id': url, '@type': type, comment }));
}
