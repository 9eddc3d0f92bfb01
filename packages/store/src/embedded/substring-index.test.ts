import { describe, expect, it } from '@jest/globals';

import { substringExpression } from './substring-index.ts';

describe('a question for ids with a text', () => {
  const asked = (text: string): readonly string[] =>
    [...substringExpression(1, { kind: 'part', column: 'id', text }).matchAll(/"11i(.*?)"/g)].map(
      ([, token]) => token ?? '',
    );

  it('asks for as few pieces as hold all its characters: each is a read of all ids that have it', () => {
    expect(asked('abc')).toEqual(['abc']);
    expect(asked('abcd')).toEqual(['abc', 'bcd']);
    expect(asked('aaaa')).toEqual(['aaa']);
    expect(asked('x'.repeat(200))).toEqual(['xxxxxx']);
  });

  it('asks for long pieces, which few ids have, as soon as the text has one', () => {
    expect(asked('abcde')).toEqual(['abc', 'cde']);
    expect(asked('ABCDEF')).toEqual(['abcdef']);
    expect(asked('abcdefghijklmn')).toEqual(['abcdef', 'ghijkl', 'ijklmn']);
    expect(asked(Array.from({ length: 400 }, (_, index) => index).join(''))).toHaveLength(24);
  });
});
