import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { FEED_URL, FeedFixture } from './feed-fixture.ts';

const FLAT = `${FEED_URL}/api/v3/flat`;
const PNG = Buffer.from('\x89PNG\r\n\x1a\n rest', 'latin1');
const JPEG = Buffer.from('\xff\xd8\xff\xe0 rest', 'latin1');
let feed: FeedFixture;

beforeAll(async () => {
  feed = await FeedFixture.open();
  await feed.add('Full', '1.0.0', {
    ...{ readmeFile: 'docs/README.md', iconFile: 'Images/icon.PNG', licenseFile: 'LICENSE.txt' },
    ...{
      iconUrl: 'https://example.org/old.png',
      licenseUrl: 'https://example.org/old',
      projectUrl: 'https://example.org/',
    },
    content: {
      'docs/README.md': Buffer.from('# Full'),
      'images/icon.png': PNG,
      'LICENSE.txt': Buffer.from('Do what you like.'),
    },
  });
  await feed.add('Other', '1.0.0', {
    ...{ iconFile: 'icon.png', licenseFile: 'LICENSE.md' },
    content: { 'icon.png': JPEG, 'LICENSE.md': Buffer.from('*Free*') },
  });
  await feed.add('Svg', '1.0.0', { iconFile: 'icon.svg', content: { 'icon.svg': Buffer.from('<svg/>') } });
  await feed.add('Lying', '1.0.0', {
    readmeFile: 'README.md',
    iconFile: 'big.png',
    content: { 'big.png': Buffer.alloc(2 ** 22) },
  });
  await feed.add('Bare', '1.0.0', { iconUrl: 'https://example.org/i.png', licenseUrl: 'https://example.org/l' });
});

afterAll(() => feed.close());

describe('a file inside a package', () => {
  it.each([
    ['/flat/full/1.0.0/readme', 'text/markdown; charset=utf-8', Buffer.from('# Full')],
    ['/flat/FULL/1.0/ICON', 'image/png', PNG],
    ['/flat/full/1.0.0/license', 'text/plain; charset=utf-8', Buffer.from('Do what you like.')],
    ['/flat/other/1.0.0/icon', 'image/jpeg', JPEG],
    ['/flat/other/1.0.0/license', 'text/markdown; charset=utf-8', Buffer.from('*Free*')],
    ['/flat/svg/1.0.0/icon', 'application/octet-stream', Buffer.from('<svg/>')],
  ])('is served as what it is: %s', async (path, contentType, body) => {
    expect(await feed.ask(path)).toMatchObject({ kind: 'bytes', status: 200, contentType, body, keep: 'revision' });
  });

  it('can run nothing in a browser, and tells nobody where it was read', async () => {
    expect(await feed.ask('/flat/full/1.0.0/readme')).toMatchObject({
      headers: {
        'X-Content-Type-Options': 'nosniff',
        'Content-Security-Policy': expect.stringContaining('sandbox'),
        'Referrer-Policy': 'no-referrer',
      },
    });
  });

  it('is the same for clients that have it, whatever else happens to the feed', async () => {
    const before = await feed.ask('/flat/full/1.0.0/readme');
    await feed.add('Next', '1.0.0');
    const after = await feed.ask('/flat/full/1.0.0/readme');
    expect([before, after]).toMatchObject([
      { entity: expect.any(String) },
      { entity: (before as { entity: string }).entity },
    ]);
  });

  it.each([
    ['/flat/bare/1.0.0/readme', 'names no readme'],
    ['/flat/bare/1.0.0/icon', 'names no icon'],
    ['/flat/lying/1.0.0/readme', 'no file "README.md"'],
    ['/flat/lying/1.0.0/icon', 'at most 2097152 bytes'],
  ])('is 404 where there is none, and says what is missing: %s', async (path, missing) => {
    const problem: unknown = await feed.ask(path).catch((error: unknown) => error);
    expect(problem).toMatchObject({ code: 'FF_NO_SUCH_FILE', status: 404, detail: expect.stringContaining(missing) });
  });

  it('of no package is 404 like the package', async () => {
    await expect(feed.ask('/flat/nobody/1.0.0/icon')).rejects.toMatchObject({ code: 'FF_NO_SUCH_PACKAGE' });
  });
});

describe('URLs of files', () => {
  const urlsOf = async (id: string): Promise<unknown> => {
    const { items } = await feed.json<{ items: { items: { catalogEntry: object }[] }[] }>(
      `/registration/plain/${id}/index.json`,
    );
    const { data } = await feed.json<{ data: object[] }>(`/query?q=${id}&take=1`);
    return [items[0]?.items[0]?.catalogEntry, data[0]];
  };

  it('lead to what is in the package, in registration and search', async () => {
    const urls = {
      iconUrl: `${FLAT}/full/1.0.0/icon`,
      licenseUrl: `${FLAT}/full/1.0.0/license`,
      readmeUrl: `${FLAT}/full/1.0.0/readme`,
      projectUrl: 'https://example.org/',
    };
    expect(await urlsOf('Full')).toMatchObject([urls, urls]);
  });

  it('are those of the author where the package has none', async () => {
    const urls = { iconUrl: 'https://example.org/i.png', licenseUrl: 'https://example.org/l' };
    const found = await urlsOf('Bare');
    expect(found).toMatchObject([urls, urls]);
    expect(JSON.stringify(found)).not.toContain('readmeUrl');
  });
});
