import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseSearchText } from '../search-text.ts';
import { Connection } from './connection.ts';
import { migrations } from './schema.ts';
import { searchExpressions } from './search-expression.ts';
import { exactWord, feedMark } from './search-index.ts';
import { findMatches } from './search-matches.ts';
import { Turns } from './turns.ts';

const scope = { feedKey: 7, view: 3, packageType: 'DotnetTool' };
let database: Connection;
beforeAll(() => {
  database = new Connection({ path: ':memory:', busyTimeoutMs: 0, cacheKib: 1000 });
  migrations.forEach((migrate) => migrate(database));
});
afterAll(() => database.close());

describe('full-text queries', () => {
  it('look for beginnings in names and for whole words in texts', () => {
    const text = parseSearchText('json owner:acme');
    expect(text.kind === 'terms' && searchExpressions(text, { ...scope, packageType: null })).toEqual({
      names: '"000007json"* AND exact : ("000007=o=acme")',
      texts: '"000007json" AND exact : ("000007=o=acme")',
    });
  });

  it('are understood by the engine, whatever was typed', async () => {
    const piece = fc.constantFrom(
      '"',
      ':',
      ' ',
      'tags:',
      'packageid:',
      'version:',
      'id:',
      ' AND ',
      '*',
      '(',
      'NEAR(',
      '\u0000',
      'x-y',
    );
    const reader = { connection: database, turns: new Turns() };
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        async (typed) => {
          const text = parseSearchText(typed);
          const options = { ...scope, isVisible: true, limit: 10 };
          expect(text.kind === 'terms' ? (await findMatches(reader, text, options)).rows : []).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('mark the words of each feed with as many characters', () => {
    fc.assert(
      fc.property(fc.nat(36 ** 6 - 1), fc.nat(36 ** 6 - 1), (one, other) => {
        expect(feedMark(one)).toHaveLength(6);
        expect(feedMark(one) === feedMark(other)).toBe(one === other);
      }),
    );
  });

  it('compare whole values by words without separators', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(exactWord('o', value)).toMatch(/^=o=[\p{L}\p{N}.-]*$/u);
      }),
    );
    expect(exactWord('v0', '1.0.0-beta.1')).not.toBe(exactWord('v0', '1.0.0.beta.1'));
  });
});
