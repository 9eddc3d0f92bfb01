import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseStringPromise } from 'xml2js';
import { FEED_URL, SampleFeed } from '../../v2-protocol/src/sample-feed.ts';
import { createV1Protocol } from './v1-protocol.ts';

const BASE_URL = `${FEED_URL}/api/v1`;
const V1 = { mount: '/api/v1', protocolOf: createV1Protocol } as const;

let feed: SampleFeed;

beforeAll(async () => {
  feed = await SampleFeed.open(parseStringPromise, V1);
  await feed.push('Core', '1.0', { title: 'The <core>', tags: ['math', 'odd'] });
  await feed.push('Core', '1.9.0');
  await feed.push('Core', '1.10.0', { description: 'It is a core thing' });
  await feed.push('Core', '2.0.0-beta1');
  await feed.push('Core', '3.0.0+build.5');
  await feed.push('App', '1.0.0');
  await feed.push('App', '2.0.0');
  await feed.push('Zed', '0.1.0-alpha');
  await feed.unlist('App', '2.0.0');
});

afterAll(() => feed.close());

const url = encodeURI;

describe('the root of v1', () => {
  it('is a service document that everybody may read and nobody keeps', async () => {
    const { text, contentType, keep } = await feed.document('/');
    expect(contentType).toBe('application/xml;charset=utf-8');
    expect(text).toContain(`xml:base="${BASE_URL}/"`);
    expect(text).toContain('<collection href="Packages">');
    expect(keep).toBe('none');
  });
});

describe('$metadata', () => {
  it('tells what clients look for: the container, its first set, its functions, no IsAbsoluteLatestVersion', async () => {
    const { text } = await feed.document('/$metadata');
    expect(text).toMatch(/<EntityContainer Name="V1FeedContext"[^>]*><EntitySet Name="Packages" /);
    expect(text).toContain('<EntityType Name="V1FeedPackage" m:HasStream="true">');
    expect(text).toContain('<FunctionImport Name="Search"');
    expect(text).toContain('<Parameter Name="searchTerm" Type="Edm.String"/>');
    expect(text).toContain('<FunctionImport Name="FindPackagesById"');
    expect(text).toContain(
      '<Property Name="Title" Type="Edm.String" Nullable="true" m:FC_TargetPath="SyndicationTitle"',
    );
    expect(text).not.toMatch(/IsAbsoluteLatestVersion|NormalizedVersion|GetUpdates|includePrerelease/);
    await expect(parseStringPromise(text)).resolves.toBeDefined();
  });
});

describe('Packages(Id,Version)', () => {
  it.each([
    "/Packages(Id='Core',Version='1.0')",
    "/packages(Version='1.0.0.0',Id='core')",
    '/Packages(Id=%27CORE%27,Version=%271.0.0%27)',
  ])('finds the version however it is written: %s', async (path) => {
    const { text, contentType } = await feed.document(path);
    expect(contentType).toBe('application/atom+xml;type=entry;charset=utf-8');
    expect(text).toContain('<d:Id>Core</d:Id><d:Version>1.0</d:Version>');
    expect(text).toContain(`<content type="application/zip" src="${BASE_URL}/package/Core/1.0.0"/>`);
  });

  it('has its properties, and its file', async () => {
    expect((await feed.document("/Packages(Id='core',Version='1.0')/Id")).text).toContain('>Core</Id>');
    expect((await feed.document("/Packages(Id='core',Version='1.0.0')/Version")).text).toContain('>1.0</Version>');
    expect(await feed.file("/Packages(Id='core',Version='1.0.0')/$value")).toBe('Core 1.0');
    expect(await feed.problem("/Packages(Id='core',Version='1.0')/Title")).toMatchObject({ status: 404 });
  });

  it.each(['2.0.0-beta1', '3.0.0', '9.9.9'])(
    'knows no pre-release, no SemVer 2 and nothing else: %s',
    async (version) => {
      const absent = { code: 'FF_NO_SUCH_PACKAGE', status: 404 };
      expect(await feed.problem(`/Packages(Id='Core',Version='${version}')`)).toMatchObject(absent);
      expect(await feed.problem(`/Packages(Id='Core',Version='${version}')/Id`)).toMatchObject(absent);
    },
  );

  it('says what is wrong with a key', async () => {
    expect(await feed.problem("/Packages(Id='Core')")).toMatchObject({ code: 'FF_INVALID_QUERY', status: 400 });
  });
});

