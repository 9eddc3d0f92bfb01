import { describe, expect, it } from '@jest/globals';

import { substringExpression } from './substring-index.ts';

describe('a question for ids with a text', () => {
  it('asks for as few trigrams as hold all its characters: each is a read of all ids that have it', () => {
    const asked = (text: string): readonly string[] =>
      [...substringExpression(1, { kind: 'part', column: 'id', text }).matchAll(/"11i(.*?)"/g)].map(
        ([, token]) => token ?? '',
      );
    expect(asked('abc')).toEqual(['abc']);
    expect(asked('abcd')).toEqual(['abc', 'bcd']);
    expect(asked('ABCDEFGHIJ')).toEqual(['abc', 'def', 'ghi', 'hij']);
    expect(asked('x'.repeat(200))).toEqual(['xxx']);
  });
});
