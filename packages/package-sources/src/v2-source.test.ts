import { describe, expect, it } from '@jest/globals';
import { describePackageSource, samplePackages } from '@feedfleet/package-source-conformance';
import type { SamplePackage } from '@feedfleet/package-source-conformance';

import { atom } from './gallery-fixture.ts';
import type { SourcePageQuery } from './package-source.ts';
import { ask, galleryBut, openSource, search, sourcesOfTests } from './source-fixture.ts';
import { entryOf, feedText, v2Gallery } from './v2-gallery-fixture.ts';
import type { V2GalleryOptions } from './v2-gallery-fixture.ts';
import { v2Source } from './v2-source.ts';

const traits = { searches: true, completes: true, pages: true, tellsHashes: true };
const openV2 = (options: V2GalleryOptions) => (packages: readonly SamplePackage[]) =>
  openSource(v2Source, v2Gallery(packages, options), '/api/v2/');

describePackageSource('of a v2 gallery', openV2({}), traits);
describePackageSource('of a v2 gallery with two entries a page', openV2({ pageSize: 2 }), traits);
describePackageSource('of a strict v2 gallery', openV2({ isAbsent404: true, isStrict: true }), traits);

const open = sourcesOfTests(v2Source, '/api/v2');
const gallery = v2Gallery(samplePackages);
const but = galleryBut(gallery);
const [sample] = samplePackages;
const entry = (origin: string, given: Partial<SamplePackage['metadata']> = {}): string =>
  sample === undefined ? '' : entryOf({ ...sample, metadata: { ...sample.metadata, ...given } }, origin);
const isById = (url: URL): boolean => url.pathname.includes('FindPackagesById');

describe('a v2 source', () => {
  it('takes one request for an id', async () => {
    const { source, gallery: server } = await open(gallery);
    await expect(source.versions(['acme.core'], ask)).resolves.toMatchObject({ outcome: 'answered', requests: 1 });
    expect(server.asked).toEqual(['/api/v2/FindPackagesById()?id=%27acme.core%27&semVerLevel=2.0.0']);
  });

  it('sends the query of the client on, with one row more than is wanted and nothing else that the client sent', async () => {
    const { source, gallery: server } = await open(gallery);
    const query: SourcePageQuery = {
      ...{ resource: 'Packages', after: "'A','1.0.0'", take: 30, withCount: false, filters: [] },
      options: { $filter: "tolower(Id) eq 'x' and IsLatestVersion", semverlevel: '2.0.0', key: 'secret' },
    };
    await source.page(query, ask);
    const asked = new URL(server.asked[0] ?? '', server.origin);
    expect([asked.pathname, Object.fromEntries(asked.searchParams)]).toEqual([
      '/api/v2/Packages()',
      {
        $filter: "tolower(Id) eq 'x' and IsLatestVersion",
        ...{ semVerLevel: '2.0.0', $top: '31', $skiptoken: "'A','1.0.0'" },
      },
    ]);
  });

  it('answers about ids although queries of clients make it fail', async () => {
    const { source } = await open(but((url) => (url.searchParams.has('$filter') ? { status: 500 } : undefined)));
    const query: SourcePageQuery = {
      ...{ resource: 'Packages', after: null, take: 1, withCount: false, filters: [], options: { $filter: 'odd' } },
    };
    for (let count = 0; count < 5; count += 1) await source.page(query, ask);
    await expect(source.page(query, ask)).resolves.toMatchObject({ code: 'FF_SOURCE_RESTING' });
    await expect(source.versions(['acme.core'], ask)).resolves.toMatchObject({ outcome: 'answered' });
  });

  it('says that it cannot what a server refuses', async () => {
    const { source } = await open(() => ({ status: 400 }));
    const query: SourcePageQuery = {
      ...{ resource: 'Packages', after: null, take: 1, withCount: false, filters: [], options: {} },
    };
    await expect(source.page(query, ask)).resolves.toMatchObject({ outcome: 'unsupported' });
    await expect(source.search(search, ask)).resolves.toMatchObject({ outcome: 'unsupported' });
    await expect(source.complete(search, ask)).resolves.toMatchObject({ outcome: 'unsupported' });
    await expect(source.search({ ...search, packageType: 'DotnetTool' }, ask)).resolves.toMatchObject({
      outcome: 'unsupported',
    });
  });

  it('takes 404 for "none" only from what is a v2 feed', async () => {
    const { source } = await open(({ pathname }) =>
      pathname.endsWith('$metadata') ? { body: '<edmx:Edmx/>' } : undefined,
    );
    await expect(source.versions(['acme.none'], ask)).resolves.toMatchObject({ outcome: 'answered', value: new Map() });
    const { source: elsewhere } = await open(() => undefined);
    await expect(elsewhere.versions(['acme.none'], ask)).resolves.toMatchObject({ outcome: 'unavailable' });
  });

  it('leaves out rows of other ids, and reports them', async () => {
    const { source, oddities } = await open(
      but((url) => (isById(url) ? atom(feedText(entry(url.origin) + entry(url.origin, { id: 'Evil' }))) : undefined)),
    );
    const answer = await source.versions(['acme.core'], ask);
    expect(answer.outcome === 'answered' ? answer.value.get('acme.core')?.map(({ id }) => id) : []).toEqual([
      'Acme.Core',
    ]);
    expect(oddities).toEqual([{ oddity: 'wrongId', expected: 'acme.core', given: 'Evil' }]);
  });

  it('breaks off a package that is not the one that was announced', async () => {
    const other = Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(200_000, 7)]);
    const announced = samplePackages.map((one) => ({ ...one, content: Buffer.alloc(other.length) }));
    const fixture = await open((url, request) =>
      url.pathname.includes('/file/') ? { body: other } : v2Gallery(announced)(url, request),
    );
    const answer = await fixture.source.content({ id: 'acme.web', normalizedVersion: '3.0.0' }, ask);
    const content = answer.outcome === 'answered' ? answer.value : null;
    let received = 0;
    const reading = (async () => {
      for await (const chunk of content?.open(ask.signal) ?? []) received += (chunk as Buffer).length;
    })();
    await expect(reading).rejects.toMatchObject({ code: 'FF_SOURCE_MALFORMED' });
    expect(received).toBeLessThan(other.length);
  });

  it('does not take a package of another size than was announced', async () => {
    const { source } = await open(
      but(({ pathname }) => (pathname.includes('/file/') ? { body: Buffer.from('PK\x03\x04 short') } : undefined)),
    );
    await expect(source.content({ id: 'acme.web', normalizedVersion: '3.0.0' }, ask)).resolves.toMatchObject({
      outcome: 'unavailable',
      code: 'FF_SOURCE_MALFORMED',
    });
  });
});

