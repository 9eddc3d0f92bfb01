import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseStringPromise } from 'xml2js';
import { SampleFeed, pushKinds } from './sample-feed.ts';

let feed: SampleFeed;

beforeAll(async () => {
  feed = await SampleFeed.open(parseStringPromise);
  await pushKinds(feed);
});

afterAll(() => feed.close());

describe('/ and /$metadata', () => {
  it('offer the collection Packages', async () => {
    const { text, contentType, headers } = await feed.document('/');
    expect(contentType).toBe('application/xml;charset=utf-8');
    expect(headers).toEqual({ DataServiceVersion: '2.0;' });
    expect(text).toContain('xml:base="https://host.example/F/Main/auth/KEY/api/v2/"');
    expect(text).toContain('<collection href="Packages">');
  });

  it('tell whoever has no credential where the service is, and not when the feed changes', async () => {
    expect(await feed.answer('/')).toMatchObject({ keep: 'none' });
    expect(await feed.answer('/$metadata')).toMatchObject({ keep: 'revision' });
  });

  it('describe the entity set first, the functions and the flags that clients look for', async () => {
    const { text } = await feed.document('/$metadata');
    expect(await parseStringPromise(text)).toHaveProperty('edmx:Edmx');
    expect(text).toMatch(/<EntityContainer [^>]*><EntitySet Name="Packages" EntityType="Feedfleet.V2FeedPackage"\/>/);
    for (const name of ['Search', 'FindPackagesById', 'GetUpdates'])
      expect(text).toContain(`FunctionImport Name="${name}"`);
    expect(text).toContain('Property Name="IsAbsoluteLatestVersion"');
    expect(text).toContain('m:HasStream="true"');
  });

  it('describe exactly the properties that entries have', async () => {
    const [{ text: described }, { text: entry }] = await Promise.all([
      feed.document('/$metadata'),
      feed.document("/Packages(Id='Core',Version='1.0')"),
    ]);
    const names = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name).toSorted();
    expect(names(entry, /<d:(\w+)/g)).toEqual(names(described, /<Property Name="(\w+)"/g));
  });
});

describe('/Packages(Id=,Version=)', () => {
  it.each([
    '/Packages(Id=%27Core%27,Version=%271.0%27)',
    "/Packages(Id='core',Version='1.0.0')",
    "/Packages(Id='CORE',Version='1.0.0.0')",
    "/Packages(Version='1.0',Id='Core')",
    "/packages( Id = 'Core' , Version = '1.00' )".replaceAll(' ', '%20'),
  ])('finds a version however it is written: %s', async (url) => {
    const { text, contentType } = await feed.document(url);
    expect(contentType).toBe('application/atom+xml;type=entry;charset=utf-8');
    expect(text).toContain('<d:Version>1.0</d:Version>');
    expect(text).toContain('src="https://host.example/F/Main/auth/KEY/api/v2/package/Core/1.0.0"');
  });

  it('links to the default family when asked there', async () => {
    const { text } = await feed.document("/Packages(Id='Core',Version='1.0')", { mount: '' });
    expect(text).toContain('src="https://host.example/F/Main/auth/KEY/package/Core/1.0.0"');
  });

  it('finds what is unlisted, and what needs SemVer 2.0.0, without being told a level', async () => {
    expect((await feed.document("/Packages(Id='App',Version='2.0.0')")).text).toContain('>1900-01-01T00:00:00<');
    expect((await feed.document("/Packages(Id='Core',Version='3.0.0')")).text).toContain('>3.0.0+build.5<');
    expect((await feed.document("/Packages(Id='Core',Version='3.0.0+other')")).text).toContain('>3.0.0+build.5<');
  });

  it.each([
    "/Packages(Id='Core',Version='9.9.9')",
    "/Packages(Id='None',Version='1.0')",
    "/Packages(Id='Core',Version='x')",
  ])('answers 404 for what is not there: %s', async (url) => {
    expect((await feed.problem(url)).code).toBe('FF_NO_SUCH_PACKAGE');
  });

  it('answers single properties', async () => {
    const { text, contentType } = await feed.document("/Packages(Id='core',Version='1.0')/Id");
    expect(contentType).toBe('application/xml;charset=utf-8');
    expect(text).toMatch(/<Id xmlns="http:\/\/schemas.microsoft.com\/ado\/2007\/08\/dataservices">Core<\/Id>$/);
    expect((await feed.problem("/Packages(Id='core',Version='1.0')/Nothing")).code).toBe('FF_NO_SUCH_RESOURCE');
  });

  it('says how a key is written', async () => {
    const problem = await feed.problem("/Packages('Core')");
    expect(problem.code).toBe('FF_INVALID_QUERY');
    expect(problem.detail).toBe("expected Packages(Id='X',Version='1.0.0'), got Packages('Core')");
  });
});

