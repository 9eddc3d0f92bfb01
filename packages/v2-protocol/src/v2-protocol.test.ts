import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer, BytesAnswer, FeedQuery } from '@feedfleet/feed-endpoint';
import { ProblemError } from '@feedfleet/problems';
import { openEmbeddedStore } from '@feedfleet/store';
import type { EmbeddedStore } from '@feedfleet/store';
import { parseStringPromise } from 'xml2js';
import { sampleMetadata, samplePush } from './sample-package.ts';
import { createV2Protocol } from './v2-protocol.ts';

const FEED: FeedQuery['feed'] = {
  id: 'main',
  name: 'Main',
  aliases: [],
  visibility: 'public',
  owner: 'ops',
  description: '',
  deletion: 'unlist',
  maxPackageBytes: 1024 * 1024,
  createdAt: '2026-01-01T00:00:00Z',
};
const FILE = Buffer.from('a package file');
let folder: string;
let store: EmbeddedStore;

/** A file of its own for each version, as in real life. */
async function push(id: string, version: string, more: Parameters<typeof sampleMetadata>[2] = {}): Promise<void> {
  const source = [id === 'Core' && version === '1.0' ? FILE : Buffer.from(`${id} ${version}`)];
  const staged = await store.blobs.stage(
    (async function* () {
      yield* source;
    })(),
    { maxBytes: 1000 },
  );
  await store.metadata.intendBlob(staged.sha512, 'test');
  await store.blobs.commit(staged);
  const { sha512, sizeBytes } = staged;
  const outcome = await store.metadata.addVersion(
    FEED.id,
    samplePush(sampleMetadata(id, version, more), { sha512, sizeBytes }),
    'test',
  );
  if (outcome !== 'added') throw new Error(`${id} ${version}: ${outcome}`);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feedfleet-v2-'));
  store = await openEmbeddedStore({ folder, instance: 'test' });
  await push('Core', '1.0', { tags: ['math'] });
  await push('Core', '1.9.0');
  await push('Core', '1.10.0', { description: 'It is a core thing' });
  await push('Core', '2.0.0-beta1');
  await push('Core', '3.0.0+build.5', { tags: ['PSModule'] });
  await push('App', '1.0.0', { tags: ['PSModule'] });
  await push('App', '2.0.0');
  await push('Zed', '0.1.0-alpha');
  await store.metadata.setListed(FEED.id, 'App', '2.0.0', false);
  for (let minor = 0; minor < 230; minor += 1) await push('Many', `1.${minor}.0`);
});

afterAll(async () => {
  store.close();
  await rm(folder, { recursive: true, force: true });
});

interface Ask {
  readonly mount?: '' | '/api/v2';
  readonly method?: 'GET' | 'POST';
  readonly body?: string;
}

async function ask(url: string, { mount = '/api/v2', method = 'GET', body = '' }: Ask = {}): Promise<Answer> {
  const [path = '/', search = ''] = url.split('?');
  const feedUrl = 'https://host.example/F/Main/auth/KEY';
  const protocol = createV2Protocol({ metadata: store.metadata, blobs: store.blobs, mount });
  const baseUrl = `${feedUrl}${mount}`;
  return protocol.answer({
    feed: FEED,
    method,
    path,
    search,
    body,
    feedUrl,
    baseUrl,
    signal: AbortSignal.timeout(20_000),
  });
}

async function askBytes(url: string, options?: Ask): Promise<BytesAnswer & { readonly text: string }> {
  const answer = await ask(url, options);
  if (answer.kind !== 'bytes') throw new Error(`expected bytes, got ${answer.kind}`);
  return { ...answer, text: answer.body.toString('utf8') };
}

interface Feed {
  readonly count: string | undefined;
  readonly next: string | undefined;
  /** `Id Version`, as written. */
  readonly packages: readonly string[];
}

interface AtomFeed {
  readonly feed: {
    readonly 'm:count'?: readonly string[];
    readonly link: readonly { readonly $: { readonly rel: string; readonly href: string } }[];
    readonly entry?: readonly { readonly 'm:properties': readonly Record<'d:Id' | 'd:Version', readonly string[]>[] }[];
  };
}

async function feedOf(url: string, options?: Ask): Promise<Feed> {
  const { contentType, text } = await askBytes(url, options);
  expect(contentType).toBe('application/atom+xml;type=feed;charset=utf-8');
  const { feed } = (await parseStringPromise(text)) as AtomFeed;
  return {
    count: feed['m:count']?.[0],
    next: feed.link.find(({ $ }) => $.rel === 'next')?.$.href,
    packages: (feed.entry ?? []).map(({ 'm:properties': [properties] }) =>
      [properties?.['d:Id'][0], properties?.['d:Version'][0]].join(' '),
    ),
  };
}

