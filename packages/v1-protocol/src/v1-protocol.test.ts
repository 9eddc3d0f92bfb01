import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BASE_URL, SampleFeed } from './sample-feed.ts';

let feed: SampleFeed;

beforeAll(async () => {
  feed = await SampleFeed.open();
  await feed.push('Core', '1.0');
  await feed.push('Core', '2.0.0-beta1');
  await feed.push('Core', '3.0.0+build.5');
});

afterAll(() => feed.close());

describe('the root of v1', () => {
  it('is a service document that everybody may read and nobody keeps', async () => {
    const { text, contentType, keep } = await feed.document('/');
    expect(contentType).toBe('application/xml;charset=utf-8');
    expect(text).toContain(`xml:base="${BASE_URL}/"`);
    expect(text).toContain('<collection href="Packages">');
    expect(keep).toBe('none');
  });
});

describe('a download', () => {
  it.each([
    '/package/Core/1.0',
    '/package/core/1.0.0.0',
    '/Package/Download/Core/1.0.0',
    '/package/download/CORE/1.0/',
  ])('is the file of the version: %s', async (url) => {
    expect(await feed.answer(url)).toMatchObject({ contentType: 'application/zip', fileName: 'Core.1.0.0.nupkg' });
    expect(await feed.file(url)).toBe('Core 1.0');
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
  it.each(['/package', '/package/Core', '/package/Core/1.0/x', '/GetUpdates()', '/package-ids', '/x'])(
    'is no resource: %s',
    async (url) => {
      const { code, detail } = await feed.problem(url);
      expect(code).toBe('FF_NO_SUCH_RESOURCE');
      expect(detail).toContain('/package/{id}/{version}');
    },
  );
});
