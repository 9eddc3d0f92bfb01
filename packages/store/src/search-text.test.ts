import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseSearchText } from './search-text.ts';
import type { SearchTerms } from './search-text.ts';

const said = (rest: Partial<SearchTerms>): SearchTerms => ({
  kind: 'terms',
  terms: [],
  packageIds: [],
  versions: [],
  owners: [],
  ...rest,
});
const term = (words: string, field: string | null = null, isPhrase = false): unknown => ({
  field,
  words: words.split(' '),
  isPhrase,
});

describe('the text of a search', () => {
  it.each([
    ['Newtonsoft.Json', [term('newtonsoft json')]],
    ['json  fast', [term('json'), term('fast')]],
    ['"fast json" x', [term('fast json', null, true), term('x')]],
    ['"fast json', [term('fast json', null, true)]],
    ['id:json', [term('json', 'id')]],
    ['ID: Json.Net', [term('json net', 'id')]],
    ['tag:PSModule tag:Azure', [term('psmodule', 'tags'), term('azure', 'tags')]],
    ['tags:"a b"', [term('a b', 'tags')]],
    ['author:"Jane Doe" authors:x', [term('jane doe', 'authors', true), term('x', 'authors')]],
    ['title:t description:d summary:s', [term('t', 'title'), term('d', 'description'), term('s', 'summary')]],
    ['unknown:json', [term('unknown'), term('json')]],
    ['http://acme.example', [term('http'), term('acme example')]],
    ['tags:', [term('tags')]],
    ['tags: id:x', [term('tags'), term('x', 'id')]],
    ['a AND (b OR c*) NOT ^d', [term('a'), term('and'), term('b'), term('or'), term('c'), term('not'), term('d')]],
  ])('%s', (text, terms) => {
    expect(parseSearchText(text)).toEqual(said({ terms: terms as SearchTerms['terms'] }));
  });

  it('names whole ids, versions and owners', () => {
    expect(parseSearchText('packageid:Acme.Core PackageId:"b" version:1.0 version:x owner:"Acme Corp."')).toEqual(
      said({ packageIds: ['acme.core', 'b'], versions: ['1.0.0', 'x'], owners: ['acmecorp'] }),
    );
  });

  it('may be empty, or have no word', () => {
    expect(parseSearchText(' \t')).toEqual({ kind: 'everything' });
    for (const text of ['***', '"', '""', ': :', 'tags:"+"'])
      expect(parseSearchText(text)).toEqual({ kind: 'nothing' });
  });

  it('has at most sixteen words, whatever is typed', () => {
    const piece = fc.constantFrom(
      '"',
      ':',
      ' ',
      'tags',
      'packageid',
      'version',
      'owner',
      'id',
      'AND',
      '*',
      '(',
      '\u0000',
      'Ab1',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        (text) => {
          const parsed = parseSearchText(text);
          if (parsed.kind !== 'terms') return;
          const words = [...parsed.terms.flatMap((each) => each.words), ...parsed.owners];
          expect(words.every((word) => /^[\p{L}\p{N}\p{M}]+$/u.test(word))).toBe(true);
          expect(words.length + parsed.versions.length + parsed.packageIds.length).toBeLessThanOrEqual(16);
        },
      ),
    );
    expect(parseSearchText('a b '.repeat(1000))).toMatchObject({ terms: { length: 16 } });
  });
});
