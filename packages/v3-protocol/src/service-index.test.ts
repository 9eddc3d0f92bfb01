import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { FEED_URL, FeedFixture } from './feed-fixture.ts';

const BASE = `${FEED_URL}/api/v3`;
let feed: FeedFixture;

beforeAll(async () => {
  feed = await FeedFixture.open();
});
afterAll(() => feed.close());

interface Resource {
  readonly '@id': string;
  readonly '@type': string;
}
describe('index.json', () => {
  it('names every resource under every name that a client of any age looks for', async () => {
    const index = await feed.json<{ version: string; resources: Resource[] }>('/index.json');
    const byType = Object.fromEntries(index.resources.map((resource) => [resource['@type'], resource['@id']]));
    const registration = (hive: string) => `${BASE}/registration/${hive}/`;
    expect(index.version).toBe('3.0.0');
    expect(byType).toEqual({
      'PackageBaseAddress/3.0.0': `${BASE}/flat/`,
      RegistrationsBaseUrl: registration('plain'),
      'RegistrationsBaseUrl/3.0.0-beta': registration('plain'),
      'RegistrationsBaseUrl/3.0.0-rc': registration('plain'),
      'RegistrationsBaseUrl/3.4.0': registration('gzip'),
      'RegistrationsBaseUrl/3.6.0': registration('semver2'),
      'RegistrationsBaseUrl/Versioned': registration('semver2'),
      SearchQueryService: `${BASE}/query`,
      'SearchQueryService/3.0.0-beta': `${BASE}/query`,
      'SearchQueryService/3.0.0-rc': `${BASE}/query`,
      'SearchQueryService/3.4.0': `${BASE}/query`,
      'SearchQueryService/3.5.0': `${BASE}/query`,
      'SearchQueryService/Versioned': `${BASE}/query`,
      SearchAutocompleteService: `${BASE}/autocomplete`,
      'SearchAutocompleteService/3.0.0-beta': `${BASE}/autocomplete`,
      'SearchAutocompleteService/3.0.0-rc': `${BASE}/autocomplete`,
      'SearchAutocompleteService/3.4.0': `${BASE}/autocomplete`,
      'SearchAutocompleteService/3.5.0': `${BASE}/autocomplete`,
      'SearchAutocompleteService/Versioned': `${BASE}/autocomplete`,
      'PackageDisplayMetadataUriTemplate/3.0.0-rc': `${registration('plain')}{id-lower}/index.json`,
      'PackageVersionDisplayMetadataUriTemplate/3.0.0-rc': `${registration('plain')}{id-lower}/{version-lower}.json`,
      'Catalog/3.0.0': `${BASE}/catalog/index.json`,
      'ReadmeUriTemplate/6.13.0': `${BASE}/flat/{lower_id}/{lower_version}/readme`,
      'PackageDetailsUriTemplate/5.1.0': `${BASE}/packages/{id}/{version}`,
      'PackagePublish/2.0.0': `${FEED_URL}/api/v2/package`,
      'SymbolPackagePublish/4.9.0': `${FEED_URL}/api/v2/symbolpackage`,
      LegacyGallery: `${FEED_URL}/api/v2`,
      'LegacyGallery/2.0.0': `${FEED_URL}/api/v2`,
    });
  });

  it('tells clients from which version on they may use the versioned types', async () => {
    const index = await feed.json<{ resources: (Resource & { clientVersion?: string })[] }>('/index.json');
    const versioned = index.resources.filter((resource) => resource['@type'].endsWith('/Versioned'));
    expect(versioned.map(({ clientVersion }) => clientVersion)).toEqual(Array(3).fill('4.3.0-alpha'));
  });

  it('has no page for people where the feed is reached without TLS, which clients demand of it', async () => {
    const { resources } = await feed.json<{ resources: Resource[] }>('/index.json', 'http://localhost/F/Main');
    const types = resources.map((resource) => resource['@type']);
    expect(types.filter((type) => type.startsWith('PackageDetails'))).toEqual([]);
  });

  it('is JSON that is kept by revision and compressed on demand', async () => {
    expect(await feed.ask('/index.json')).toMatchObject({
      status: 200,
      contentType: 'application/json; charset=utf-8',
      gzip: 'negotiated',
      keep: 'revision',
    });
  });
});
