import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { CREATED, FEED_URL, FeedFixture, nuspecText, packageFile, sha512Of } from './feed-fixture.ts';

const BASE = `${FEED_URL}/api/v3`;
let feed: FeedFixture;

beforeAll(async () => {
  feed = await FeedFixture.open();
  await feed.add('Tool.Core', '1.0');
  await feed.add('Tool.Core', '1.1.0-beta', { listed: false });
  await feed.add('Tool.Core', '1.10.0', {
    title: 'Core',
    summary: 'Short.',
    tags: ['tool', 'core'],
    projectUrl: 'https://example.org/core',
    licenseExpression: 'MIT',
    minClientVersion: '2.8',
    requireLicenseAcceptance: true,
    packageTypes: [{ name: 'DotnetTool', version: null }],
    dependencyGroups: [
      { targetFramework: 'net45', dependencies: [{ id: 'Newtonsoft.Json', range: '[13.0.1, )' }] },
      { targetFramework: null, dependencies: [] },
    ],
  });
  await feed.add('Tool.Core', '2.0.0-rc.1+Build.5');
  await feed.add('Only.SemVer2', '1.0.0-a.1');
  for (let minor = 0; minor < 200; minor += 1) await feed.add('Many', `1.${minor}.0`, { file: 'shared' });
});

afterAll(() => feed.close());

interface Commit {
  readonly commitId: string;
  readonly commitTimeStamp: string;
}
interface Leaf extends Commit {
  readonly '@id': string;
  readonly packageContent: string;
  readonly registration: string;
  readonly catalogEntry: Readonly<Record<string, unknown>>;
}
interface Page extends Commit {
  readonly '@id': string;
  readonly count: number;
  readonly lower: string;
  readonly upper: string;
  readonly parent?: string;
  readonly items?: readonly Leaf[];
}
interface Index {
  readonly count: number;
  readonly items: readonly Page[];
}

const refused = (code: string): unknown => expect.objectContaining({ code });

describe('flat container', () => {
  it('lists every version of an id in lower case, unlisted ones too', async () => {
    const { versions } = await feed.json<{ versions: string[] }>('/flat/tool.core/index.json');
    expect(versions).toEqual(['1.0.0', '1.1.0-beta', '1.10.0', '2.0.0-rc.1']);
    expect(await feed.json('/FLAT/TOOL.CORE/INDEX.JSON')).toEqual({ versions });
  });

  it.each([
    '/flat/nobody/index.json',
    '/flat/tool.core/9.9.9/tool.core.9.9.9.nupkg',
    '/flat/nobody/1.0.0/nobody.nuspec',
  ])('answers 404 for %s', async (path) => {
    await expect(feed.ask(path)).rejects.toThrow(refused('FF_NO_SUCH_PACKAGE'));
  });

  it.each([
    '/flat/tool.core/1.0.0/tool.core.1.0.0.nupkg',
    '/flat/Tool.Core/1.0/TOOL.core.1.0.NUPKG',
    '/flat/tool%2Ecore/1.0.0.0/tool.core.1.0.0.nupkg',
  ])('gives the package for %s', async (path) => {
    const sha512 = sha512Of(packageFile('Tool.Core', '1.0'));
    expect(await feed.ask(path)).toMatchObject({ kind: 'blob', fileName: 'tool.core.1.0.0.nupkg', blob: { sha512 } });
  });

  it.each(['/flat/tool.core/1.0.0/tool.core.nuspec', '/flat/tool.core/1.0.0/Tool.Core.1.0.0.nuspec'])(
    'gives the nuspec out of the package for %s',
    async (path) => {
      const answer = await feed.ask(path);
      expect(answer).toMatchObject({ kind: 'bytes', contentType: 'application/xml', keep: 'revision' });
      expect(answer.kind === 'bytes' && answer.body.toString()).toBe(nuspecText('Tool.Core', '1.0'));
    },
  );
});

