import { describe, expect, it } from '@jest/globals';

import { allowsRange, matchesNone, revisionTag } from './entity-tag.ts';

const tag = revisionTag({ feedId: 'f1', revision: 42, format: '1', variant: '', encoding: 'identity' });

describe('If-None-Match', () => {
  it.each([tag, '*', ' * ', `"other", ${tag}`, tag.slice(2), `"a","b" , ${tag.slice(2)}`])('is met by %s', (header) => {
    expect(matchesNone(header, tag)).toBe(true);
  });

  it.each([undefined, '', '"other"', `${tag}x`, `W/W/${tag}`, '"*"'])('is not met by %s', (header) => {
    expect(matchesNone(header, tag)).toBe(false);
  });
});

describe('ETag', () => {
  it('tells feeds, revisions, formats, variants and encodings apart', () => {
    const base = { feedId: 'f1', revision: 42, format: '1', variant: '', encoding: 'identity' } as const;
    const tags = [
      base,
      { ...base, feedId: 'f2' },
      { ...base, revision: 43 },
      { ...base, format: '2' },
      { ...base, variant: 'json' },
      { ...base, encoding: 'gzip' as const },
      { ...base, entity: '16' },
    ].map(revisionTag);
    expect(new Set(tags).size).toBe(7);
    const [first, second] = [42, 43].map((revision) => revisionTag({ ...base, revision, entity: 'e' }));
    expect(first).toBe(second);
    expect(tags.every((text) => /^W\/"[\x21\x23-\x7e]+"$/.test(text))).toBe(true);
  });
});

describe('If-Range', () => {
  it('lets a range pass with the same strong tag only', () => {
    expect([undefined, '"abc"', ' "abc" '].map((header) => allowsRange(header, '"abc"'))).toEqual([true, true, true]);
    const others = ['W/"abc"', '"abd"', 'Sun, 22 Nov 2026 00:00:00 GMT'];
    expect(others.map((header) => allowsRange(header, '"abc"'))).toEqual([false, false, false]);
  });
});
