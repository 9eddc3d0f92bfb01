import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseStringPromise } from 'xml2js';
import { SampleFeed, pushKinds } from './sample-feed.ts';
import type { FeedPage } from './sample-feed.ts';

let feed: SampleFeed;

beforeAll(async () => {
  feed = await SampleFeed.open(parseStringPromise);
  await pushKinds(feed);
  for (let minor = 0; minor < 230; minor += 1) await feed.push('Many', `1.${minor}.0`);
});

afterAll(() => feed.close());

describe('/FindPackagesById()', () => {
  const plain = ['Core 1.0', 'Core 1.9.0', 'Core 1.10.0', 'Core 2.0.0-beta1'];

  it.each(["/FindPackagesById()?id='Core'", '/FindPackagesById?id=%27cORE%27', '/findpackagesbyid()?ID=Core'])(
    'lists the versions in order: %s',
    async (url) => {
      expect(await feed.packages(url)).toEqual(plain);
    },
  );

  it('shows SemVer 2.0.0 versions to those who know them', async () => {
    expect(await feed.packages("/FindPackagesById()?id='Core'&semVerLevel=2.0.0")).toEqual([
      ...plain,
      'Core 3.0.0+build.5',
    ]);
  });

  it('includes unlisted versions', async () => {
    expect(await feed.packages("/FindPackagesById()?id='App'")).toEqual(['App 1.0.0', 'App 2.0.0']);
  });

  it.each(["/FindPackagesById()?id='None'", "/FindPackagesById()?id=''", '/FindPackagesById()'])(
    'answers an empty feed, never 404: %s',
    async (url) => {
      expect(await feed.page(url)).toEqual({ count: undefined, next: undefined, packages: [] });
    },
  );

  it.each([
    ["$filter=IsLatestVersion&$orderby=Version%20desc&$top=1&id='Core'", ['Core 1.10.0']],
    ["$filter=IsAbsoluteLatestVersion&$orderby=Version%20desc&$top=1&id='Core'", ['Core 2.0.0-beta1']],
    ["$filter=IsLatestVersion&id='Core'&semVerLevel=2.0.0", ['Core 3.0.0+build.5']],
    ["$filter=IsLatestVersion&$orderby=Version%20desc&$top=1&id='Zed'", []],
    ["id='Core'&$filter=Version%20eq%20'1.9'", ['Core 1.9.0']],
    ["id='Core'&$orderby=Version%20desc&$skip=1&$top=2", ['Core 1.10.0', 'Core 1.9.0']],
    [
      "id='App'&$inlinecount=allpages&$filter=IsLatestVersion%20and%20Id%20eq%20'App'%20and%20substringof('PSModule',%20Tags)%20eq%20true",
      ['App 1.0.0'],
    ],
  ])('filters, sorts and cuts: %s', async (search, packages) => {
    expect(await feed.packages(`/FindPackagesById()?${search}`)).toEqual(packages);
  });

  it('leads through all pages by absolute links that keep every option', async () => {
    const first = await feed.page("/FindPackagesById()?id='Many'&semVerLevel=2.0.0&$inlinecount=allpages");
    expect(first.packages).toHaveLength(100);
    expect(first.count).toBe('230');
    expect(first.next).toBe(
      "https://host.example/F/Main/auth/KEY/api/v2/FindPackagesById()?id='Many'&semverlevel=2.0.0&$inlinecount=allpages&$skiptoken='Many'%2C'1.99.0'",
    );
    const seen = [...first.packages];
    let next = first.next;
    while (next !== undefined) {
      const page: FeedPage = await feed.page(next.slice(next.indexOf('/FindPackagesById')));
      seen.push(...page.packages);
      next = page.next;
    }
    expect(new Set(seen).size).toBe(230);
    expect(seen).toHaveLength(230);
  });

  it('goes on only until the number that was asked for', async () => {
    const page = await feed.page("/FindPackagesById()?id='Many'&$top=150&$skip=50");
    expect(page.next).toMatch(/\$skiptoken='Many'%2C'1\.149\.0'&\$top=50$/);
    expect((await feed.page("/FindPackagesById()?id='Many'&$top=50&$skip=150")).next).toBeUndefined();
    expect((await feed.page("/FindPackagesById()?id='Many'&$top=0")).next).toBeUndefined();
  });
});

