import { describe, expect, it } from '@jest/globals';
import { ProblemError } from '@feedfleet/problems';
import fc from 'fast-check';
import { orderKeys, parseOrder } from './order.ts';
import { V2_PROPERTIES } from './package-property.ts';
import { sampleMetadata, sampleRow } from './sample-package.ts';
import { parseSkipToken, skipTokenOf } from './skip-token.ts';

const VIEWPOINT = { includeSemVer2: false };
const terms = (order: string) => parseOrder(order, V2_PROPERTIES);
const row = sampleRow(sampleMetadata("O'Core", '1.0', { title: "It's", tags: ['a', 'b'] }), {
  totalDownloads: 12,
  listed: false,
});

describe('$skiptoken', () => {
  it.each([
    ['', "'O''Core','1.0.0'"],
    ['Id desc,Version', "'O''Core','1.0.0'"],
    ['DownloadCount desc', "12,'O''Core','1.0.0'"],
    ['Title,Id', "'It''s','O''Core','1.0.0'"],
    ['Listed,IsLatestVersion', "false,false,'O''Core','1.0.0'"],
    ['Created', "'2026-01-02T03:04:05.678Z','O''Core','1.0.0'"],
    ['Published desc,DownloadCount', "'1900-01-01T00:00:00',12,'O''Core','1.0.0'"],
  ])('of the order "%s" is %s', (order, token) => {
    expect(skipTokenOf(row, terms(order), VIEWPOINT)).toBe(token);
    expect(parseSkipToken(token, terms(order))).toEqual(orderKeys(row, terms(order), VIEWPOINT));
  });

  it('leads back to the place of any row in any order', () => {
    const names = [...V2_PROPERTIES.keys()];
    const order = fc
      .array(fc.tuple(fc.constantFrom(...names), fc.constantFrom('asc', 'desc')), { maxLength: 8 })
      .map((parts) => parts.map((part) => part.join(' ')).join(','));
    const text = fc.string({ maxLength: 20 }).filter((value) => !/[\x00-\x1f\x7f]/.test(value));
    fc.assert(
      fc.property(order, text, text, fc.nat(), fc.boolean(), (given, title, description, downloads, listed) => {
        const any = sampleRow(sampleMetadata('Core', '1.2.3-rc.4', { title, description }), { downloads, listed });
        const token = skipTokenOf(any, terms(given), VIEWPOINT);
        expect(parseSkipToken(token, terms(given))).toEqual(orderKeys(any, terms(given), VIEWPOINT));
      }),
    );
  });

  it.each([
    ['', "'Core'", '2 values'],
    ['', "'Core','1.0.0','x'", '2 values'],
    ['', "'Core' '1.0.0'", '2 values'],
    ['', "'Core','1.0.0',", '2 values'],
    ['', "1,'1.0.0'", "id and version: 'X','1.0.0'"],
    ['', "'Core','new'", "id and version: 'X','1.0.0'"],
    ['DownloadCount', "'Core','1.0.0'", '3 values'],
    ['DownloadCount', "'12','Core','1.0.0'", 'a value of type number'],
    ['Listed', "'true','Core','1.0.0'", 'a value of type flag'],
    ['Created', "12,'Core','1.0.0'", 'a value of type instant'],
    ['Title', "12,'Core','1.0.0'", 'a value of type text'],
  ])('in the order "%s" is not %s', (order, token, wanted) => {
    let problem: unknown;
    try {
      parseSkipToken(token, terms(order));
    } catch (error) {
      problem = error;
    }
    expect(problem).toBeInstanceOf(ProblemError);
    expect(problem).toMatchObject({ code: 'FF_INVALID_QUERY', detail: expect.stringContaining('$skiptoken') });
    expect((problem as ProblemError).detail).toContain(wanted);
  });
});