describe('/package/{id}/{version}', () => {
  it.each(['/package/Core/1.0', '/package/core/1.0.0', "/Packages(Id='Core',Version='1.0.0')/$value"])(
    'is the file: %s',
    async (url) => {
      const answer = await feed.answer(url);
      expect(answer).toMatchObject({ kind: 'blob', contentType: 'application/zip', fileName: 'Core.1.0.0.nupkg' });
      expect(answer.kind === 'blob' && answer.blob.sizeBytes).toBe('Core 1.0'.length);
    },
  );

  it('is the newest listed version without a version, a stable one if there is any', async () => {
    expect(await feed.answer('/package/app')).toMatchObject({ fileName: 'App.1.0.0.nupkg' });
    expect(await feed.answer('/package/zed')).toMatchObject({ fileName: 'Zed.0.1.0-alpha.nupkg' });
  });

  it.each(['/package/Core/9.9.9', '/package/None', '/package/None/1.0', '/package/Core/latest'])(
    'is 404 for %s',
    async (url) => {
      expect((await feed.problem(url)).code).toBe('FF_NO_SUCH_PACKAGE');
    },
  );
});

describe('/package/{id}/{version} of a file that is not there', () => {
  const url = '/package/Race/1.0.0';

  it('is 404 when the version was deleted meanwhile', async () => {
    const racing = await SampleFeed.open(parseStringPromise);
    await racing.push('Race', '1.0.0');
    racing.beforeOpen = () => racing.delete('Race', '1.0.0');
    expect(await racing.problem(url)).toMatchObject({ code: 'FF_NO_SUCH_PACKAGE', status: 404 });
    await racing.close();
  });

  it('is the file of the version that took its place', async () => {
    const racing = await SampleFeed.open(parseStringPromise);
    await racing.push('Race', '1.0.0');
    racing.beforeOpen = async () => {
      await racing.delete('Race', '1.0.0');
      await racing.push('Race', '1.0.0', {}, 'another file');
    };
    expect(await racing.answer(url)).toMatchObject({ blob: { sizeBytes: 'another file'.length } });
    await racing.close();
  });

  it('is 503 when the store has lost it', async () => {
    const racing = await SampleFeed.open(parseStringPromise);
    await racing.push('Race', '1.0.0');
    racing.beforeOpen = (sha512) => racing.lose(sha512);
    expect(await racing.problem(url)).toMatchObject({ code: 'FF_CORRUPT', status: 503 });
    await racing.close();
  });
});

describe('completion', () => {
  it('answers ids and versions as JSON', async () => {
    const { text, contentType } = await feed.document(
      '/package-ids?partialId=c&includePrerelease=True&semVerLevel=2.0.0',
    );
    expect([contentType, text]).toEqual(['application/json;charset=utf-8', '["Core"]']);
    const versions = await feed.document('/package-versions/core?includePrerelease=True&semVerLevel=2.0.0');
    expect(versions.text).toBe('["1.0.0","1.9.0","1.10.0","2.0.0-beta1","3.0.0"]');
    expect((await feed.document('/package-versions/none')).text).toBe('[]');
  });
});

describe('everything else', () => {
  it.each(['/nothing', '/package', '/package/a/b/c', '/Packages()/Id', '/$metadata/x', '/Search()/$value', '/(x)'])(
    'is 404 and names what is served: %s',
    async (url) => {
      const problem = await feed.problem(url);
      expect(problem.code).toBe('FF_NO_SUCH_RESOURCE');
      expect(problem.detail).toContain('/FindPackagesById()');
    },
  );

  it('takes POST for GetUpdates() alone', async () => {
    const problem = await feed.problem('/Search()', { method: 'POST' });
    expect([problem.status, problem.headers]).toEqual([405, { allow: 'GET, HEAD' }]);
  });
});

describe('parameters in the parentheses of a function', () => {
  it('count as options', async () => {
    const given = await feed.packages("/FindPackagesById()?id='Core'");
    expect(await feed.packages("/FindPackagesById(id='Core')")).toEqual(given);
    expect(await feed.packages("/FindPackagesById(id='Core')?id='Core'")).toEqual(given);
    expect(await feed.packages("/Search(searchTerm='zed',includePrerelease=true)")).toEqual(['Zed 0.1.0-alpha']);
  });

  it.each(["/FindPackagesById('Core')", "/FindPackagesById(id='Core')?id='App'", "/Search(searchTerm='a)"])(
    'are refused when they make no sense: %s',
    async (url) => {
      expect((await feed.problem(url)).code).toBe('FF_INVALID_QUERY');
    },
  );
});
