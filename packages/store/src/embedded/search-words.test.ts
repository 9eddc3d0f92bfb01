import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { idParts, searchDocument, searchExpression, wordsOf } from './search-words.ts';

const texts = { title: '', tags: [], description: '', authors: '' };

describe('the words of the search', () => {
  it.each([
    ['Acme.FooBar2', ['acme', 'foo', 'foobar2', 'bar', 'bar2', '2']],
    ['HTTPServer', ['http', 'httpserver', 'server']],
    ['jQuery', ['j', 'jquery', 'query']],
    ['my-lib_core', ['my', 'lib', 'core']],
    ['', []],
  ])('of the id %s are its parts', (id, parts) => {
    expect([...idParts(id)].toSorted()).toEqual(parts.toSorted());
  });

  it('are letters and digits only, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const words = wordsOf(text);
        expect(words.every((word) => /^[\p{L}\p{N}\p{M}]+$/u.test(word))).toBe(true);
        expect(searchExpression(1, text)?.includes('""') ?? false).toBe(false);
      }),
    );
  });

  it('of one feed are never the beginning of those of another', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(100_000), (one, other) => {
        const word = (feedKey: number): string => searchDocument(feedKey, { id: 'abc', ...texts })[0];
        expect(one !== other && word(other).startsWith(word(one).replace('abc', ''))).toBe(false);
      }),
    );
  });

  it('are at most sixteen in a query', () => {
    expect(searchExpression(1, 'a b '.repeat(100))?.split(' AND ')).toHaveLength(16);
    expect(searchExpression(1, '"* ()')).toBeUndefined();
  });
});
