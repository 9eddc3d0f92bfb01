import { describe, expect, it } from '@jest/globals';
import { parsePushTarget } from './push-target.ts';

describe('the path of a write', () => {
  it.each([
    ...['', '/', '/api/v2/', '/api/v3', '/api/v3/index.json/'].map((rest) => [rest, false] as const),
    ...[
      '/api/v2/package',
      '/API/V2/Package/',
      '/api/v1/',
      '/v1',
      '/api/v1/FeedService.svc',
      '/V1/FeedService.svc/',
    ].map((rest) => [rest, true] as const),
  ])('%j names the feed; that it takes a POST is %j', (rest, takesPost) => {
    expect(parsePushTarget(rest)).toEqual({ kind: 'feed', takesPost });
  });

  it.each(['/api/v2/symbolpackage', '/API/V2/SymbolPackage/', '/symbols/', '/symbols/api/v2/package/'])(
    '%j takes symbols',
    (rest) => {
      expect(parsePushTarget(rest)).toEqual({ kind: 'symbols' });
    },
  );

  it.each([
    ['/symbols/1.0', 'symbols', '1.0.0'],
    ['/api/v2/package/My.Lib/1.0', 'My.Lib', '1.0.0'],
    ['/api/v2/package/My.Lib/1.0.0/', 'My.Lib', '1.0.0'],
    ['/my.lib/01.2.0.0', 'my.lib', '1.2.0'],
    ['/api/v2/My.Lib/1.0.0-RC.1%2Bbuild', 'My.Lib', '1.0.0-RC.1'],
    ['/api/v3/index.json/My.Lib/1.0.0', 'My.Lib', '1.0.0'],
    ['/api/v1/My.Lib/1.0.0', 'My.Lib', '1.0.0'],
    ['/v1/FeedService.svc/My.Lib/1.0', 'My.Lib', '1.0.0'],
    ['/v1/My.Lib/1.0', 'My.Lib', '1.0.0'],
    ['/V1/1.0', 'V1', '1.0.0'],
    ['/api/v3/My.Lib/1.0.0+meta', 'My.Lib', '1.0.0'],
  ])('%j names a version', (rest, id, normalizedVersion) => {
    expect(parsePushTarget(rest)).toEqual({ kind: 'version', id, normalizedVersion });
  });

  it.each(['', '/api/v1', '/v1', '/v1/FeedService.svc', '/api/v2'])('may be one of v1, on the root %j', (root) => {
    expect(parsePushTarget(`${root}/PackageFiles/k%2B1/nupkg`)).toEqual({ kind: 'upload', key: 'k+1' });
    expect(parsePushTarget(`${root}/publishedpackages/publish/`)).toEqual({ kind: 'publication' });
    const version = { kind: 'keyedVersion', key: 'k1', id: 'My.Lib', normalizedVersion: '1.0.0' };
    expect(parsePushTarget(`${root}/Packages/k1/My.Lib/1.0`)).toEqual(version);
  });

  it.each([
    ['/api/v1/PackageFiles/k1/zip', 'FF_NO_SUCH_RESOURCE'],
    ['/api/v1/Packages/k1/A', 'FF_NO_SUCH_RESOURCE'],
    ['/api/v1/Packages/k1/A/latest', 'FF_NO_SUCH_PACKAGE'],
    ['/api/v1/PublishedPackages/Hide', 'FF_NO_SUCH_PACKAGE'],
    ['/api/v2/package/A', 'FF_NO_SUCH_RESOURCE'],
    ['/api/v2/package/A/1.0/x', 'FF_NO_SUCH_RESOURCE'],
    ['/api/v2/package/A/latest', 'FF_NO_SUCH_PACKAGE'],
    ['/api/v2/package/a%20b/1.0', 'FF_NO_SUCH_PACKAGE'],
    ['/api/v9', 'FF_NO_SUCH_PACKAGE'],
    ['/%E0%A4%A/1.0', 'FF_NO_SUCH_PACKAGE'],
  ])('%j names nothing', (rest, code) => {
    expect(() => parsePushTarget(rest)).toThrow(expect.objectContaining({ code }));
  });
});
