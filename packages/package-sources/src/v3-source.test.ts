import { describe, expect, it } from '@jest/globals';
import { describePackageSource, samplePackage, samplePackages } from '@feedfleet/package-source-conformance';

import { json } from './gallery-fixture.ts';
import type { Answerer } from './gallery-fixture.ts';
import { ask, galleryBut, openSource, search, sourcesOfTests } from './source-fixture.ts';
import { v3Gallery } from './v3-gallery-fixture.ts';
import type { V3GalleryOptions } from './v3-gallery-fixture.ts';
import { v3Source } from './v3-source.ts';

const everything = { searches: true, completes: true, pages: true, tellsHashes: false };
const byIdOnly = { searches: false, completes: false, pages: false, tellsHashes: false };
const openV3 = (options: V3GalleryOptions) => (packages: readonly ReturnType<typeof samplePackage>[]) =>
  openSource(v3Source, v3Gallery(packages, options), '/index.json');

describePackageSource('of a v3 gallery', openV3({}), everything);
describePackageSource('of a v3 gallery with registration pages', openV3({ leavesPerPage: 2 }), everything);
describePackageSource(
  'of a registry without search, whose registrations are bare',
  openV3({ resources: ['registration', 'content'], isBare: true }),
  byIdOnly,
);

const open = sourcesOfTests(v3Source, '/index.json');
const gallery = v3Gallery(samplePackages);
const but = galleryBut(gallery);

