import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { FEED_URL, FeedFixture } from './feed-fixture.ts';

let feed: FeedFixture;

beforeAll(async () => {
  feed = await FeedFixture.open();
  await feed.add('Tool', '1.0', {
    description: '<script>alert(1)</script> & "more"',
    projectUrl: 'https://example.org/?a="b',
  });
  await feed.add('Tool', '2.0.0', { listed: false });
  for (let patch = 0; patch < 102; patch += 1) await feed.add('Many', `1.0.${patch}`, { file: 'shared' });
});
afterAll(() => feed.close());

async function page(path: string): Promise<string> {
  const answer = await feed.ask(path);
  expect(answer).toMatchObject({ kind: 'bytes', status: 200, contentType: 'text/html; charset=utf-8' });
  return answer.kind === 'bytes' ? answer.body.toString('utf8') : '';
}

describe('the page about a package', () => {
  it.each(['/packages/Tool/1.0', '/packages/TOOL/1.0.0.0', '/packages/tool'])(
    'is there in any case and for any form of the version: %s',
    async (path) => {
      expect(await page(path)).toContain('<h1>Tool 1.0.0</h1>');
    },
  );

  it('takes what an author wrote for text', async () => {
    const html = await page('/packages/tool/1.0.0');
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;more&quot;');
    expect(html).not.toContain('<script');
    expect(html).toContain('href="https://example.org/?a=&quot;b"');
  });

  it('runs nothing, and tells nobody where its readers come from', async () => {
    expect(await feed.ask('/packages/tool')).toMatchObject({
      headers: {
        'Content-Security-Policy': expect.stringContaining("default-src 'none'"),
        'Referrer-Policy': 'no-referrer',
      },
    });
  });

  it('shows an unlisted version to who names it, and says so', async () => {
    expect(await page('/packages/tool/2.0.0')).toContain('not listed');
    expect(await page('/packages/tool')).not.toContain('2.0.0');
  });

  it('names the newest 100 versions and links to each', async () => {
    const html = await page('/packages/many');
    expect(html).toContain(`href="${FEED_URL}/api/v3/packages/many/1.0.2"`);
    expect(html).not.toContain('/many/1.0.1"');
    expect(html).toContain('and 2 older ones');
  });

  it.each(['/packages/nobody', '/packages/tool/9.9.9'])('is 404 where there is none: %s', async (path) => {
    await expect(feed.ask(path)).rejects.toMatchObject({ code: 'FF_NO_SUCH_PACKAGE', status: 404 });
  });
});
