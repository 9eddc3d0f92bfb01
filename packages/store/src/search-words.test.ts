import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { camelParts, documentWordsOf, idWords, wordsOf } from './search-words.ts';

describe('the words of the search', () => {
  it.each([
    ['Acme.FooBar2', ['acme', 'foo', 'bar', '2']],
    ['HTTPServer', ['http', 'server']],
    ['jQuery', ['j', 'query']],
    ['my-lib_core', ['my', 'lib', 'core']],
    ['', []],
  ])('of the id %s are its parts', (id, parts) => {
    expect(camelParts(id)).toEqual(parts);
  });

  it('are the same whether or not the id is a plain one', () => {
    const character = fc.constantFrom(...'a b z A B Z 0 1 9 . - _ ~'.split(' '), ' ');
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 100 }), (id) => {
        expect([...camelParts(id), 'e']).toEqual(camelParts(`${id}.\u00e9`));
      }),
    );
  });

  it('find an id by each part and all that follows it, and by first letters', () => {
    expect([...idWords('Ms.EntityFrameworkCore')].toSorted()).toEqual(
      [
        ...['ms', 'entity', 'framework', 'core'],
        ...['msentityframeworkcore', 'entityframeworkcore', 'frameworkcore'],
        ...['eframeworkcore', 'efcore', 'efc'],
      ].toSorted(),
    );
  });

  it('have no case, diacritics or width', () => {
    expect(wordsOf('\u00c9COLE \uff21\uff22 \u0130')).toEqual(['ecole', 'ab', 'i']);
  });

  it('are pairs of characters where no blank is between words', () => {
    expect(wordsOf('\u65e5\u672c\u8a9e.NET')).toEqual(['\u65e5\u672c', '\u672c\u8a9e', 'net']);
    expect(wordsOf('\u65e5')).toEqual(['\u65e5']);
    expect(documentWordsOf('\u65e5\u672c')).toEqual(['\u65e5', '\u672c', '\u65e5\u672c']);
  });

  it('are letters and digits only, and a text has all words that it is asked for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const words = wordsOf(text);
        expect(words.every((word) => /^[\p{L}\p{N}\p{M}]+$/u.test(word))).toBe(true);
        expect(words.filter((word) => !documentWordsOf(text).includes(word))).toEqual([]);
      }),
    );
  });

  it('of an id stay few', () => {
    expect(idWords('A1'.repeat(50)).length).toBeLessThan(200);
  });
});