async function packagesOf(url: string): Promise<readonly string[]> {
  return (await feedOf(url)).packages;
}

async function problemOf(url: string, options?: Ask): Promise<ProblemError> {
  try {
    await ask(url, options);
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
  throw new Error('expected a problem');
}

describe('/ and /$metadata', () => {
  it('offer the collection Packages', async () => {
    const { text, contentType, headers } = await askBytes('/');
    expect(contentType).toBe('application/xml;charset=utf-8');
    expect(headers).toEqual({ DataServiceVersion: '2.0;' });
    expect(text).toContain('xml:base="https://host.example/F/Main/auth/KEY/api/v2/"');
    expect(text).toContain('<collection href="Packages">');
  });

  it('describe the entity set first, the functions and the flags that clients look for', async () => {
    const { text } = await askBytes('/$metadata');
    expect(await parseStringPromise(text)).toHaveProperty('edmx:Edmx');
    expect(text).toMatch(/<EntityContainer [^>]*><EntitySet Name="Packages" EntityType="Feedfleet.V2FeedPackage"\/>/);
    for (const name of ['Search', 'FindPackagesById', 'GetUpdates'])
      expect(text).toContain(`FunctionImport Name="${name}"`);
    expect(text).toContain('Property Name="IsAbsoluteLatestVersion"');
    expect(text).toContain('m:HasStream="true"');
  });

  it('describe exactly the properties that entries have', async () => {
    const [{ text: described }, { text: entry }] = await Promise.all([
      askBytes('/$metadata'),
      askBytes("/Packages(Id='Core',Version='1.0')"),
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
    const { text, contentType } = await askBytes(url);
    expect(contentType).toBe('application/atom+xml;type=entry;charset=utf-8');
    expect(text).toContain('<d:Version>1.0</d:Version>');
    expect(text).toContain('src="https://host.example/F/Main/auth/KEY/api/v2/package/Core/1.0.0"');
  });

  it('links to the default family when asked there', async () => {
    const { text } = await askBytes("/Packages(Id='Core',Version='1.0')", { mount: '' });
    expect(text).toContain('src="https://host.example/F/Main/auth/KEY/package/Core/1.0.0"');
  });

  it('finds what is unlisted, and what needs SemVer 2.0.0, without being told a level', async () => {
    expect((await askBytes("/Packages(Id='App',Version='2.0.0')")).text).toContain('>1900-01-01T00:00:00<');
    expect((await askBytes("/Packages(Id='Core',Version='3.0.0')")).text).toContain('>3.0.0+build.5<');
    expect((await askBytes("/Packages(Id='Core',Version='3.0.0+other')")).text).toContain('>3.0.0+build.5<');
  });

  it.each([
    "/Packages(Id='Core',Version='9.9.9')",
    "/Packages(Id='None',Version='1.0')",
    "/Packages(Id='Core',Version='x')",
  ])('answers 404 for what is not there: %s', async (url) => {
    expect((await problemOf(url)).code).toBe('FF_NO_SUCH_PACKAGE');
  });

  it('answers single properties', async () => {
    const { text, contentType } = await askBytes("/Packages(Id='core',Version='1.0')/Id");
    expect(contentType).toBe('application/xml;charset=utf-8');
    expect(text).toMatch(/<Id xmlns="http:\/\/schemas.microsoft.com\/ado\/2007\/08\/dataservices">Core<\/Id>$/);
    expect((await problemOf("/Packages(Id='core',Version='1.0')/Nothing")).code).toBe('FF_NO_SUCH_RESOURCE');
  });

  it('says how a key is written', async () => {
    const problem = await problemOf("/Packages('Core')");
    expect(problem.code).toBe('FF_INVALID_QUERY');
    expect(problem.detail).toBe("expected Packages(Id='X',Version='1.0.0'), got Packages('Core')");
  });
});

describe('/FindPackagesById()', () => {
  const plain = ['Core 1.0', 'Core 1.9.0', 'Core 1.10.0', 'Core 2.0.0-beta1'];

  it.each(["/FindPackagesById()?id='Core'", '/FindPackagesById?id=%27cORE%27', '/findpackagesbyid()?ID=Core'])(
    'lists the versions in order: %s',
    async (url) => {
      expect(await packagesOf(url)).toEqual(plain);
    },
  );

  it('shows SemVer 2.0.0 versions to those who know them', async () => {
    expect(await packagesOf("/FindPackagesById()?id='Core'&semVerLevel=2.0.0")).toEqual([
      ...plain,
      'Core 3.0.0+build.5',
    ]);
  });

  it('includes unlisted versions', async () => {
    expect(await packagesOf("/FindPackagesById()?id='App'")).toEqual(['App 1.0.0', 'App 2.0.0']);
  });

  it.each(["/FindPackagesById()?id='None'", "/FindPackagesById()?id=''", '/FindPackagesById()'])(
    'answers an empty feed, never 404: %s',
    async (url) => {
      expect(await feedOf(url)).toEqual({ count: undefined, next: undefined, packages: [] });
    },
  );

  it.each([
    ["$filter=IsLatestVersion&$orderby=Version%20desc&$top=1&id='Core'", ['Core 1.10.0']],
    ["$filter=IsAbsoluteLatestVersion&$orderby=Version%20desc&$top=1&id='Core'", ['Core 2.0.0-beta1']],
    ["$filter=IsLatestVersion&id='Core'&semVerLevel=2.0.0", ['Core 3.0.0+build.5']],
    ["$filter=IsLatestVersion&$orderby=Version%20desc&$top=1&id='Zed'", []],
    ["id='Core'&$filter=Version%20eq%20'1.9'", ['Core 1.9.0']],
    ["id='Core'&$orderby=Version%20desc&$skip=1&$top=2", ['Core 1.10.0', 'Core 1.9.0']],
    ["id='Core'&$select=Version,IsLatestVersion,ProjectUrl,Published&$top=1", ['Core 1.0']],
    [
      "id='App'&$inlinecount=allpages&$filter=IsLatestVersion%20and%20Id%20eq%20'App'%20and%20substringof('PSModule',%20Tags)%20eq%20true",
      ['App 1.0.0'],
    ],
  ])('filters, sorts and cuts: %s', async (search, packages) => {
    expect(await packagesOf(`/FindPackagesById()?${search}`)).toEqual(packages);
  });

  it('leads through all pages by absolute links that keep every option', async () => {
    const first = await feedOf("/FindPackagesById()?id='Many'&semVerLevel=2.0.0&$inlinecount=allpages");
    expect(first.packages).toHaveLength(100);
    expect(first.count).toBe('230');
    expect(first.next).toBe(
      "https://host.example/F/Main/auth/KEY/api/v2/FindPackagesById()?id='Many'&semverlevel=2.0.0&$inlinecount=allpages&$skip=100",
    );
    const seen = [...first.packages];
    let next = first.next;
    while (next !== undefined) {
      const page: Feed = await feedOf(next.slice(next.indexOf('/FindPackagesById')));
      seen.push(...page.packages);
      next = page.next;
    }
    expect(new Set(seen).size).toBe(230);
    expect(seen).toHaveLength(230);
  });

  it('goes on only until the number that was asked for', async () => {
    const page = await feedOf("/FindPackagesById()?id='Many'&$top=150&$skip=50");
    expect(page.next).toMatch(/\$skip=150&\$top=50$/);
    expect((await feedOf("/FindPackagesById()?id='Many'&$top=50&$skip=150")).next).toBeUndefined();
    expect((await feedOf("/FindPackagesById()?id='Many'&$top=0")).next).toBeUndefined();
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
    expect(await packagesOf(`/Search()?${search}`)).toEqual(packages);
  });

  it('never links on when the client pages by itself', async () => {
    const all = "searchTerm='many'&includePrerelease=true";
    expect((await feedOf(`/Search()?${all}&$top=30`)).next).toBeUndefined();
    expect((await feedOf(`/Search()?${all}&$top=200`)).next).toBeUndefined();
    expect((await feedOf(`/Search()?${all}`)).next).toContain('$skip=100');
  });

  it('counts in plain text', async () => {
    const { text, contentType } = await askBytes("/Search()/$count?searchTerm=''&$filter=IsLatestVersion&$top=1");
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
    expect(await packagesOf(`/Packages()?${search}`)).toEqual(packages);
    expect(await packagesOf(`/Packages?${search}`)).toEqual(packages);
  });

  it('counts', async () => {
    expect((await askBytes('/Packages()/$count')).text).toBe('237');
    expect((await askBytes("/FindPackagesById()/$count?id='Core'")).text).toBe('4');
  });

  it.each([
    ["$filter=substringof('x',Description)", "Search()?searchTerm='x'"],
    ["$filter=Id eq 'a", 'position 7'],
    ['$orderby=Nothing', 'got "Nothing"'],
    ['$top=x', '$top: expected a whole number'],
    ['$format=json', '$format: expected atom, got "json"'],
    ['$expand=Screenshots', 'got "$expand"'],
    ['$inlinecount=some', 'expected allpages or none'],
    ['$filter=%ff', 'expected percent-encoded UTF-8'],
  ])('says what is wrong: %s', async (search, detail) => {
    const problem = await problemOf(`/Packages()?${search}`);
    expect(problem.code).toBe('FF_INVALID_QUERY');
    expect(problem.detail).toContain(detail);
  });
});

describe('/GetUpdates()', () => {
  const updates = (more: string) =>
    `packageIds='Core%7CApp'&versions='1.0%7C1.0.0'&includePrerelease=false&includeAllVersions=false&targetFrameworks='net45'&${more}`;

  it('answers the newest listed version of what is older', async () => {
    expect(await packagesOf(`/GetUpdates()?${updates("versionConstraints='%7C'")}`)).toEqual(['Core 1.10.0']);
    expect(await packagesOf(`/GetUpdates()?${updates('semVerLevel=2.0.0')}`)).toEqual(['Core 3.0.0+build.5']);
  });

  it('keeps to version constraints, also by POST', async () => {
    const body = updates("versionConstraints='%5B1.0%2C%201.10.0)%7C'");
    expect((await feedOf('/GetUpdates()', { method: 'POST', body })).packages).toEqual(['Core 1.9.0']);
  });

  it('answers every newer version on request, and none for lists of different lengths', async () => {
    const search = "packageIds='Core'&versions='1.0'&includePrerelease=true&includeAllVersions=true";
    expect(await packagesOf(`/GetUpdates()?${search}`)).toEqual(['Core 1.9.0', 'Core 1.10.0', 'Core 2.0.0-beta1']);
    expect(await packagesOf("/GetUpdates()?packageIds='Core%7CApp'&versions='1.0'")).toEqual([]);
    expect(await packagesOf('/GetUpdates()')).toEqual([]);
  });
});

describe('/package/{id}/{version}', () => {
  it.each(['/package/Core/1.0', '/package/core/1.0.0', "/Packages(Id='Core',Version='1.0.0')/$value"])(
    'is the file: %s',
    async (url) => {
      const answer = await ask(url);
      expect(answer).toMatchObject({ kind: 'blob', contentType: 'application/zip', fileName: 'Core.1.0.0.nupkg' });
      expect(answer.kind === 'blob' && answer.blob.sizeBytes).toBe(FILE.length);
    },
  );

  it('is the newest listed version without a version, a stable one if there is any', async () => {
    expect(await ask('/package/app')).toMatchObject({ fileName: 'App.1.0.0.nupkg' });
    expect(await ask('/package/zed')).toMatchObject({ fileName: 'Zed.0.1.0-alpha.nupkg' });
  });

  it.each(['/package/Core/9.9.9', '/package/None', '/package/None/1.0', '/package/Core/latest'])(
    'is 404 for %s',
    async (url) => {
      expect((await problemOf(url)).code).toBe('FF_NO_SUCH_PACKAGE');
    },
  );
});

describe('completion', () => {
  it('answers ids and versions as JSON', async () => {
    const { text, contentType } = await askBytes('/package-ids?partialId=c&includePrerelease=True&semVerLevel=2.0.0');
    expect([contentType, text]).toEqual(['application/json;charset=utf-8', '["Core"]']);
    const versions = await askBytes('/package-versions/core?includePrerelease=True&semVerLevel=2.0.0');
    expect(versions.text).toBe('["1.0.0","1.9.0","1.10.0","2.0.0-beta1","3.0.0"]');
    expect((await askBytes('/package-versions/none')).text).toBe('[]');
  });
});

describe('everything else', () => {
  it.each(['/nothing', '/package', '/package/a/b/c', '/Packages()/Id', '/$metadata/x', '/Search()/$value', '/(x)'])(
    'is 404 and names what is served: %s',
    async (url) => {
      const problem = await problemOf(url);
      expect(problem.code).toBe('FF_NO_SUCH_RESOURCE');
      expect(problem.detail).toContain('/FindPackagesById()');
    },
  );

  it('takes POST for GetUpdates() alone', async () => {
    const problem = await problemOf('/Search()', { method: 'POST' });
    expect([problem.status, problem.headers]).toEqual([405, { allow: 'GET, HEAD' }]);
  });
});