describe('/Search()', () => {
  it.each([
    [
      "$filter=IsLatestVersion&$orderby=Id&$skip=0&$top=30&searchTerm=''&targetFramework=''&includePrerelease=false",
      ['App 1.0.0', 'Core 1.10.0', 'Many 1.229.0'],
    ],
    [
      "$filter=IsAbsoluteLatestVersion&$orderby=Id&$skip=0&$top=30&searchTerm=''&targetFramework=''&includePrerelease=true",
      ['App 1.0.0', 'Core 2.0.0-beta1', 'Many 1.229.0', 'Zed 0.1.0-alpha'],
    ],
    [
      "$filter=IsLatestVersion&$orderby=Id&searchTerm=''&targetFramework=''&includePrerelease=false&$skip=0&$top=30&semVerLevel=2.0.0",
      ['App 1.0.0', 'Core 3.0.0+build.5', 'Many 1.229.0'],
    ],
    [
      "$orderby=Id&$skip=0&$top=30&searchTerm='core'&targetFramework=''&includePrerelease=false",
      ['Core 1.0', 'Core 1.9.0', 'Core 1.10.0'],
    ],
    [
      "$orderby=Id&$skip=0&$top=30&searchTerm='core'&targetFramework='net45%7Cnet40'&includePrerelease=True",
      ['Core 1.0', 'Core 1.9.0', 'Core 1.10.0', 'Core 2.0.0-beta1'],
    ],
    ["$filter=IsAbsoluteLatestVersion&searchTerm='app'%20&includePrerelease=false", ['App 1.0.0']],
    ["searchTerm='it''s%20nothing'&$filter=IsLatestVersion", []],
    [
      "$filter=IsLatestVersion%20and%20substringof('PSModule',Tags)%20eq%20true&searchTerm=''&semVerLevel=2.0.0",
      ['App 1.0.0', 'Core 3.0.0+build.5'],
    ],
  ])('finds listed packages: %s', async (search, packages) => {
    expect(await feed.packages(`/Search()?${search}`)).toEqual(packages);
  });

  it('leads to as many as were asked for when they are more than a page', async () => {
    const target = "/Search()?searchTerm='many'&includePrerelease=true&$top=210";
    const served: number[] = [];
    for (let url: string | undefined = target; url !== undefined;) {
      const page: FeedPage = await feed.page(url.slice(url.indexOf('/Search')));
      served.push(page.packages.length);
      url = page.next;
    }
    expect(served).toEqual([100, 100, 10]);
  });

  it('does not link on when the client pages by itself', async () => {
    const all = "searchTerm='many'&includePrerelease=true";
    expect((await feed.page(`/Search()?${all}&$top=30`)).next).toBeUndefined();
    expect((await feed.page(`/Search()?${all}&$top=100`)).next).toBeUndefined();
    expect((await feed.page(`/Search()?${all}&$top=101&$skip=130`)).next).toBeUndefined();
    expect((await feed.page(`/Search()?${all}`)).next).toContain('$skip=100');
  });

  it('counts in plain text', async () => {
    const { text, contentType } = await feed.document("/Search()/$count?searchTerm=''&$filter=IsLatestVersion&$top=1");
    expect([contentType, text]).toEqual(['text/plain;charset=utf-8', '3']);
  });
});

