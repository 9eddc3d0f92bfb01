import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { CREATED, FEED_URL, FeedFixture, packageFile } from './feed-fixture.ts';

const BASE = `${FEED_URL}/api/v3`;
let feed: FeedFixture;

interface Commit {
  readonly '@id': string;
  readonly commitId: string;
  readonly commitTimeStamp: string;
}
interface Page extends Commit {
  readonly count: number;
  readonly parent: string;
  readonly items: readonly (Commit & { readonly '@type': string; readonly 'nuget:id': string })[];
}
interface Index extends Commit {
  readonly count: number;
  readonly items: readonly (Commit & { readonly count: number })[];
}

beforeAll(async () => {
  feed = await FeedFixture.open();
});
afterAll(() => feed.close());

const index = (): Promise<Index> => feed.json<Index>('/catalog/index.json');

describe('the catalog of a feed', () => {
  it('without packages has no pages, and was last changed when the feed was created', async () => {
    expect(await index()).toMatchObject({ count: 0, items: [], commitTimeStamp: '2026-01-02T03:04:05.6780000Z' });
    await expect(feed.ask('/catalog/page0.json')).rejects.toMatchObject({ code: 'FF_NO_SUCH_RESOURCE' });
  });

  it('tells of a push with all that is documented', async () => {
    await feed.add('Tool.Core', '1.0-RC.1+Build.5', {
      ...{ title: 'Core', summary: 'Short.', tags: ['a', 'b'], releaseNotes: 'New.', copyright: 'Ada', language: 'en' },
      ...{ projectUrl: 'https://example.org/', licenseExpression: 'MIT', minClientVersion: '2.8', iconFile: 'i.png' },
      ...{ repositoryUrl: 'https://example.org/r', repositoryType: 'git', repositoryCommit: 'abc' },
      packageTypes: [{ name: 'DotnetTool', version: null }],
      dependencyGroups: [
        { targetFramework: 'net45', dependencies: [{ id: 'Newtonsoft.Json', range: '[13.0.1, )' }] },
        { targetFramework: null, dependencies: [] },
      ],
    });
    const leafUrl = `${BASE}/catalog/data/1/tool.core.1.0.0-rc.1.json`;
    const { items } = await feed.json<Page>('/catalog/page0.json');
    expect(items).toEqual([
      {
        ...{ '@id': leafUrl, '@type': 'nuget:PackageDetails', 'nuget:id': 'Tool.Core' },
        ...{ 'nuget:version': '1.0.0-RC.1+Build.5', commitId: expect.any(String), commitTimeStamp: expect.any(String) },
      },
    ]);
    const sizeBytes = packageFile('Tool.Core', '1.0-RC.1+Build.5').length;
    expect(await feed.json(leafUrl)).toEqual({
      '@id': leafUrl,
      '@type': ['PackageDetails', 'catalog:Permalink'],
      'catalog:commitId': items[0]?.commitId,
      'catalog:commitTimeStamp': items[0]?.commitTimeStamp,
      ...{ id: 'Tool.Core', version: '1.0.0-RC.1+Build.5', verbatimVersion: '1.0-RC.1+Build.5', isPrerelease: true },
      ...{ title: 'Core', summary: 'Short.', tags: ['a', 'b'], releaseNotes: 'New.', copyright: 'Ada', language: 'en' },
      ...{ authors: 'Ada, Grace', description: 'About Tool.Core.', projectUrl: 'https://example.org/' },
      ...{ licenseExpression: 'MIT', minClientVersion: '2.8', requireLicenseAcceptance: false, iconFile: 'i.png' },
      ...{ iconUrl: `${BASE}/flat/tool.core/1.0.0-rc.1/icon`, created: CREATED, published: CREATED, listed: true },
      ...{ packageHash: expect.stringMatching(/^[A-Za-z0-9+/]{86}==$/), packageHashAlgorithm: 'SHA512' },
      ...{ packageSize: sizeBytes, packageTypes: [{ '@type': 'PackageType', name: 'DotnetTool' }] },
      repository: { type: 'git', url: 'https://example.org/r', commit: 'abc' },
      dependencyGroups: [
        {
          '@id': `${leafUrl}#dependencygroup/net45`,
          '@type': 'PackageDependencyGroup',
          targetFramework: 'net45',
          dependencies: [
            {
              '@id': `${leafUrl}#dependencygroup/net45/newtonsoft.json`,
              '@type': 'PackageDependency',
              ...{ id: 'Newtonsoft.Json', range: '[13.0.1, )' },
            },
          ],
        },
        { '@id': `${leafUrl}#dependencygroup`, '@type': 'PackageDependencyGroup' },
      ],
      '@context': expect.any(Object),
    });
  });

  it('tells of unlisting and listing as of the package itself, and of a deletion as such', async () => {
    await feed.add('Short', '1.0.0');
    await feed.setListed('Short', '1.0.0', false);
    await feed.setListed('Short', '1.0.0', true);
    const before = await Promise.all([2, 3, 4].map((number) => feed.json(`/catalog/data/${number}/short.1.0.0.json`)));
    expect(before).toMatchObject([
      { listed: true, published: CREATED },
      { listed: false, published: '1900-01-01T00:00:00Z' },
      { listed: true, published: CREATED },
    ]);
    await feed.remove('Short', '1.0.0');
    const after = await Promise.all([2, 3, 4].map((number) => feed.json(`/catalog/data/${number}/short.1.0.0.json`)));
    expect(after).toEqual(before);
    const deletion = await feed.json<Record<string, unknown>>('/catalog/data/5/Short.1.0.0.JSON');
    expect(deletion).toMatchObject({ '@type': ['PackageDelete', 'catalog:Permalink'], id: 'Short', version: '1.0.0' });
    expect(deletion.published).toBe(deletion['catalog:commitTimeStamp']);
    const page = await feed.json<Page>('/catalog/page0.json');
    expect(page.items.at(-1)?.['@type']).toBe('nuget:PackageDelete');
  });

  it.each(['/catalog/data/2/tool.core.1.0.0-rc.1.json', '/catalog/data/99/short.1.0.0.json', '/catalog/data/0/x.json'])(
    'has nothing under a number and a name that do not belong together: %s',
    async (path) => {
      await expect(feed.ask(path)).rejects.toMatchObject({ code: 'FF_NO_SUCH_RESOURCE', status: 404 });
    },
  );

  it('is cut into pages of 550, of which a full one never changes', async () => {
    for (let patch = 0; patch < 550; patch += 1) await feed.add('Many', `1.0.${patch}`, { file: 'shared' });
    const first = await index();
    expect(first.items.map(({ count }) => count)).toEqual([550, 5]);
    const full = await feed.ask('/catalog/page0.json');
    const [pages, before] = [await pagesOf(first), await feed.ask('/catalog/page1.json')];
    for (const [page, named] of pages.map((page, place) => [page, first.items[place]] as const)) {
      const { count, commitId, commitTimeStamp } = page;
      expect(named).toMatchObject({ '@id': page['@id'], count, commitId, commitTimeStamp });
      expect([page.items.length, page.parent]).toEqual([count, `${BASE}/catalog/index.json`]);
      expect(page.items.at(-1)).toMatchObject({ commitId, commitTimeStamp });
    }
    expect(first).toMatchObject({ count: 2, commitId: pages[1]?.commitId, commitTimeStamp: pages[1]?.commitTimeStamp });
    const instants = pages.flatMap(({ items }) => items.map(({ commitTimeStamp }) => commitTimeStamp));
    expect(instants).toEqual([...new Set(instants)].toSorted());
    await feed.setListed('Many', '1.0.0', false);
    expect(await feed.ask('/catalog/page0.json')).toEqual(full);
    expect(await feed.ask('/catalog/page1.json')).not.toMatchObject({ entity: (before as { entity: string }).entity });
  });

  it('gives who follows it with a cursor exactly what came after', async () => {
    const cursor = (await index()).commitTimeStamp;
    await feed.add('Later', '1.0.0');
    await feed.setListed('Many', '1.0.1', false);
    const { items } = await index();
    const newer = await pagesOf({ items: items.filter(({ commitTimeStamp }) => commitTimeStamp > cursor) });
    const entries = newer.flatMap((page) => page.items).filter(({ commitTimeStamp }) => commitTimeStamp > cursor);
    expect(entries.map((entry) => entry['nuget:id'])).toEqual(['Later', 'Many']);
  });
});

function pagesOf({ items }: { readonly items: readonly Commit[] }): Promise<Page[]> {
  return Promise.all(items.map((item) => feed.json<Page>(item['@id'])));
}