describe('a v3 source', () => {
  it('takes one request for the service index and one for an id, and later asks only whether they changed', async () => {
    const { source, gallery: server } = await open(gallery);
    const first = await source.versions(['acme.core'], ask);
    const second = await source.versions(['acme.core'], ask);
    expect(server.asked).toEqual([
      '/index.json',
      '/registration/acme.core/index.json',
      '/registration/acme.core/index.json',
    ]);
    expect([first, second]).toMatchObject([{ requests: 2 }, { requests: 1 }]);
  });

  it('shares the request for the service index among those who need it', async () => {
    const { source, gallery: server } = await open(gallery);
    const answers = await Promise.all(['acme.core', 'acme.web', 'acme.none'].map((id) => source.versions([id], ask)));
    expect(answers.map(({ outcome }) => outcome)).toEqual(['answered', 'answered', 'answered']);
    expect(server.asked.filter((path) => path === '/index.json')).toHaveLength(1);
  });

  it('reads versions from the flat container where there are no registrations', async () => {
    const { source, gallery: server } = await open(v3Gallery(samplePackages, { resources: ['content'] }));
    const answer = await source.versions(['acme.web', 'acme.none'], ask);
    expect(answer).toMatchObject({ outcome: 'answered' });
    const row = answer.outcome === 'answered' ? answer.value.get('acme.web')?.[0] : undefined;
    expect(row?.metadata).toMatchObject({ id: 'Acme.Web', title: 'Web & more', dependencyGroups: [{}, {}] });
    await source.versions(['acme.web'], ask);
    // A nuspec never changes.
    expect(server.asked.filter((path) => path.endsWith('.nuspec'))).toHaveLength(1);
  });

  it('reads at most 64 nuspecs for one question, the newest first, and goes on the next time', async () => {
    const many = Array.from({ length: 100 }, (_, index) => samplePackage({ id: 'Acme.Many', version: `1.0.${index}` }));
    const { source } = await open(v3Gallery(many, { resources: ['registration', 'content'], isBare: true }));
    const incomplete = async (): Promise<readonly string[]> => {
      const answer = await source.versions(['acme.many'], ask);
      const rows = answer.outcome === 'answered' ? (answer.value.get('acme.many') ?? []) : [];
      expect(rows).toHaveLength(100);
      return rows.filter((row) => row.isIncomplete === true).map(({ version }) => version);
    };
    const first = await incomplete();
    expect([first.length, first[0], first.at(-1)]).toEqual([36, '1.0.0', '1.0.35']);
    expect(await incomplete()).toEqual([]);
  });

  it('asks a registry that has no nuspecs for one of an id, not for all', async () => {
    const bare = v3Gallery(samplePackages, { resources: ['registration', 'content'], isBare: true });
    const { source, gallery: server } = await open((url, request) =>
      url.pathname.endsWith('.nuspec') ? undefined : bare(url, request),
    );
    await source.versions(['acme.core'], ask);
    const answer = await source.versions(['acme.core'], ask);
    const rows = answer.outcome === 'answered' ? (answer.value.get('acme.core') ?? []) : [];
    expect(rows.map(({ isIncomplete, listed }) => [isIncomplete, listed])).toEqual([
      ...[
        [true, true],
        [true, false],
        [true, true],
        [true, true],
        [true, true],
      ],
    ]);
    expect(server.asked.filter((path) => path.endsWith('.nuspec'))).toHaveLength(1);
  });

  it('asks for nuspecs again that it could not get', async () => {
    const bare = v3Gallery(samplePackages, { resources: ['registration', 'content'], isBare: true });
    let isSick = true;
    const { source } = await open((url, request) =>
      isSick && url.pathname.endsWith('.nuspec') ? { status: 418 } : bare(url, request),
    );
    const incomplete = async (): Promise<number | undefined> => {
      const answer = await source.versions(['acme.core'], ask);
      const rows = answer.outcome === 'answered' ? answer.value.get('acme.core') : undefined;
      return rows?.filter(({ isIncomplete }) => isIncomplete === true).length;
    };
    expect(await incomplete()).toBe(5);
    isSick = false;
    expect(await incomplete()).toBe(0);
  });

  it('finds whole ids without a search, and says that there may be more, unless the text names one', async () => {
    const { source } = await open(v3Gallery(samplePackages, { resources: ['registration'] }));
    const hit = { value: { hits: [{ id: 'Acme.Core' }] } };
    const asked = async (text: string) => source.search({ ...search, text }, ask);
    expect(await asked('acme.core')).toMatchObject({ outcome: 'answered', isPartial: true, ...hit });
    expect(await source.complete({ ...search, text: 'acme' }, ask)).toMatchObject({
      isPartial: true,
      value: { ids: [] },
    });
    const named = await asked('packageid:acme.core');
    expect([named, 'isPartial' in named]).toMatchObject([{ outcome: 'answered', ...hit }, false]);
    expect(await asked('two words')).toMatchObject({ outcome: 'unsupported' });
  });

  it('asks the next instance of the search when one fails', async () => {
    const index = (url: URL) =>
      json({
        resources: ['gone', 'broken', 'search'].map((name) => ({
          '@id': `${url.origin}/${name}`,
          '@type': 'SearchQueryService/3.5.0',
        })),
      });
    const { source, gallery: server } = await open(
      but((url) => {
        if (url.pathname === '/index.json') return index(url);
        return url.pathname === '/broken' ? { status: 500 } : undefined;
      }),
    );
    await expect(source.search(search, ask)).resolves.toMatchObject({ outcome: 'answered', value: { total: 2 } });
    expect(server.asked.at(-1)).toContain('/search');
  });

  it('goes on asking while a search gives fewer hits than it has', async () => {
    const many = Array.from({ length: 25 }, (_, index) => samplePackage({ id: `Acme.P${index}`, version: '1.0.0' }));
    const { source } = await open((url, request) => {
      if (url.pathname === '/search/') url.searchParams.set('take', '10');
      return v3Gallery(many)(url, request);
    });
    const answer = await source.search({ ...search, take: 22 }, ask);
    expect(answer).toMatchObject({ outcome: 'answered', value: { total: 25 } });
    expect(answer.outcome === 'answered' ? new Set(answer.value.hits.map(({ id }) => id)).size : 0).toBe(22);
  });

  it('goes on with the service index that it had when that cannot be had any more', async () => {
    let isIndexGone = false;
    const { source, advance } = await open(
      but(({ pathname }) => (isIndexGone && pathname === '/index.json' ? { status: 500 } : undefined)),
    );
    await source.versions(['acme.core'], ask);
    isIndexGone = true;
    advance(60 * 60_000);
    await expect(source.versions(['acme.core'], ask)).resolves.toMatchObject({ outcome: 'answered' });
  });

  it('leaves out rows of other ids and versions that nobody can read, and reports them', async () => {
    const leaf = (id: string, version: string): unknown => ({ catalogEntry: { id, version, authors: 'a' } });
    const items = [
      leaf('ACME.Core', '1.0.0'),
      leaf('Evil', '9.9.9'),
      leaf('Acme.Core', 'latest'),
      leaf('Acme.Core', '1.0'),
    ];
    const { source, oddities } = await open(
      but(({ pathname }) => (pathname.startsWith('/registration') ? json({ items: [{ items }] }) : undefined)),
    );
    const answer = await source.versions(['acme.core'], ask);
    const rows = answer.outcome === 'answered' ? (answer.value.get('acme.core') ?? []) : [];
    expect(rows.map(({ id, version }) => [id, version])).toEqual([['ACME.Core', '1.0.0']]);
    expect(oddities.map(({ oddity, given }) => [oddity, given])).toEqual([
      ['wrongId', 'Evil'],
      ['invalidVersion', 'latest'],
    ]);
  });

  it('cleans texts, links and dates that a source makes up', async () => {
    const catalogEntry = {
      ...{ id: 'Acme.Core', version: '1.0.0', description: 'a\u0001b\ud800', projectUrl: 'javascript:alert(1)' },
      ...{
        published: 'yesterday',
        tags: [1, 'x', null],
        authors: { first: 'Ada' },
        dependencyGroups: [7, { dependencies: 7 }],
      },
      ...{
        deprecation: { reasons: ['legacy', 7] },
        vulnerabilities: [{ advisoryUrl: 'https://a.example/1', severity: '9' }],
      },
    };
    const { source } = await open(
      but(({ pathname }) =>
        pathname.startsWith('/registration') ? json({ items: [{ items: [{ catalogEntry }] }] }) : undefined,
      ),
    );
    const answer = await source.versions(['acme.core'], ask);
    const [row] = answer.outcome === 'answered' ? (answer.value.get('acme.core') ?? []) : [];
    expect(row).toMatchObject({
      created: '',
      listed: true,
      deprecation: { reasons: ['Legacy'], message: '', alternate: null },
    });
    expect(row?.metadata).toMatchObject({ description: 'ab\ufffd', projectUrl: '', tags: ['x'], authors: '' });
    expect(row?.vulnerabilities).toEqual([{ url: 'https://a.example/1', severity: 3, range: '[1.0.0, 1.0.0]' }]);
  });

  it('does not take less than everything for everything', async () => {
    const partial = but(({ pathname }) =>
      pathname.startsWith('/registration')
        ? json({ items: [] }, { 'x-feedfleet-partial': 'team;reason=timeout' })
        : undefined,
    );
    const { source } = await open(partial);
    await expect(source.versions(['acme.core'], ask)).resolves.toMatchObject({ outcome: 'answered', isPartial: true });
  });
});

