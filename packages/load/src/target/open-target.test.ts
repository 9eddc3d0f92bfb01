/** Targets of every kind, as small real servers. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { familyOf } from './load-target.ts';
import { openTarget } from './open-target.ts';
import type { TargetOptions } from './open-target.ts';
import { samplePackage } from './sample-package.ts';

type Answer = string | number;

let server: Server;
let origin: string;
/** By method and URL without the query; everything else is 404. */
let answers: Readonly<Record<string, Answer>>;
let asked: IncomingMessage[];

beforeEach(async () => {
  [answers, asked] = [{}, []];
  server = createServer((request, response) => {
    asked.push(request);
    request.resume();
    const path = (request.url ?? '').split('?')[0] ?? '';
    const answer = answers[path] ?? answers[`${request.method} ${path}`] ?? 404;
    if (typeof answer === 'number') response.writeHead(answer).end();
    else if (answer.startsWith('->')) response.writeHead(302, { location: answer.slice(2) }).end();
    else response.end(answer.replaceAll('ORIGIN', origin));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const open = (more: Partial<TargetOptions> = {}) =>
  openTarget({
    url: `${origin}/nuget`,
    ...{ feeds: [], packages: [], key: undefined, mayLoad: [], prepare: false, signal: new AbortController().signal },
    ...more,
  });

const METADATA = '<?xml version="1.0"?><edmx:Edmx Version="1.0" xmlns:edmx="x"/>';
const ENTRIES = ['1.0.0', '2.0.0']
  .map(
    (version) =>
      `<entry><title type="text">Acme</title><content type="application/zip" src="ORIGIN/files/acme.${version}.nupkg?a=1&amp;b=2" />` +
      `<m:properties><d:Id>Acme</d:Id><d:Version>${version}</d:Version></m:properties></entry>`,
  )
  .join('');
const index = (resources: Readonly<Record<string, string>>): string =>
  JSON.stringify({
    version: '3.0.0',
    resources: Object.entries(resources).map(([type, id]) => ({ '@id': id, '@type': type })),
  });

describe('a target', () => {
  it('may speak v2 alone', async () => {
    answers = {
      '/nuget/$metadata': METADATA,
      '/nuget/Search()': `<feed>${ENTRIES}</feed>`,
      '/nuget/FindPackagesById()': `<feed>${ENTRIES}</feed>`,
    };
    const [feed] = (await open()).feeds;
    expect(feed).toMatchObject({
      name: 'nuget',
      v2: `${origin}/nuget`,
      v3: undefined,
      publish: `${origin}/nuget/api/v2/package`,
    });
    expect(feed.packages).toEqual([
      {
        id: 'Acme',
        versions: ['1.0.0', '2.0.0'].map((version) => {
          const contentUrl = `${origin}/files/acme.${version}.nupkg?a=1&b=2`;
          return { version, contentUrl, v2ContentUrl: contentUrl };
        }),
      },
    ]);
  });

  it('names a version once, however its protocols write it, and a file for each', async () => {
    const entry = (version: string): string =>
      `<entry><content src="../files/${version}.nupkg"/><m:properties><d:Id>Acme</d:Id><d:Version>${version}</d:Version></m:properties></entry>`;
    answers = {
      '/nuget/v3/index.json': index({ 'PackageBaseAddress/3.0.0': 'ORIGIN/flat/' }),
      '/flat/acme/index.json': JSON.stringify({ versions: ['1.0.0', '2.0.0'] }),
      '/nuget/$metadata': METADATA,
      '/nuget/FindPackagesById()': `<feed>${entry('1.0')}</feed>`,
    };
    const [{ packages }] = (await open({ packages: ['Acme'] })).feeds;
    expect(packages[0].versions).toEqual([
      {
        ...{ version: '1.0.0', contentUrl: `${origin}/flat/acme/1.0.0/acme.1.0.0.nupkg` },
        v2ContentUrl: `${origin}/files/1.0.nupkg`,
      },
      // The first page of v2 does not have it.
      ...[`${origin}/flat/acme/2.0.0/acme.2.0.0.nupkg`].map((url) => ({
        ...{ version: '2.0.0', contentUrl: url, v2ContentUrl: url },
      })),
    ]);
  });

  it('may speak v3 alone, with relative addresses, under any name of a type', async () => {
    answers = {
      '/nuget/v3/index.json': index({
        'PackageBaseAddress/3.0.0': 'flat',
        'RegistrationsBaseUrl/3.4.0': 'ORIGIN/old',
        'RegistrationsBaseUrl/3.6.0': 'ORIGIN/new/',
        SearchQueryService: 'ORIGIN/search',
        'PackagePublish/2.0.0': 'ORIGIN/push',
      }),
      '/search': JSON.stringify({ data: [{ id: 'Acme.Core' }] }),
      '/nuget/v3/flat/acme.core/index.json': JSON.stringify({ versions: ['1.0.0'] }),
    };
    const [feed] = (await open()).feeds;
    expect(feed).toMatchObject({
      v2: undefined,
      v3: {
        content: `${origin}/nuget/v3/flat/`,
        registration: `${origin}/new/`,
        search: `${origin}/search`,
        autocomplete: undefined,
      },
      publish: `${origin}/push`,
      packages: [
        {
          id: 'Acme.Core',
          versions: [{ contentUrl: `${origin}/nuget/v3/flat/acme.core/1.0.0/acme.core.1.0.0.nupkg` }],
        },
      ],
    });
  });

  it('may have both, found from the service index that is given', async () => {
    answers = {
      '/index.json': index({ 'PackageBaseAddress/3.0.0': 'ORIGIN/flat/', 'LegacyGallery/2.0.0': 'ORIGIN/old/api/v2' }),
      '/old/api/v2/$metadata': METADATA,
      '/old/api/v2/FindPackagesById()': `<feed>${ENTRIES}</feed>`,
      '/flat/acme/index.json': JSON.stringify({ versions: ['1.0.0', '3.0.0'] }),
    };
    const [feed] = (await open({ url: `${origin}/index.json`, packages: ['Acme'] })).feeds;
    expect(feed.v2).toBe(`${origin}/old/api/v2`);
    const [first, last] = feed.packages[0].versions;
    expect(first).toMatchObject({
      contentUrl: expect.stringContaining('/flat/'),
      v2ContentUrl: expect.stringContaining('/files/'),
    });
    const onlyInV3 = `${origin}/flat/acme/3.0.0/acme.3.0.0.nupkg`;
    expect(last).toEqual({ version: '3.0.0', contentUrl: onlyInV3, v2ContentUrl: onlyInV3 });
  });

  it('is asked with the credentials that were given, which are shown nowhere', async () => {
    answers = {
      '/auth/TOKEN/$metadata': METADATA,
      '/auth/TOKEN/Search()': ENTRIES,
      '/auth/TOKEN/FindPackagesById()': ENTRIES,
    };
    const url = `${origin.replace('//', '//me:pass@')}/auth/TOKEN`;
    const target = await open({ url, key: 'KEY' });
    expect(target.shownUrl).toBe(`${origin}/auth/***`);
    expect(
      new Set(asked.map(({ headers }) => `${headers.authorization} ${String(headers['x-nuget-apikey'])}`)),
    ).toEqual(new Set([`Basic ${Buffer.from('me:pass').toString('base64')} KEY`]));
  });

  it('has its feeds by name, below /F or where the URL says', async () => {
    const root = (path: string) => ({
      [`${path}/$metadata`]: METADATA,
      [`${path}/Search()`]: ENTRIES,
      [`${path}/FindPackagesById()`]: ENTRIES,
    });
    answers = { ...root('/F/one'), ...root('/F/two'), ...root('/x/one/nuget') };
    const { feeds } = await open({ url: origin, feeds: ['one', 'two'] });
    expect(feeds.map(({ name, v2 }) => [name, v2])).toEqual([
      ['one', `${origin}/F/one`],
      ['two', `${origin}/F/two`],
    ]);
    const other = await open({ url: `${origin}/x/{feed}/nuget`, feeds: ['one'] });
    expect(other.feeds[0].v2).toBe(`${origin}/x/one/nuget`);
  });

  it('has a name, whatever stands in its URL', async () => {
    for (const path of ['%zz', '%1b%5B2J']) {
      answers = Object.fromEntries(
        ['$metadata', 'Search()', 'FindPackagesById()'].map((each) => [`/${path}/${each}`, METADATA + ENTRIES]),
      );
      const { feeds } = await open({ url: `${origin}/${path}` });
      expect(feeds[0].name).toBe(path === '%zz' ? '%zz' : '?[2J');
    }
  });

  it('leads to other servers without its credentials', async () => {
    const { port } = server.address() as AddressInfo;
    const elsewhere = `http://localhost:${port}`;
    answers = {
      '/nuget/api/v3/index.json': `->${elsewhere}/index.json`,
      '/index.json': index({ 'PackageBaseAddress/3.0.0': `${origin}/flat/` }),
      '/flat/acme/index.json': JSON.stringify({ versions: ['1.0.0'] }),
    };
    await open({ key: 'KEY', url: `http://me:secret@127.0.0.1:${port}/nuget`, packages: ['Acme'] });
    const shown = asked.map(({ url, headers }) => [url, headers['x-nuget-apikey'], typeof headers.authorization]);
    expect(shown).toContainEqual(['/index.json', undefined, 'undefined']);
    expect(shown).toContainEqual(['/flat/acme/index.json', 'KEY', 'string']);
  });

  it('gets packages when it has none and the user says so', async () => {
    answers = {
      '/nuget/$metadata': METADATA,
      'PUT /nuget/api/v2/package': 201,
      '/nuget/Search()': ENTRIES,
      '/nuget/FindPackagesById()': ENTRIES,
    };
    await open({ prepare: true, key: 'KEY' });
    const pushes = asked.filter(({ method }) => method === 'PUT');
    expect(pushes).toHaveLength(61);
    answers = { ...answers, 'PUT /nuget/api/v2/package': 403 };
    await expect(open({ prepare: true })).rejects.toThrow(
      '--prepare: the push of Feedfleet.Load.P0 1.0.0 answered 403',
    );
    answers = { ...answers, 'PUT /nuget/api/v2/package': '->ORIGIN/elsewhere', 'PUT /elsewhere': 201 };
    await expect(open({ prepare: true })).rejects.toThrow('answered 302');
  });
});

describe('a target is refused', () => {
  const v2 = { '/nuget/$metadata': METADATA, '/nuget/Search()': ENTRIES, '/nuget/FindPackagesById()': ENTRIES };

  it('when it is another machine and its host was not repeated', async () => {
    await expect(open({ url: 'http://packages.example/F/a' })).rejects.toThrow('add --i-may-load packages.example');
    await expect(open({ url: 'http://packages.example/F/a', mayLoad: ['other.example'] })).rejects.toThrow(
      '--i-may-load',
    );
    expect(asked).toEqual([]);
  });

  it('when it leads to another machine: by its index, by a redirect, by a link', async () => {
    const { port } = server.address() as AddressInfo;
    answers = { '/index.json': index({ 'PackageBaseAddress/3.0.0': `http://cdn.example:${port}/flat/` }) };
    await expect(open({ url: `${origin}/index.json` })).rejects.toThrow('the target leads to cdn.example');
    answers = { '/index.json': '->http://cdn.example/index.json' };
    await expect(open({ url: `${origin}/index.json` })).rejects.toThrow('the target leads to cdn.example');
    answers = { ...v2, '/nuget/FindPackagesById()': ENTRIES.replaceAll('ORIGIN', 'http://cdn.example') };
    await expect(open()).rejects.toThrow('the target leads to cdn.example');
  });

  it.each([
    ['ftp://127.0.0.1/', 'expected an http or https URL'],
    ['http://127.0.0.1:1/nuget', 'no NuGet server answers there; tried ...'],
  ])('when it is no server: %s', async (url, message) => {
    await expect(open({ url })).rejects.toThrow(message);
  });

  it('with what was tried, when something else answers there', async () => {
    answers = { '/nuget/index.json': '<html>', '/nuget/$metadata': 'hello' };
    await expect(open()).rejects.toThrow(/index\.json \(no service index\).*\$metadata \(no metadata of v2\).*\(404\)/);
  });

  it('when it has no packages, or not the one that was named', async () => {
    answers = { ...v2, '/nuget/Search()': '<feed/>' };
    await expect(open()).rejects.toThrow('name some with --package');
    answers = { ...v2, '/nuget/FindPackagesById()': '<feed/>' };
    await expect(open({ packages: ['Nothing'] })).rejects.toThrow('--package: the feed has no package Nothing');
  });

  it('when {feed} stands for nothing, or there are too many', async () => {
    await expect(open({ url: `${origin}/{feed}` })).rejects.toThrow('none was given with --feed');
    await expect(open({ feeds: Array.from({ length: 201 }, (_, place) => `f${place}`) })).rejects.toThrow(
      'at most 200',
    );
  });
});

describe('the family of a URL', () => {
  const feed = { v2: 'http://h/F/a', v2Api: undefined, v3: undefined, publish: 'http://h/F/a/api/v2/package' };
  it.each([
    ["http://h/F/a/FindPackagesById()?id='x'", 'default'],
    ['http://h/F/a/api/v2/Search()', 'v2'],
    ['http://h/F/a/api/v3/query?q=', 'v3'],
    ['http://h/F/a/api/v1/Packages()', 'v1'],
    ['http://h/F/a/api/v2/package', 'push'],
  ])('%s is %s', (url, family) => {
    expect(familyOf(url, feed)).toBe(family);
  });

  it('is the protocol, of other servers', () => {
    expect(familyOf('http://h/nuget/Packages()', { ...feed, v2: 'http://h/nuget' })).toBe('v2');
    expect(familyOf('http://h/v3/index.json', { ...feed, v2: undefined })).toBe('v3');
  });
});

describe('a package of load', () => {
  it('is as large as it is asked to be, and cannot be made smaller', () => {
    const small = samplePackage({ id: 'A', version: '1.0.0' });
    const large = samplePackage({ id: 'A', version: '1.0.0', contentBytes: 1_000_000 });
    expect(large.length - small.length).toBe(1_000_000 - 200);
  });
});
