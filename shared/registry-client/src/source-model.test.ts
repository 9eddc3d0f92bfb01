/** Package sources: what one looks like, and how the view finds them. */
import { describe, expect, it } from '@jest/globals';
import { DEFAULT_BALANCING } from './balancing-model.ts';
import fc from 'fast-check';

import { snapshotSchema } from './model.ts';
import type { Change, Operation, Snapshot } from './model.ts';
import { RegistryView } from './registry-view.ts';
import { sourceSchema } from './source-model.ts';
import type { Source } from './source-model.ts';

const at = '2030-01-01T00:00:00.000Z';
const beforeSources = {
  format: 1,
  fleetId: 'f',
  number: 0,
  feeds: [],
  keys: [],
  families: [],
  instances: [],
  routes: [],
};
const empty: Snapshot = snapshotSchema.parse(beforeSources);
const foreign = { kind: 'foreign', protocol: 'v3', url: 'https://packages.example/v3/index.json' };
const minimal = {
  id: 's',
  feed: 'f',
  name: 'up',
  position: 0,
  target: foreign,
  credential: null,
  loop: null,
  createdAt: at,
};

const sourceOf = (more: Partial<Source> & { readonly id: string }): Source =>
  sourceSchema.parse({ ...minimal, name: more.id, ...more });
const put = (value: Source): Operation => ({ entity: 'source', id: value.id, value });
const change = (number: number, ...operations: Operation[]): Change => ({
  number,
  at,
  actor: 'x',
  summary: 'x',
  operations,
});

describe('a package source', () => {
  it('has defaults for everything that says how it is asked', () => {
    expect(sourceSchema.parse(minimal)).toEqual({
      ...minimal,
      include: ['*'],
      exclude: [],
      prerelease: true,
      mode: 'proxy',
      required: true,
      enabled: true,
      timeoutMs: 10_000,
      freshMs: 60_000,
      staleMs: 604_800_000,
      allowPrivateAddresses: false,
    });
  });

  it.each([
    'ftp://packages.example/',
    '/v3/index.json',
    'https://user:word@packages.example/',
    'https://user@packages.example/',
    'https://packages.example/#part',
    'https://packages.example/#',
    `https://packages.example/${'x'.repeat(2000)}`,
  ])('has no URL such as %s', (url) => {
    expect(sourceSchema.safeParse({ ...minimal, target: { ...foreign, url } }).success).toBe(false);
  });

  it('holds no secret that is not sealed', () => {
    const credential = { kind: 'bearer', secret: 'clear text', fingerprint: '0'.repeat(64) };
    expect(sourceSchema.safeParse({ ...minimal, credential }).success).toBe(false);
  });
});

describe('package sources in the view', () => {
  it('are none in a snapshot that was written before there were any', () => {
    const view = RegistryView.of(empty);
    expect(view.sources).toEqual([]);
    expect(view.sourcesOf('f')).toEqual([]);
    expect(view.sourcesOf('f')).toBe(view.sourcesOf('g'));
  });

  it('stay the same list while other things change', () => {
    const first = RegistryView.of(empty).apply(change(1, put(sourceOf({ id: 'a' }))));
    const family: Operation = {
      entity: 'family',
      id: 'v2',
      value: { id: 'v2', title: '', balancing: DEFAULT_BALANCING },
    };
    const second = first.apply(change(2, family, put(sourceOf({ id: 'b', feed: 'other' }))));
    expect(second.sourcesOf('f')).toBe(first.sourcesOf('f'));
    const third = second.apply(change(3, put(sourceOf({ id: 'a', enabled: false }))));
    expect(third.sourcesOf('f')).toEqual([sourceOf({ id: 'a', enabled: false })]);
    expect(first.sourcesOf('f')).toEqual([sourceOf({ id: 'a' })]);
  });

  it('are in order of position and id, by changes as by snapshot, for any run of changes', () => {
    const step = fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      feed: fc.constantFrom('f', 'g'),
      position: fc.integer({ min: 0, max: 2 }),
      isDeleted: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const model = new Map<string, Source>();
        let view = RegistryView.of(empty);
        for (const { isDeleted, ...more } of steps) {
          if (isDeleted && !model.has(more.id)) continue;
          const value = isDeleted ? null : sourceOf(more);
          view = view.apply(change(view.number + 1, { entity: 'source', id: more.id, value }));
          if (value === null) model.delete(more.id);
          else model.set(more.id, value);
        }
        const inOrder = [...model.values()].sort((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1));
        const loaded = RegistryView.of(snapshotSchema.parse(view.toSnapshot()));
        for (const each of [view, loaded]) {
          for (const feed of ['f', 'g']) expect(each.sourcesOf(feed)).toEqual(inOrder.filter((s) => s.feed === feed));
          for (const id of ['a', 'b', 'c', 'd', 'e']) expect(each.sourceById(id)).toEqual(model.get(id));
        }
      }),
    );
  });
});
