import { describe, expect, it } from '@jest/globals';

import { FeedTargets } from './feed-target.ts';

const ORIGIN = 'http://h';

describe('a URL', () => {
  it.each([
    ['/api/v3', '/F/Tools/api/v3/index.json?x=1', '/index.json'],
    ['/api/v3', '/F/Tools/API/V3', '/'],
    ['/api/v3', '/F/Tools/api/v3/', '/'],
    ['', '/F/Tools', '/'],
    ['', '/F/Tools/Packages()', '/Packages()'],
  ])('below the mount %j is taken apart: %s', (mount, url, path) => {
    const { feedName, pathKey, feedPath, path: below } = new FeedTargets([mount], '').of(url);
    expect([feedName, pathKey, feedPath, below]).toEqual(['Tools', null, '/F/Tools', path]);
  });

  it.each([
    ['/F/Tools/v1/x', '/v1', '/x'],
    ['/F/Tools/V1/feedservice.SVC', '/v1/FeedService.svc', '/'],
    ['/F/Tools/v1/FeedService.svc/x', '/v1/FeedService.svc', '/x'],
    ['/F/Tools/v1/FeedService.svcx', '/v1', '/FeedService.svcx'],
  ])('is below the longest of several mounts that fit: %s', (url, mount, path) => {
    expect(new FeedTargets(['/v1', '/v1/FeedService.svc'], '').of(url)).toMatchObject({ mount, path });
  });

  it.each(['/', '/x', '/F/Tools', '/F/Tools/api/v2/', '/F/Tools/api/v3x/', '/F/Tools/api/v'])(
    'outside of the mount is refused: %s',
    (url) => {
      const targets = new FeedTargets(['/api/v3'], '');
      const refused = expect.objectContaining({ code: 'FF_NO_SUCH_RESOURCE' });
      expect(() => targets.of(url)).toThrow(refused);
      expect(() => targets.of(url)).toThrow(refused);
    },
  );

  it('is remembered, however many others come, unless it is long', () => {
    const targets = new FeedTargets([''], '');
    const first = targets.of('/F/Tools/a');
    expect(targets.of('/F/Tools/a')).toBe(first);
    for (let count = 0; count < 5_000; count += 1) targets.of(`/F/Tools/${count}`);
    expect(targets.of('/F/Tools/a')).toEqual(first);
    const long = `/F/Tools/${'x'.repeat(600)}`;
    expect(targets.of(long)).not.toBe(targets.of(long));
  });
});

describe('the name of an answer', () => {
  it('is another one for each origin, encoding, variant and URL, in any order', () => {
    const targets = new FeedTargets([''], '');
    const [one, two] = [targets.of('/F/Tools/a'), targets.of('/F/Tools/a?b')];
    const ask = (): string[] => [
      one.answerKey(ORIGIN, false, ''),
      one.answerKey(ORIGIN, true, ''),
      one.answerKey(ORIGIN, true, 'json'),
      one.answerKey('http://other', true, ''),
      two.answerKey(ORIGIN, false, ''),
    ];
    const names = ask();
    expect(new Set(names).size).toBe(5);
    expect(ask()).toEqual(names);
  });
});
