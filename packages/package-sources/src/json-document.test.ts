import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { parseJson } from './json-document.ts';

const never = new AbortController().signal;
const parsed = (text: string): Promise<unknown> => parseJson(Buffer.from(text), never);

describe('parseJson', () => {
  it('reads what JSON.parse reads, however large', async () => {
    const filler = (length: number): string => `"\\[{,${'x'.repeat(length)}\\\\`;
    const large = fc.array(
      fc.record({
        text: fc.string({ unit: 'binary' }),
        size: fc.integer({ min: 0, max: 90_000 }),
        rest: fc.jsonValue(),
      }),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(large, fc.boolean(), async (rows, isNamed) => {
        const list = rows.map(({ text, size, rest }) => ({ text, filler: filler(size), rest, list: [[rest], [text]] }));
        const value = isNamed ? { a: 1, list, ' "b,': list.map((row) => row.filler) } : list;
        const text = JSON.stringify(value, null, isNamed ? 1 : undefined);
        expect(await parsed(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ['a list that ends in a comma', `["${'x'.repeat(70_000)}",]`],
    ['a list with nothing between commas', `["${'x'.repeat(70_000)}",,"${'y'.repeat(70_000)}"]`],
    ['the wrong bracket', `["${'x'.repeat(70_000)}"}`],
    ['brackets that cross', `[{"${'x'.repeat(70_000)}":[}]]`],
    ['a member without a name', `{"a":1,[${'1,'.repeat(70_000)}1]}`],
    ['an unfinished text', `["${'x'.repeat(70_000)}`],
    ['text behind the end', `["${'x'.repeat(70_000)}"] more`],
    ['nothing', ''],
    ['depth without end', '['.repeat(2_000_000)],
    ['depth that is closed again', `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`],
    ['more values than a document may have', `[${'{},'.repeat(500_000)}{}]`],
    ['blanks without end', `[1,${' '.repeat(2_000_000)}2]`],
    ['one text that is larger than a document may be', `["${'x'.repeat(2_000_000)}"]`],
  ])('refuses %s', async (_, text) => {
    await expect(parsed(text)).rejects.toMatchObject({ code: 'FF_SOURCE_MALFORMED' });
  });

  it('says so when a web page came instead', async () => {
    await expect(parsed(' <!DOCTYPE html><html></html>')).rejects.toMatchObject({
      detail: expect.stringContaining('web page') as unknown,
    });
  });

  it('lets others have their turn, and stops when nobody waits any more', async () => {
    const text = JSON.stringify(Array.from({ length: 200_000 }, (_, index) => ({ index, name: `name ${index}` })));
    let turns = 0;
    const others = setInterval(() => (turns += 1), 1);
    expect(await parsed(text)).toHaveLength(200_000);
    clearInterval(others);
    expect(turns).toBeGreaterThan(1);
    const left = new AbortController();
    const parsing = parseJson(Buffer.from(text), left.signal);
    left.abort(new Error('left'));
    await expect(parsing).rejects.toThrow('left');
  });

  it.each([
    ['commas', `[${'1,'.repeat(200_000)}1]`],
    ['brackets', `[${'[],'.repeat(130_000)}[]]`],
    ['texts', `[${'"",'.repeat(130_000)}""]`],
  ])('looks at the clock every few thousand bytes also in a document of %s', async (_, text) => {
    let looks = 0;
    const turns = {
      get isOver() {
        looks += 1;
        return false;
      },
      next: () => Promise.resolve(),
    };
    await parseJson(Buffer.from(text), never, turns);
    expect(looks).toBeGreaterThanOrEqual(Math.floor(text.length / 4096));
  });

  it('keeps members apart from what they are named after', async () => {
    const text = `{"__proto__":{"x":1},"a":"${'x'.repeat(70_000)}"}`;
    const value = (await parsed(text)) as object;
    expect([Object.keys(value), 'x' in value]).toEqual([['__proto__', 'a'], false]);
  });
});