describe('/Packages()', () => {
  it.each([
    ["semVerLevel=2.0.0&$filter=Id%20eq%20'App'", ['App 1.0.0', 'App 2.0.0']],
    ["$filter=(Id%20eq%20'core')%20and%20(NormalizedVersion%20eq%20'1.9.0')", ['Core 1.9.0']],
    [
      '$filter=(tolower(Id)%20eq%20%27app%27)%20or%20(tolower(Id)%20eq%20%27zed%27)&$orderby=Id',
      ['App 1.0.0', 'App 2.0.0', 'Zed 0.1.0-alpha'],
    ],
    ["$filter=(tolower(Id)%20eq%20'core')%20and%20IsLatestVersion&semVerLevel=2.0.0", ['Core 3.0.0+build.5']],
    ["$filter=IsLatestVersion%20and%20IsAbsoluteLatestVersion%20and%20substringof('p',tolower(Id))", ['App 1.0.0']],
    ['$filter=startswith(tolower(Id),%27z%27)&$orderby=DownloadCount%20desc,Id&$top=3', ['Zed 0.1.0-alpha']],
    ['$filter=IsLatestVersion%20eq%20true', ['App 1.0.0', 'Core 1.10.0', 'Many 1.229.0']],
    ['$top=3&$orderby=Id', ['App 1.0.0', 'App 2.0.0', 'Core 1.0']],
    ['$top=2&$orderby=Id%20desc,Version', ['Zed 0.1.0-alpha', 'Many 1.0.0']],
  ])('serves what real clients ask: %s', async (search, packages) => {
    expect(await feed.packages(`/Packages()?${search}`)).toEqual(packages);
    expect(await feed.packages(`/Packages?${search}`)).toEqual(packages);
  });

  it('lists what is unlisted too, unless the filter says otherwise', async () => {
    expect(await feed.packages("/Packages()?$filter=startswith(Id,'App')")).toEqual(['App 1.0.0', 'App 2.0.0']);
    expect(await feed.packages("/Packages()?$filter=startswith(Id,'App') and Listed")).toEqual(['App 1.0.0']);
    expect(await feed.packages("/Packages()?$filter=Id%20eq%20'App'")).toEqual(['App 1.0.0', 'App 2.0.0']);
  });

  it('has the selected properties alone', async () => {
    const { text } = await feed.document(
      "/FindPackagesById()?id='Core'&$select=Version,IsLatestVersion,ProjectUrl,Published&$top=1",
    );
    expect(text).toContain(
      '<m:properties><d:Version>1.0</d:Version><d:ProjectUrl m:null="true"/>' +
        '<d:IsLatestVersion m:type="Edm.Boolean">false</d:IsLatestVersion><d:Published m:type="Edm.DateTime">',
    );
    expect(text.match(/<d:/g)).toHaveLength(4);
    expect(text).toContain(
      '<content type="application/zip" src="https://host.example/F/Main/auth/KEY/api/v2/package/Core/1.0.0"/>',
    );
  });

  it('is JSON for those who ask', async () => {
    const { contentType, text } = await feed.document(
      "/FindPackagesById()?id='Many'&$format=json&$inlinecount=allpages&$select=Id,Version,PackageSize,Listed,Summary,DownloadCount",
    );
    const { d } = JSON.parse(text) as { d: { results: unknown[]; __count: string; __next: string } };
    expect([contentType, d.__count, d.results.length]).toEqual([
      'application/json;odata=verbose;charset=utf-8',
      '230',
      100,
    ]);
    expect(d.__next).toContain("$skiptoken='Many'%2C'1.99.0'");
    expect(d.results[0]).toEqual({
      __metadata: {
        ...{ id: expect.any(String), uri: expect.stringContaining("Packages(Id='Many',Version='1.0.0')") },
        ...{ type: 'Feedfleet.V2FeedPackage', content_type: 'application/zip' },
        media_src: expect.stringMatching(/\/package\/Many\/1\.0\.0$/),
      },
      ...{ Id: 'Many', Version: '1.0.0', PackageSize: '10', Listed: true, Summary: null, DownloadCount: 0 },
    });
    expect(
      JSON.parse((await feed.document("/Packages(Id='Core',Version='1.0')?$format=json&$select=Id")).text),
    ).toMatchObject({
      d: { Id: 'Core' },
    });
  });

  it("is below PowerShell's roots too, with links that stay there", async () => {
    const { text } = await feed.document("/items/psscript/FindPackagesById()?id='Core'&$top=1");
    expect(text).toContain('src="https://host.example/F/Main/auth/KEY/api/v2/items/psscript/package/Core/1.0.0"');
  });

  it('counts', async () => {
    expect((await feed.document('/Packages()/$count')).text).toBe('237');
    expect((await feed.document("/FindPackagesById()/$count?id='Core'")).text).toBe('4');
  });

  it.each([
    ['$skiptoken=Core', '$skiptoken: expected 2 values at position 1'],
    ["$skiptoken='Core','x'", "$skiptoken: expected id and version: 'X','1.0.0' at position 1"],
    ["$orderby=Title&$skiptoken='Core','1.0.0'", '$skiptoken: expected 3 values'],
    ["$filter=Id eq 'a", 'position 7'],
    ['$orderby=Nothing', 'got "Nothing"'],
    ['$top=x', '$top: expected a whole number'],
    ['$format=xml', '$format: expected atom or json, got "xml"'],
    ['$select=Id;x', '$select: expected names of properties'],
    ['$expand=Screenshots', 'got "$expand"'],
    ['$inlinecount=some', 'expected allpages or none'],
    ['$filter=%ff', 'expected percent-encoded UTF-8'],
  ])('says what is wrong: %s', async (search, detail) => {
    const problem = await feed.problem(`/Packages()?${search}`);
    expect(problem.code).toBe('FF_INVALID_QUERY');
    expect(problem.detail).toContain(detail);
  });
});

