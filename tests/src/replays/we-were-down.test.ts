/** The day of the outage in a short form: the product holds the laws, and the control has the outage. */
import { beforeAll, describe, expect, it } from '@jest/globals';

import { lawsOf, outageOf } from './we-were-down/laws.ts';
import { runDay } from './we-were-down/run-day.ts';
import type { DayForm, DayResult } from './we-were-down/run-day.ts';

/** Limits that a machine with other things to do does not reach. */
const FORM: DayForm = {
  from: '20:50',
  hourMs: 500,
  warmUpMs: 200,
  isCounted: false,
  hasStorage: true,
  rates: { reads: 5, pushes: 2, readers: 6 },
  limits: { clientMs: 20_000, sourceMs: 2_000, probeMs: 4_000 },
};
/** One storage is enough for two processors. */
const CONTROL: DayForm = { ...FORM, hasStorage: false };
const START_MS = 120_000;

let product: DayResult;
let control: DayResult;

beforeAll(async () => {
  [product, control] = await Promise.all([runDay(FORM, 'product'), runDay(CONTROL, 'control')]);
}, START_MS);

describe('23 February 2013', () => {
  it('breaks no law', () => {
    expect(lawsOf(product, FORM, false).filter(({ outcome }) => outcome === 'broken')).toEqual([]);
  });

  it('has nothing said to be down on the status page but pushes', () => {
    expect(product.status.said.flatMap(({ down }) => down).filter((family) => family !== 'push')).toEqual([]);
  });

  it('is the outage that it was where nothing is kept', () => {
    expect(outageOf(control, CONTROL).filter(({ outcome }) => outcome !== 'held')).toEqual([]);
  });
});
