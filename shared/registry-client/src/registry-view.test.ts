/** The view: snapshot, changes, look-ups. */
import { describe, expect, it } from '@jest/globals';
import { DEFAULT_BALANCING } from './balancing-model.ts';
import { instanceSchema } from './model.ts';
import fc from 'fast-check';

import { DEFAULT_FEED_POLICY } from './model.ts';
import type { Change, Feed, Operation, Snapshot } from './model.ts';
import { applyChange, RegistryView } from './registry-view.ts';

const at = '2030-01-01T00:00:00.000Z';
const empty: Snapshot = {
  format: 1,
  fleetId: 'f',
  number: 0,
  feeds: [],
  keys: [],
  families: [],
  instances: [],
  routes: [],
  sources: [],
  reroutes: [],
  quarantines: [],
  datacenters: [],
};
const feed = (id: string, name: string, aliases: string[] = []): Feed => ({
  id,
  name,
  aliases,
  visibility: 'public',
  owner: 'x',
  description: '',
  deletion: 'unlist',
  maxPackageBytes: 1024,
  ...DEFAULT_FEED_POLICY,
  createdAt: at,
});
const change = (number: number, ...operations: Operation[]): Change => ({
  number,
  at,
  actor: 'x',
  summary: 'x',
  operations,
});
const put = (value: Feed): Operation => ({ entity: 'feed', id: value.id, value });
const remove = (id: string): Operation => ({ entity: 'feed', id, value: null });

describe('the view of the registry', () => {
  it('finds a feed by name and alias without case, and no more after it was renamed or deleted', () => {
    const first = RegistryView.of(empty).apply(change(1, put(feed('1', 'Tools', ['Old']))));
    expect(first.feedByName('tOOLS')?.id).toBe('1');
    expect(first.feedByName('old')?.id).toBe('1');
    const renamed = first.apply(change(2, put(feed('1', 'Old', ['New']))));
    expect(renamed.feedByName('tools')).toBeUndefined();
    expect(renamed.feedByName('NEW')?.name).toBe('Old');
    const deleted = renamed.apply(change(3, remove('1')));
    expect(deleted.feedByName('old')).toBeUndefined();
    expect(first.feedByName('tools')?.id).toBe('1');
  });

  it('lets a name move from one feed to another in one change', () => {
    const before = RegistryView.of({ ...empty, feeds: [feed('1', 'A'), feed('2', 'B')] });
    const after = before.apply(change(1, put(feed('1', 'C')), put(feed('2', 'A'))));
    expect(after.feedByName('a')?.id).toBe('2');
    expect(after.feedByName('b')).toBeUndefined();
  });

  it('refuses a change whose number does not follow, and one about what is not there', () => {
    const view = RegistryView.of(empty);
    expect(() => view.apply(change(2, put(feed('1', 'A'))))).toThrow(/does not follow 0/);
    expect(() => view.apply(change(1, remove('1')))).toThrow(/does not exist/);
    expect(() => view.apply(change(1, { entity: 'feed', id: '2', value: feed('1', 'A') }))).toThrow(/has the id 1/);
  });

  it('gives the same instances until something changes', () => {
    const instance = instanceSchema.parse({ id: 'v2-1', family: 'v2', url: 'http://127.0.0.1:1' });
    const view = RegistryView.of({
      ...empty,
      families: [{ id: 'v2', title: '', balancing: DEFAULT_BALANCING }],
      instances: [instance],
    });
    expect(view.instancesOf('v2')).toEqual([instance]);
    expect(view.instancesOf('v2')).toBe(view.instancesOf('v2'));
    expect(view.instancesOf('v3')).toEqual([]);
  });

  it('compiles routes anew when they change', () => {
    const route = { id: 'r', pattern: '/x', methods: null, family: 'v2' };
    const view = RegistryView.of(empty).apply(change(1, { entity: 'route', id: 'r', value: route }));
    expect(view.routeTable.match('GET', '/x').outcome).toBe('matched');
    const without = view.apply(change(2, { entity: 'route', id: 'r', value: null }));
    expect(without.routeTable.match('GET', '/x').outcome).toBe('absent');
  });

  it('is the same by changes, by snapshots and by look-up, for any run of changes', () => {
    const id = fc.integer({ min: 0, max: 60 }).map(String);
    const step = fc.record({ id, rename: fc.boolean(), isDeleted: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const model = new Map<string, Feed>();
        let view = RegistryView.of(empty);
        let snapshot = empty;
        for (const each of steps) {
          if (each.isDeleted && !model.has(each.id)) continue;
          const value = each.isDeleted ? null : feed(each.id, each.rename ? `other-${each.id}` : `name-${each.id}`);
          const next = change(view.number + 1, { entity: 'feed', id: each.id, value });
          view = view.apply(next);
          snapshot = applyChange(snapshot, next);
          if (value === null) model.delete(each.id);
          else model.set(each.id, value);
        }
        expect(view.toSnapshot()).toEqual(snapshot);
        expect(RegistryView.of(snapshot).toSnapshot()).toEqual(snapshot);
        expect(new Map(view.feeds.map((each) => [each.id, each]))).toEqual(model);
        for (const name of [...model.values()].map((each) => each.name)) {
          expect(view.feedByName(name)?.name).toBe(name);
        }
        const taken = new Set([...model.values()].map((each) => each.name));
        for (let index = 0; index <= 60; index += 1) {
          for (const name of [`name-${index}`, `other-${index}`]) {
            expect(view.feedByName(name) !== undefined).toBe(taken.has(name));
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('applies a thousand changes to ten thousand feeds without copying them all each time', () => {
    const feeds = Array.from({ length: 10_000 }, (_, index) => feed(`f${index}`, `n${index}`));
    const began = performance.now();
    let view = RegistryView.of({ ...empty, feeds });
    const started = performance.now();
    for (let number = 1; number <= 1000; number += 1) {
      view = view.apply(change(number, put({ ...feed(`f${number}`, `n${number}`), description: 'new' })));
    }
    // Copied each time they would take the time of a thousand.
    expect(performance.now() - started).toBeLessThan((started - began) * 50);
    expect(view.feedByName('n1000')?.description).toBe('new');
    expect(view.feedByName('n1001')?.description).toBe('');
  });
});
