import { describe, expect, it } from '@jest/globals';
import type { Instance } from '@feedfleet/registry-client';
import fc from 'fast-check';

import { LeaseBook } from './lease-book.ts';
import { whoGoes } from './who-goes.ts';

const ids = (overdue: readonly { readonly id: string }[]): readonly string[] => overdue.map(({ id }) => id);

describe('the leases', () => {
  it('are over when nobody renewed them for their whole length', () => {
    const book = new LeaseBook();
    book.begin('a', { leaseMs: 1500, holder: 'run' });
    book.begin('b', { leaseMs: 1500, holder: 'run' });
    expect(book.elapse(1000)).toEqual([]);
    book.begin('b', { leaseMs: 1500, holder: 'run' });
    expect(ids(book.elapse(1000))).toEqual(['a']);
    book.end('a');
    expect(ids(book.elapse(1000))).toEqual(['b']);
  });

  it('outlive a registry that stood still, and a clock that jumps either way', () => {
    const book = new LeaseBook();
    book.begin('a', { leaseMs: 5000, holder: 'run' });
    expect(book.elapse(3_600_000)).toEqual([]);
    expect(book.elapse(-3_600_000)).toEqual([]);
    expect(ids(book.elapse(2000))).toEqual([]);
    expect(ids(book.elapse(1000))).toEqual(['a']);
  });

  it('have a grace where one was given', () => {
    const book = new LeaseBook();
    book.begin('a', { leaseMs: 1000, holder: undefined }, 3000);
    expect(book.elapse(2000)).toEqual([]);
    expect(ids(book.elapse(2000))).toEqual(['a']);
  });
});

const instance = (id: string, more: Partial<Instance> = {}): Instance => ({
  ...{
    id,
    family: 'v3',
    url: `http://${id}`,
    weight: 100,
    datacenter: 'main',
    state: 'active',
    pool: 'main',
    release: '',
  },
  ...more,
});
const three = ['a', 'b', 'c'].map((id) => instance(id));
const silent = (leases: number, ...names: readonly string[]) => names.map((id) => ({ id, leases }));

describe('instances whose lease is over', () => {
  it.each([
    ['go while most of the others are there', three, silent(0, 'a'), ['a']],
    ['stay while most of the others are silent too', three, silent(1, 'a', 'b'), []],
    ['go after long when somebody is left', three, silent(10, 'a', 'b'), ['a', 'b']],
    ['stay when nobody is left, for however long', three, silent(1000, 'a', 'b', 'c'), []],
    ['stay when they are the only one', [instance('a')], silent(1000, 'a'), []],
    ['count at their own place only', [...three, instance('d', { datacenter: 'west' })], silent(99, 'd'), []],
    ['count in their own family only', [...three, instance('d', { family: 'v2' })], silent(99, 'd'), []],
    ['count in their own pool only', [...three, instance('d', { pool: 'quarantine' })], silent(99, 'd'), []],
  ])('%s', (_what, instances, overdue, gone) => {
    expect(whoGoes(instances, overdue)).toEqual(gone);
  });

  it('never leave a family without an instance that it had', () => {
    const leases = fc.option(fc.double({ min: 0, max: 100, noNaN: true }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(leases, { minLength: 1, maxLength: 12 }), (states) => {
        const all = states.map((_, index) => instance(`i${index}`));
        const overdue = states.flatMap((each, index) =>
          each === undefined ? [] : [{ id: `i${index}`, leases: each }],
        );
        const gone = whoGoes(all, overdue);
        expect(gone.length).toBeLessThan(all.length);
        expect(ids(overdue)).toEqual(expect.arrayContaining([...gone]));
      }),
    );
  });
});
