/** `statistics.json` of a feed, an id and a version. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { FeedFixture } from './feed-fixture.ts';
import { parseStatisticsPath } from './statistics.ts';

let feed: FeedFixture;
beforeEach(async () => {
  feed = await FeedFixture.open();
  await feed.add('Acme.A', '1.0.0');
  await feed.add('Acme.A', '2.0.0-beta');
  await feed.add('Other', '1.0.0');
  await feed.download('Acme.A', '1.0.0', 5);
  await feed.download('Other', '1.0.0', 2);
});
afterEach(() => feed.close());

const today = new Date().toISOString().slice(0, 10);

describe('statistics', () => {
  it('of a feed tell its contents, its quota, its downloads and its most downloaded ids', async () => {
    expect(await feed.json('/statistics.json?take=1')).toEqual({
      feed: 'Main',
      packages: 2,
      versions: 3,
      bytes: expect.any(Number) as unknown,
      downloads: 7,
      quota: { bytes: null, packages: null, versions: null },
      downloadsByDay: [{ day: today, downloads: 7 }],
      topPackages: [{ id: 'Acme.A', downloads: 5 }],
    });
  });

  it('of an id tell its versions, in any case and encoding', async () => {
    const found = await feed.json<{ readonly topVersions: readonly object[] }>('/Statistics/acme%2Ea.JSON');
    expect(found).toMatchObject({ id: 'Acme.A', versions: 2, downloads: 5, downloadsByDay: [{ downloads: 5 }] });
    expect(found.topVersions).toMatchObject([{ version: '1.0.0', downloads: 5 }, { version: '2.0.0-beta' }]);
  });

  it('of a version are found by any form of it', async () => {
    expect(await feed.json('/statistics/acme.a/1.0.json?days=3660')).toMatchObject({
      id: 'Acme.A',
      version: '1.0.0',
      downloads: 5,
      listed: true,
      downloadsByDay: [{ day: today, downloads: 5 }],
    });
  });

  it.each([
    ['/statistics/absent.json', 'FF_NO_SUCH_PACKAGE'],
    ['/statistics/acme.a/9.0.json', 'FF_NO_SUCH_PACKAGE'],
    ['/statistics.json?days=0', 'FF_INVALID_QUERY'],
    ['/statistics.json?days=3661', 'FF_INVALID_QUERY'],
    ['/statistics.json?take=1e3', 'FF_INVALID_QUERY'],
    ['/statistics/acme.a/1.0/more.json', 'FF_NO_SUCH_RESOURCE'],
    ['/statistics/acme.a/no-version.json', 'FF_NO_SUCH_RESOURCE'],
  ])('asked for as %s are refused with %s', async (path, code) => {
    await expect(feed.ask(path)).rejects.toMatchObject({ code });
  });

  it('are made anew for every request', async () => {
    expect(await feed.ask('/statistics.json')).toMatchObject({ keep: 'none' });
  });

  it.each(['/', '/index.json', '/statistics', '/statistics/%E0%A4%A.json'])('are not what %s asks for', (path) => {
    expect(parseStatisticsPath(path)).toBeUndefined();
  });
});
