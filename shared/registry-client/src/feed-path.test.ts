/** The feed's part of a URL path. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { parseFeedPath } from './feed-path.ts';

describe('/F/{feed}[/auth/{key}]', () => {
  it.each([
    ['/F/Tools', 'Tools', null, '/F/Tools', ''],
    ['/f/Tools/', 'Tools', null, '/f/Tools', '/'],
    ['/F/Tools/api/v2/Packages()?$top=1', 'Tools', null, '/F/Tools', '/api/v2/Packages()'],
    ['/F/Tools/AUTH/ff_k/api/v3/index.json', 'Tools', 'ff_k', '/F/Tools/AUTH/ff_k', '/api/v3/index.json'],
    ['/F/Tools/auth', 'Tools', null, '/F/Tools', '/auth'],
    ['/F/Tools/auth/', 'Tools', null, '/F/Tools', '/auth/'],
    ['/F/auth/auth/k', 'auth', 'k', '/F/auth/auth/k', ''],
    ['//F//Tools//api//v2//', 'Tools', null, '/F/Tools', '/api/v2/'],
    ['/%46/My%2DTools/api', 'My-Tools', null, '/%46/My%2DTools', '/api'],
    ['/F/a%zz/x', 'a%zz', null, '/F/a%zz', '/x'],
  ])('takes %s apart', (path, feedName, pathKey, feedPath, rest) => {
    expect(parseFeedPath(path)).toEqual({ feedName, pathKey, feedPath, rest });
  });

  it.each(['', '/', '/F', '/F/', 'F/Tools', '/x/Tools', '/F/..', '/F/%2e%2e/x', '/F?x=/F/Tools'])(
    'is not in %s',
    (path) => {
      expect(parseFeedPath(path)).toBeUndefined();
    },
  );

  it('gives back the whole path in two parts, whatever the path is', () => {
    const rest = fc.string({ unit: 'grapheme-ascii' }).map((each) => each.replaceAll(/[?/]+/g, '/'));
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/), rest, (name, after) => {
        const path = `/F/x${name}/${after}`.replaceAll(/\/{2,}/g, '/');
        const parsed = parseFeedPath(path);
        expect(`${parsed?.feedPath ?? ''}${parsed?.rest ?? ''}`).toBe(path);
      }),
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (path) => void parseFeedPath(path)));
  });
});