describe('a sick v2 source', () => {
  const next = (href: string): string => `<link rel="next" href="${href.replaceAll('&', '&amp;')}"/>`;
  const laughs = `<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>${feedText('<entry><title>&b;</title></entry>').slice(38)}`;

  it.each<[string, (url: URL) => string]>([
    ['links to the same page again', (url) => feedText(entry(url.origin) + next(url.href))],
    [
      'links back and forth',
      (url) =>
        feedText(
          entry(url.origin) +
            next(`${url.origin}/api/v2/FindPackagesById()?id='a'&p=${url.searchParams.get('p') === '1' ? '2' : '1'}`),
        ),
    ],
    ['links away', (url) => feedText(entry(url.origin) + next('http://192.0.2.1/next'))],
    ['links to what is no URL', (url) => feedText(entry(url.origin) + next('http://'))],
    ['links on behind an empty page', (url) => feedText(next(`${url.href}&more=1`))],
    ['has a document type', () => laughs],
    ['uses entities of its own', () => feedText('<entry><title>&b;</title></entry>')],
    ['answers with a web page', () => '<!doctype html><html><body>Log in</body></html>'],
    ['answers with a web page that is XML', () => '<html><body>Log in</body></html>'],
    ['answers with other XML', () => '<error>no</error>'],
    ['answers with half a feed', () => feedText('<entry><title>x').slice(0, -7)],
    ['answers with JSON', () => '{"d":[]}'],
    ['answers with nothing', () => ''],
    ['answers with depth', () => feedText('<a>'.repeat(100_000))],
    ['answers with entries in entries', () => feedText('<entry><entry/></entry>')],
    ['answers with another package', (url) => feedText(entry(url.origin, { id: 'Evil' }))],
    ['answers with bytes of no encoding', () => '\ufffe\u0000<feed'],
  ])('that %s is unavailable', async (_, body) => {
    const { source, gallery: server } = await open((url) => atom(body(url)));
    const answer = await source.versions(['acme.core'], ask);
    expect(answer).toMatchObject({
      outcome: 'unavailable',
      code: 'FF_SOURCE_MALFORMED',
      detail: expect.any(String) as unknown,
    });
    expect(server.asked.length).toBeLessThan(5);
  });

  it('that never comes to an end is left after a bounded number of pages', async () => {
    let page = 0;
    const { source, gallery: server } = await open((url) => {
      page += 1;
      return atom(
        feedText(entry(url.origin, { version: `1.0.${page}` }) + next(`${url.origin}/api/v2/next?page=${page}`)),
      );
    });
    await expect(source.versions(['acme.core'], ask)).resolves.toMatchObject({ outcome: 'unavailable', requests: 200 });
    expect(server.asked).toHaveLength(200);
  });

  it('is asked no further when there is no time left', async () => {
    let remaining = 3;
    const { source } = await open((url) => atom(feedText(entry(url.origin) + next(`${url.href}&x=1`))));
    const hurried = { ...ask, remainingMs: () => ((remaining -= 1) > 0 ? 10_000 : 0) };
    await expect(source.versions(['acme.core'], hurried)).resolves.toMatchObject({ code: 'FF_SOURCE_TIMEOUT' });
  });
});