describe('a collection', () => {
  const stable = ['Core 1.0', 'Core 1.9.0', 'Core 1.10.0'];

  it.each([
    ["/FindPackagesById()?id='core'", stable],
    ["/FindPackagesById()?id='CORE'&semVerLevel=2.0.0", stable],
    ["/FindPackagesById()?$filter=IsLatestVersion&$orderby=Version desc&$top=1&id='Core'", ['Core 1.10.0']],
    ["/FindPackagesById()?id='Zed'", []],
    ["/FindPackagesById()?id='Absent'", []],
    ["/FindPackagesById()?id=''", []],
    ["/FindPackagesById()?id='App'", ['App 1.0.0', 'App 2.0.0']],
    ["/Packages()?$filter=tolower(Id) eq 'core'&$orderby=Id", stable],
    ["/Packages?$filter=Id eq 'Core' and Version eq '1.9'", ['Core 1.9.0']],
    ["/Packages()?$filter=Id eq 'Core' and Rating eq 0 and PackageType eq 'package' and Price lt 1", stable],
    ["/Packages()?$filter=Id eq 'Core' and Categories ne null", []],
    ["/Packages()?$filter=Id eq 'Core' and substringof(' math ',tolower(Tags))", ['Core 1.0']],
    ["/Packages()?$filter=Id eq 'Core' and Title eq 'The <core>'", ['Core 1.0']],
    ['/Packages()?$filter=IsLatestVersion&$orderby=Id', ['App 1.0.0', 'Core 1.10.0']],
    ["/Packages()?$filter=IsLatestVersion and substringof('CoR',tolower(Id))", ['Core 1.10.0']],
    [
      "/Search()?$filter=IsLatestVersion&$orderby=Id&$skip=0&$top=30&searchTerm=''&targetFramework=''",
      ['App 1.0.0', 'Core 1.10.0'],
    ],
    ["/Search()?$filter=IsLatestVersion&searchTerm='core'&targetFramework='net40'", ['Core 1.10.0']],
    ["/Search()?searchTerm='zed'&includePrerelease=true&semVerLevel=2.0.0", []],
  ])('%s', async (path, packages) => {
    expect(await feed.packages(url(path))).toEqual(packages);
  });

  it('of everything shows neither pre-releases nor SemVer 2', async () => {
    expect((await feed.packages('/Packages()')).toSorted()).toEqual(['App 1.0.0', 'App 2.0.0', ...stable].toSorted());
  });

  it.each([
    ['/Packages()/$count', '5'],
    ["/FindPackagesById()/$count?id='Core'", '3'],
    ["/Search()/$count?searchTerm='core'&$filter=IsLatestVersion", '1'],
  ])('is counted: %s', async (path, count) => {
    expect(await feed.document(path)).toMatchObject({ text: count, contentType: 'text/plain;charset=utf-8' });
  });

  it('goes on by absolute links that keep what was asked, and counts all when it is asked to', async () => {
    const many = await SampleFeed.open(parseStringPromise, V1);
    try {
      for (let minor = 0; minor < 102; minor += 1) await many.push('Many', `1.${minor}.0`);
      const first = await many.page("/FindPackagesById()?id='Many'&$inlinecount=allpages");
      expect(first.packages).toHaveLength(100);
      expect(first.count).toBe('102');
      expect(first.next).toContain(`${BASE_URL}/FindPackagesById()?`);
      const second = await many.page(first.next?.slice(BASE_URL.length) ?? '');
      expect(second).toMatchObject({ packages: ['Many 1.100.0', 'Many 1.101.0'], count: '102', next: undefined });
    } finally {
      await many.close();
    }
  });

  it.each([
    '/Packages()?$filter=IsAbsoluteLatestVersion',
    "/Packages()?$filter=NormalizedVersion eq '1.0.0'",
    '/Packages()?$orderby=IsPrerelease',
  ])('names the properties of v1 to who asks for others: %s', async (path) => {
    const { code, detail } = await feed.problem(url(path));
    expect(code).toBe('FF_INVALID_QUERY');
    expect(detail).toContain('VersionRatingsCount');
  });
});

describe('a download', () => {
  it.each([
    '/package/Core/1.0',
    '/package/core/1.0.0.0',
    '/Package/Download/Core/1.0.0',
    '/package/download/CORE/1.0/',
  ])('is the file of the version: %s', async (path) => {
    expect(await feed.answer(path)).toMatchObject({ contentType: 'application/zip', fileName: 'Core.1.0.0.nupkg' });
    expect(await feed.file(path)).toBe('Core 1.0');
  });

  it.each(['Core/2.0.0-beta1', 'Core/3.0.0', 'Core/9.9.9', 'Other/1.0.0', 'Core/latest'])(
    'is not there for what v1 does not know: %s',
    async (name) => {
      for (const way of ['/package', '/Package/Download']) {
        expect(await feed.problem(`${way}/${name}`)).toMatchObject({ code: 'FF_NO_SUCH_PACKAGE', status: 404 });
      }
    },
  );
});

describe('any other path', () => {
  it.each([
    '/package',
    '/package/Core',
    '/package/Core/1.0/x',
    '/GetUpdates()',
    '/package-ids',
    '/Packages/x',
    '/$metadata/x',
    '/x',
  ])('is no resource: %s', async (path) => {
    const { code, detail } = await feed.problem(path);
    expect(code).toBe('FF_NO_SUCH_RESOURCE');
    expect(detail).toContain('/package/{id}/{version}');
  });
});
