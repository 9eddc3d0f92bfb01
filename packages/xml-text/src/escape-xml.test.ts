import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseStringPromise } from 'xml2js';
import { escapeXml } from './index.ts';

describe('text in XML', () => {
  it('drops what no parser takes', () => {
    expect(escapeXml('a\u0000\u0001\u001f\ufffe\uffffb\ud800c')).toBe('abc');
  });

  it('is read back as it was, in elements and in attributes', async () => {
    const legal = fc
      .string({ unit: 'binary' })
      .map((text) => text.replace(/[\u0000-\u001f\ufffe\uffff]|\p{Cs}/gu, '\r'));
    await fc.assert(
      fc.asyncProperty(legal, async (text) => {
        const parsed: unknown = await parseStringPromise(`<a b="${escapeXml(text)}">|${escapeXml(text)}|</a>`);
        expect(parsed).toEqual({ a: { _: `|${text}|`, $: { b: text } } });
      }),
    );
  });
});
