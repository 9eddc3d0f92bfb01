/** The day of the partial downtime in a short form: the product holds the laws, and the control has the outage. */
import { beforeAll, describe, expect, it } from '@jest/globals';

import { lawsOf, outageOf } from './partial-downtime/laws.ts';
import { runDay } from './partial-downtime/run-day.ts';
import type { DayForm, DayResult } from './partial-downtime/run-day.ts';

/** Limits that a machine with other things to do does not reach. */
const FORM: DayForm = {
  from: '14:45',
  hourMs: 900,
  warmUpMs: 300,
  isCounted: false,
  rates: { reads: 8, pushes: 2, pair: 4, ring: 2 },
  workers: 8,
  limits: { clientMs: 20_000, sourceMs: 4_000, probeMs: 4_000 },
};
/** Without the ten feeds, which take all of the processors: both runs have them at the same time. */
const CONTROL: DayForm = {
  ...FORM,
  rates: { ...FORM.rates, ring: 0 },
  limits: { ...FORM.limits, clientMs: 10_000, probeMs: 500 },
};
const START_MS = 120_000;

let product: DayResult;
let control: DayResult;

beforeAll(async () => {
  [product, control] = await Promise.all([runDay(FORM, 'product'), runDay(CONTROL, 'control')]);
}, START_MS);

describe('7 February 2013', () => {
  it('breaks no law', () => {
    const broken = lawsOf(product, FORM, false).filter(({ outcome }) => outcome === 'broken');
    expect(broken).toEqual([]);
  });

  it('has nothing said to be down on the status page', () => {
    expect(product.status.said.flatMap(({ down }) => down)).toEqual([]);
  });

  it('is the outage that it was where sources are asked as they were then', () => {
    const missing = outageOf(control, CONTROL).filter(({ outcome }) => outcome !== 'held');
    expect(missing).toEqual([]);
  });

  it('sends the clients of the default endpoint to v2 then', () => {
    const tips = control.status.said.flatMap(({ down, tips }) => (down.includes('default') ? tips : []));
    expect(tips.join('\n')).toMatch(/\/api\/v2/);
  });
});
