import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { readAtomFeed } from './atom-feed.ts';
import { feedText } from './v2-gallery-fixture.ts';

const never = new AbortController().signal;

describe('readAtomFeed', () => {
  it('reads what was written, wherever the pieces of a large document are cut', async () => {
    const escaped = (text: string): string => text.replace(/[&<>\r]/g, (one) => `&#${one.charCodeAt(0)};`);
    const text = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((one) => !/[\x00-\x1f]/.test(one));
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { maxLength: 20 }),
        fc.integer({ min: 0, max: 20_000 }),
        async (texts, length) => {
          const filler = `<d:Filler>${'\u00e9'.repeat(length)}</d:Filler>`;
          const entries = texts.map(
            (one) =>
              `<entry><title>t</title><m:properties>${filler}<d:Text>${escaped(one)}</d:Text></m:properties></entry>`,
          );
          const feed = await readAtomFeed(
            Buffer.from(feedText(`<m:count>${texts.length}</m:count>${entries.join('')}`)),
            never,
          );
          expect([feed.count, feed.nextUrl]).toEqual([texts.length, undefined]);
          expect(feed.entries.map(({ properties }) => properties.get('Text'))).toEqual(texts);
          expect(feed.entries.every(({ properties }) => properties.get('Filler')?.length === length)).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('reads names whatever their prefixes, CDATA, null, and UTF-16', async () => {
    const text =
      '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:title>A</a:title><a:content src="http://x/f"/>' +
      '<x:properties><y:Id><![CDATA[<A>]]></y:Id><y:No x:null="true"/><y:Empty/></x:properties></a:entry><a:link rel="next" href="?p=2"/></a:feed>';
    for (const bytes of [Buffer.from(text), Buffer.from(`\ufeff${text}`, 'utf16le')]) {
      const feed = await readAtomFeed(bytes, never);
      expect(feed).toMatchObject({ nextUrl: '?p=2', entries: [{ title: 'A', contentUrl: 'http://x/f' }] });
      expect([...(feed.entries[0]?.properties ?? [])]).toEqual([
        ['Id', '<A>'],
        ['Empty', ''],
      ]);
    }
  });

  it.each([
    ['attributes', `<entry ${Array.from({ length: 101 }, (_, at) => `a${at}=""`).join(' ')}/>`],
    [
      'properties',
      `<entry><p:properties>${Array.from({ length: 501 }, (_, at) => `<d:a${at}/>`).join('')}</p:properties></entry>`,
    ],
  ])('refuses %s without measure', async (words, entry) => {
    const reading = readAtomFeed(Buffer.from(`<feed>${entry}</feed>`), never);
    await expect(reading).rejects.toMatchObject({
      code: 'FF_SOURCE_MALFORMED',
      detail: expect.stringContaining(words) as unknown,
    });
  });

  it('lets others have their turn', async () => {
    const entry = `<entry><m:properties><d:Description>${'word '.repeat(200)}</d:Description></m:properties></entry>`;
    const bytes = Buffer.from(feedText(entry.repeat(9000)));
    let turns = 0;
    const others = setInterval(() => (turns += 1), 1);
    expect((await readAtomFeed(bytes, never)).entries).toHaveLength(9000);
    clearInterval(others);
    expect(turns).toBeGreaterThan(1);
  });
});