describe('registration index', () => {
  it('has all leaves of a small id, in order, between its bounds', async () => {
    const { count, items } = await feed.json<Index>('/registration/semver2/tool.core/index.json');
    const [page] = items;
    expect([count, page?.count, page?.lower, page?.upper]).toEqual([1, 4, '1.0.0', '2.0.0-rc.1']);
    expect(page?.items?.map(({ catalogEntry }) => catalogEntry.version)).toEqual([
      '1.0.0',
      '1.1.0-beta',
      '1.10.0',
      '2.0.0-rc.1+Build.5',
    ]);
  });

  it('says of a version what its nuspec says', async () => {
    const { items } = await feed.json<Index>('/registration/semver2/tool.core/index.json');
    const leafUrl = `${BASE}/registration/semver2/tool.core/1.10.0.json`;
    const packageContent = `${BASE}/flat/tool.core/1.10.0/tool.core.1.10.0.nupkg`;
    const registration = `${BASE}/registration/semver2/tool.core/index.json`;
    expect(items[0]?.items?.[2]).toEqual({
      '@id': leafUrl,
      '@type': 'Package',
      commitId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-000000000003$/),
      commitTimeStamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/),
      catalogEntry: {
        '@id': `${BASE}/catalog/data/3/tool.core.1.10.0.json`,
        '@type': 'PackageDetails',
        id: 'Tool.Core',
        version: '1.10.0',
        title: 'Core',
        authors: 'Ada, Grace',
        description: 'About Tool.Core.',
        summary: 'Short.',
        tags: ['tool', 'core'],
        projectUrl: 'https://example.org/core',
        licenseExpression: 'MIT',
        minClientVersion: '2.8',
        requireLicenseAcceptance: true,
        created: CREATED,
        listed: true,
        published: CREATED,
        packageContent,
        dependencyGroups: [
          {
            '@type': 'PackageDependencyGroup',
            targetFramework: 'net45',
            dependencies: [
              {
                '@type': 'PackageDependency',
                id: 'Newtonsoft.Json',
                range: '[13.0.1, )',
                registration: `${BASE}/registration/semver2/newtonsoft.json/index.json`,
              },
            ],
          },
          { '@type': 'PackageDependencyGroup' },
        ],
      },
      packageContent,
      registration,
    });
  });

  it('shows unlisted versions as such', async () => {
    const { items } = await feed.json<Index>('/registration/plain/tool.core/index.json');
    const unlisted = items[0]?.items?.find(({ catalogEntry }) => catalogEntry.version === '1.1.0-beta');
    expect(unlisted?.catalogEntry).toMatchObject({ listed: false, published: '1900-01-01T00:00:00Z' });
  });

  it.each(['plain', 'gzip'])('leaves SemVer 2.0.0 versions out of the hive %s', async (hive) => {
    const { items } = await feed.json<Index>(`/registration/${hive}/Tool.Core/index.json`);
    expect([items[0]?.count, items[0]?.upper]).toEqual([3, '1.10.0']);
    await expect(feed.ask(`/registration/${hive}/only.semver2/index.json`)).rejects.toThrow(
      refused('FF_NO_SUCH_PACKAGE'),
    );
    await expect(feed.ask(`/registration/${hive}/tool.core/2.0.0-rc.1.json`)).rejects.toThrow(
      refused('FF_NO_SUCH_PACKAGE'),
    );
  });

  it('was last changed by what changed one of its versions last', async () => {
    const { items, ...index } = await feed.json<Index & Commit>('/registration/semver2/tool.core/index.json');
    const leaves = items[0]?.items ?? [];
    const newest = leaves
      .map(({ commitTimeStamp }) => commitTimeStamp)
      .toSorted()
      .at(-1);
    expect([index.commitTimeStamp, items[0]?.commitTimeStamp]).toEqual([newest, newest]);
    expect(index.commitId).toBe(leaves.find(({ commitTimeStamp }) => commitTimeStamp === newest)?.commitId);
  });

  it.each([
    ['plain', 'negotiated'],
    ['gzip', 'always'],
    ['semver2', 'always'],
  ])('is compressed in the hive %s: %s', async (hive, gzip) => {
    for (const document of ['index.json', '1.0.0.json', 'page/1.0.0/1.0.0.json']) {
      expect(await feed.ask(`/registration/${hive}/tool.core/${document}`)).toMatchObject({ gzip });
    }
  });

  it('names pages of at most 64 leaves for an id with 200 versions, and each holds what it says', async () => {
    const index = await feed.json<Index>('/registration/semver2/many/index.json');
    expect(index.items.map(({ count, lower, upper }) => [count, lower, upper])).toEqual([
      [64, '1.0.0', '1.63.0'],
      [64, '1.64.0', '1.127.0'],
      [64, '1.128.0', '1.191.0'],
      [8, '1.192.0', '1.199.0'],
    ]);
    expect(index.items.every(({ items }) => items === undefined)).toBe(true);
    for (const named of index.items) {
      const page = await feed.json<Page>(named['@id']);
      expect(page).toMatchObject({ ...named, parent: `${BASE}/registration/semver2/many/index.json` });
      expect(page.items).toHaveLength(named.count);
    }
  });

  it('still gives what lies between the bounds of an older index', async () => {
    const page = await feed.json<Page>('/registration/plain/many/page/1.10.0/1.12.5.json');
    expect(page.items?.map(({ catalogEntry }) => catalogEntry.version)).toEqual(['1.10.0', '1.11.0', '1.12.0']);
    const all = await feed.json<Page>('/registration/plain/many/page/0.0.1/9.0.json');
    expect([all.count, all.items?.length]).toEqual([200, 200]);
    await expect(feed.ask('/registration/plain/many/page/3.0.0/4.0.0.json')).rejects.toThrow(
      refused('FF_NO_SUCH_PACKAGE'),
    );
  });

  it('inlines the pages up to 127 leaves', async () => {
    for (let patch = 0; patch < 127; patch += 1) await feed.add('Inlined', `1.0.${patch}`, { file: 'shared' });
    const { items } = await feed.json<Index>('/registration/plain/inlined/index.json');
    expect(items.map((page) => [page.count, page.items?.length])).toEqual([
      [64, 64],
      [63, 63],
    ]);
    await feed.add('Inlined', '1.0.127');
    const after = await feed.json<Index>('/registration/plain/inlined/index.json');
    expect(after.items.map((page) => page.items)).toEqual([undefined, undefined]);
  });
});