describe('/GetUpdates()', () => {
  const updates = (more: string) =>
    `packageIds='Core%7CApp'&versions='1.0%7C1.0.0'&includePrerelease=false&includeAllVersions=false&targetFrameworks='net45'&${more}`;

  it('answers the newest listed version of what is older', async () => {
    expect(await feed.packages(`/GetUpdates()?${updates("versionConstraints='%7C'")}`)).toEqual(['Core 1.10.0']);
    expect(await feed.packages(`/GetUpdates()?${updates('semVerLevel=2.0.0')}`)).toEqual(['Core 3.0.0+build.5']);
  });

  it('keeps to version constraints, also by POST', async () => {
    const body = updates("versionConstraints='%5B1.0%2C%201.10.0)%7C'");
    expect((await feed.page('/GetUpdates()', { method: 'POST', body })).packages).toEqual(['Core 1.9.0']);
  });

  it('answers every newer version on request, and none for lists of different lengths', async () => {
    const search = "packageIds='Core'&versions='1.0'&includePrerelease=true&includeAllVersions=true";
    expect(await feed.packages(`/GetUpdates()?${search}`)).toEqual(['Core 1.9.0', 'Core 1.10.0', 'Core 2.0.0-beta1']);
    expect(await feed.packages("/GetUpdates()?packageIds='Core%7CApp'&versions='1.0'")).toEqual([]);
    expect(await feed.packages('/GetUpdates()')).toEqual([]);
  });

  describe('with target frameworks', () => {
    const updatesOf = (targetFrameworks: string, more = 'includeAllVersions=false') =>
      feed.packages(
        `/GetUpdates()?packageIds='Fit'&versions='1.0.0'&targetFrameworks='${targetFrameworks}'&includePrerelease=false&${more}`,
      );
    beforeAll(async () => {
      await feed.push('Fit', '1.0.0');
      await feed.push('Fit', '1.1.0', { supportedFrameworks: ['net40', 'portable-net45+win8'] });
      await feed.push('Fit', '1.2.0');
      await feed.push('Fit', '1.3.0', { supportedFrameworks: ['net45', 'netstandard1.3'] });
      await feed.push('Fit', '2.0.0', { supportedFrameworks: ['net8.0'] });
    });

    it.each([
      ['', ['Fit 2.0.0']],
      ['net8.0', ['Fit 2.0.0']],
      ['net45', ['Fit 1.3.0']],
      ['.NETFramework,Version=v4.5', ['Fit 1.3.0']],
      ['net40', ['Fit 1.2.0']],
      ['net40%7Cnet6.0', ['Fit 1.3.0']],
      ['wp8', ['Fit 1.2.0']],
      ['monoandroid10', ['Fit 2.0.0']],
      ['portable-net45 win8', ['Fit 2.0.0']],
      ['nonsense%7C', ['Fit 2.0.0']],
    ])("targetFrameworks='%s' gives %j", async (targetFrameworks, packages) => {
      expect(await updatesOf(targetFrameworks)).toEqual(packages);
    });

    it('answers every version that fits', async () => {
      expect(await updatesOf('net40', 'includeAllVersions=true')).toEqual(['Fit 1.1.0', 'Fit 1.2.0']);
      expect(await updatesOf('netcoreapp3.1', 'includeAllVersions=true')).toEqual([
        'Fit 1.1.0',
        'Fit 1.2.0',
        'Fit 1.3.0',
      ]);
    });

    it('are at most 32', async () => {
      const names = Array.from({ length: 33 }, (_, index) => `net${index}`).join('%7C');
      const problem = await feed.problem(`/GetUpdates()?packageIds='Fit'&versions='1.0.0'&targetFrameworks='${names}'`);
      expect(problem.detail).toContain('at most 32 frameworks');
    });

    it('searches show all the same', async () => {
      const search = "searchTerm='fit'&targetFramework='net40'&includePrerelease=false&$filter=IsLatestVersion";
      expect(await feed.packages(`/Search()?${search}`)).toEqual(['Fit 2.0.0']);
    });
  });
});
