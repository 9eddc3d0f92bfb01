import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { comparePlaces, orderKeys, parseOrder } from './order.ts';
import type { OrderKeys } from './order.ts';
import { V2_PROPERTIES } from './package-property.ts';
import type { PackageRow } from './package-property.ts';
import { sampleMetadata, sampleRow } from './sample-package.ts';
import { TopRows } from './top-rows.ts';

const VIEWPOINT = { includeSemVer2: false };

function rowOf(number: number, downloads: number): PackageRow {
  return sampleRow(sampleMetadata(`P${number}`, '1.0.0'), { key: number, totalDownloads: downloads });
}

/** The first of the rows, however they came. */
function topOf(rows: readonly PackageRow[], count: number, order: string, after: OrderKeys | null = null) {
  const top = new TopRows(count, { terms: parseOrder(order, V2_PROPERTIES), viewpoint: VIEWPOINT, after });
  for (const row of rows) top.add(row);
  return top.rows();
}

const idsOf = (rows: readonly PackageRow[]): readonly string[] => rows.map(({ id }) => id);

describe('the first rows of an order', () => {
  const rows = [rowOf(3, 10), rowOf(1, 30), rowOf(2, 20), rowOf(4, 20)];

  it('are those, in that order, then in order of ids', () => {
    expect(idsOf(topOf(rows, 3, 'DownloadCount desc'))).toEqual(['P1', 'P2', 'P4']);
    expect(idsOf(topOf(rows, 9, 'DownloadCount'))).toEqual(['P3', 'P2', 'P4', 'P1']);
    expect(idsOf(topOf(rows, 2, ''))).toEqual(['P1', 'P2']);
    expect(topOf(rows, 0, '')).toEqual([]);
    expect(topOf([], 5, '')).toEqual([]);
  });

  it('are those behind a place', () => {
    const terms = parseOrder('DownloadCount desc', V2_PROPERTIES);
    const after = orderKeys(rowOf(2, 20), terms, VIEWPOINT);
    expect(idsOf(topOf(rows, 9, 'DownloadCount desc', after))).toEqual(['P4', 'P3']);
    const gone = orderKeys(rowOf(3, 20), terms, VIEWPOINT);
    expect(idsOf(topOf(rows, 9, 'DownloadCount desc', gone))).toEqual(['P4', 'P3']);
  });

  it('are the same as of a sorted list, however many come', () => {
    const orders = fc.constantFrom('', 'DownloadCount', 'DownloadCount desc', 'Id desc', 'DownloadCount desc,Id desc');
    const counts = fc.integer({ min: 0, max: 700 });
    const downloads = fc.array(fc.nat(20), { maxLength: 1500 });
    fc.assert(
      fc.property(downloads, counts, orders, (given, count, order) => {
        const many = given.map((each, index) => rowOf(index, each));
        const terms = parseOrder(order, V2_PROPERTIES);
        const place = (row: PackageRow) => orderKeys(row, terms, VIEWPOINT);
        const sorted = many.toSorted((left, right) => comparePlaces(place(left), place(right), terms));
        expect(idsOf(topOf(many, count, order))).toEqual(idsOf(sorted.slice(0, count)));
      }),
      { numRuns: 40 },
    );
  });
});