describe('registration leaf', () => {
  it('says where the package is and whether it is listed', async () => {
    expect(await feed.json('/registration/plain/TOOL.CORE/1.1.0-BETA.json')).toEqual({
      '@id': `${BASE}/registration/plain/tool.core/1.1.0-beta.json`,
      '@type': ['Package', 'http://schema.nuget.org/catalog#Permalink'],
      catalogEntry: `${BASE}/catalog/data/2/tool.core.1.1.0-beta.json`,
      listed: false,
      packageContent: `${BASE}/flat/tool.core/1.1.0-beta/tool.core.1.1.0-beta.nupkg`,
      published: '1900-01-01T00:00:00Z',
      registration: `${BASE}/registration/plain/tool.core/index.json`,
    });
  });

  it('is rendered anew when what was stored comes from another version of the renderer', async () => {
    await feed.add('Old.Leaf', '1.0.0', { stored: { format: 0, leaf: '{"old":true}' } });
    const { items } = await feed.json<Index>('/registration/plain/old.leaf/index.json');
    expect(items[0]?.items?.[0]?.catalogEntry).toMatchObject({ id: 'Old.Leaf', version: '1.0.0' });
  });

  it('carries whatever an author writes', async () => {
    const description = 'Quotes " and \\ and \u0001\u0002\u0003\u0004 and $& and \u2028 \ud800.';
    await feed.add('Odd.Text', '1.0.0', { description });
    const { items } = await feed.json<Index>('/registration/plain/odd.text/index.json');
    expect(items[0]?.items?.[0]?.catalogEntry.description).toBe(description);
  });
});

describe('links', () => {
  it.each([FEED_URL, 'http://localhost:5000/f/mAIN', `https://h/p/F/Main/auth/ff_${'k'.repeat(43)}`])(
    'all start with the feed as the client reached it: %s',
    async (feedUrl) => {
      const paths = [
        '/index.json',
        '/registration/plain/tool.core/index.json',
        '/registration/gzip/many/index.json',
        '/registration/semver2/many/page/1.0.0/1.63.0.json',
        '/registration/semver2/tool.core/1.0.0.json',
        '/catalog/index.json',
        '/catalog/page0.json',
        '/catalog/data/3/tool.core.1.10.0.json',
        '/query?q=tool&prerelease=true&semVerLevel=2.0.0',
      ];
      for (const path of paths) {
        const links = linksIn(await feed.json(path, feedUrl));
        expect(links.length).toBeGreaterThan(0);
        expect(links.filter((link) => !link.startsWith(`${feedUrl}/api/v`))).toEqual([]);
      }
    },
  );
});

const JSON_LD = /^http:\/\/(?:schema\.nuget|www\.w3)\.org\//;

/** Every absolute URL of a document but those that an author or JSON-LD gave. */
function linksIn(value: unknown): readonly string[] {
  if (typeof value === 'string') {
    const isForeign = value.startsWith('https://example.org/') || JSON_LD.test(value);
    return /^https?:/.test(value) && !isForeign ? [value] : [];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(linksIn) : [];
}

describe('what is not served', () => {
  it.each([
    '/',
    '/catalog/page9.json',
    '/catalog/page00.json',
    '/index.json/x',
    '/flat/a',
    '/registration/none/a/index.json',
    '/flat/%E0/x',
  ])('is 404 with the paths that are: %s', async (path) => {
    const problem = await feed.ask(path).catch((error: unknown) => error);
    expect(problem).toMatchObject({ code: 'FF_NO_SUCH_RESOURCE', status: 404 });
    expect((problem as { detail: string }).detail).toMatch(/index\.json/);
  });
});
