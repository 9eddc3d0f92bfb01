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

/** First client that reads SemVer 2.0.0 versions. */
const SEMVER2_CLIENT = '4.3.0-alpha';

export function serviceIndex(links: V3Links): ServiceIndex {
  return {
    version: '3.0.0',
    resources: [
      ...aliases(links.flat, 'Package content by id and version', ['PackageBaseAddress/3.0.0']),
      ...registrations(links),
      ...aliases(links.query, 'Search', searchTypes('SearchQueryService')),
      ...aliases(
        links.autocomplete,
        'Ids and versions that start with a text',
        searchTypes('SearchAutocompleteService'),
      ),
      ...aliases(`${links.feedUrl}/api/v2/package`, 'Push, delete and relist packages', ['PackagePublish/2.0.0']),
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
  const semver2 = links.registration('semver2');
  return [
    ...aliases(plain, 'Package metadata without SemVer 2.0.0', [name, `${name}/3.0.0-beta`, `${name}/3.0.0-rc`]),
    ...aliases(links.registration('gzip'), 'Package metadata without SemVer 2.0.0, compressed', [`${name}/3.4.0`]),
    ...aliases(semver2, 'Package metadata with SemVer 2.0.0, compressed', [`${name}/3.6.0`]),
    {
      '@id': semver2,
      '@type': `${name}/Versioned`,
      clientVersion: SEMVER2_CLIENT,
      comment: 'Package metadata with SemVer 2.0.0, compressed',
    },
  ];
}

function searchTypes(name: string): readonly string[] {
  return [name, `${name}/3.0.0-beta`, `${name}/3.0.0-rc`, `${name}/3.5.0`];
}

function aliases(url: string, comment: string, types: readonly string[]): readonly Resource[] {
  return types.map((type) => ({ '@id': url, '@type': type, comment }));
}