describe('a sick v3 source', () => {
  const html: Answerer = () => ({
    headers: { 'content-type': 'text/html' },
    body: '<!DOCTYPE html><html>Log in</html>',
  });
  const at =
    (prefix: string, answer: Answerer): Answerer =>
    (url, request) =>
      url.pathname.startsWith(prefix) ? answer(url, request) : undefined;
  const registration = (value: unknown): Answerer => at('/registration', () => json(value));

  it.each<[string, Answerer, string]>([
    ['has no service index', at('/index.json', () => ({ status: 404 })), 'FF_SOURCE_MALFORMED'],
    ['shows a page to log in instead of its service index', at('/index.json', html), 'FF_SOURCE_MALFORMED'],
    ['has a service index of other JSON', at('/index.json', () => json(['x'])), 'FF_SOURCE_MALFORMED'],
    ['names no resources', at('/index.json', () => json({ resources: [] })), 'FF_SOURCE_MALFORMED'],
    ['shows a page to log in', at('/registration', html), 'FF_SOURCE_MALFORMED'],
    ['answers nothing', at('/registration', () => ({ body: '' })), 'FF_SOURCE_MALFORMED'],
    [
      'answers half of a document',
      at('/registration', () => ({ body: '{"items":[{"items":[' })),
      'FF_SOURCE_MALFORMED',
    ],
    ['answers null', registration(null), 'FF_SOURCE_MALFORMED'],
    ['answers pages of numbers', registration({ items: [1, 2] }), 'FF_SOURCE_MALFORMED'],
    ['answers leaves of texts', registration({ items: [{ items: ['x'] }] }), 'FF_SOURCE_MALFORMED'],
    ['names pages nowhere', registration({ items: [{ '@id': 'page1' }] }), 'FF_SOURCE_MALFORMED'],
    ['names pages by file URLs', registration({ items: [{ '@id': 'file:///etc/passwd' }] }), 'FF_SOURCE_MALFORMED'],
    [
      'has pages without end',
      registration({ items: Array.from({ length: 5000 }, () => ({ '@id': 'http://x/' })) }),
      'FF_SOURCE_MALFORMED',
    ],
    [
      'answers with another package',
      registration({ items: [{ items: [{ catalogEntry: { id: 'Evil', version: '1.0' } }] }] }),
      'FF_SOURCE_MALFORMED',
    ],
    [
      'swells compressed bytes without saying that they are',
      at('/registration', () => ({ body: Buffer.from('1f8b0800000000000003', 'hex') })),
      'FF_SOURCE_MALFORMED',
    ],
    ['asks for a credential', at('/registration', () => ({ status: 401 })), 'FF_SOURCE_DENIED'],
    ['forbids', at('/registration', () => ({ status: 403 })), 'FF_SOURCE_DENIED'],
    ['fails', at('/registration', () => ({ status: 500, body: 'x' })), 'FF_SOURCE_FAILED'],
    ['is a teapot', at('/registration', () => ({ status: 418 })), 'FF_SOURCE_MALFORMED'],
  ])('that %s is unavailable', async (_, answer, code) => {
    const { source } = await open(but((url, request) => answer(url, request)));
    const answered = await source.versions(['acme.core'], ask);
    expect(answered).toMatchObject({ outcome: 'unavailable', code, detail: expect.any(String) as unknown });
    expect(JSON.stringify(answered)).not.toContain('127.0.0.1');
  });

  it('that names a page which is not there does not make versions absent', async () => {
    const { source } = await open(
      but((url) =>
        url.pathname === '/registration/acme.core/index.json'
          ? json({ items: [{ '@id': `${url.origin}/none` }] })
          : undefined,
      ),
    );
    await expect(source.versions(['acme.core'], ask)).resolves.toMatchObject({
      outcome: 'unavailable',
      code: 'FF_SOURCE_MALFORMED',
    });
  });

  it('that shows a page to log in for a package is unavailable', async () => {
    const { source } = await open(but(at('/content', html)));
    await expect(source.content({ id: 'acme.web', normalizedVersion: '3.0.0' }, ask)).resolves.toMatchObject({
      outcome: 'unavailable',
      code: 'FF_SOURCE_MALFORMED',
    });
  });

  it('that breaks off within a package breaks off here too', async () => {
    const body = samplePackages[5]?.content ?? Buffer.alloc(0);
    const { source } = await open(
      but(at('/content', () => ({ headers: { 'content-length': String(body.length + 5000) }, body, hangs: true }))),
    );
    const answer = await source.content({ id: 'acme.web', normalizedVersion: '3.0.0' }, ask);
    const content = answer.outcome === 'answered' ? answer.value : null;
    const left = new AbortController();
    const reading = content?.open(left.signal).toArray();
    left.abort(new Error('left'));
    await expect(reading).rejects.toThrow();
  });
});
