/** How package sources fit together with the rest of the registry. */
import { describe, expect, it } from '@jest/globals';
import { DEFAULT_FEED_POLICY, RegistryView, sourceSchema } from '@feedfleet/registry-client';
import type { Feed, Operation, Source } from '@feedfleet/registry-client';

import { validateOperations } from './change-validation.ts';

const createdAt = '2030-01-01T00:00:00.000Z';
const feedOf = (id: string): Feed => ({
  ...{ id, name: id, aliases: [], visibility: 'public', owner: 'x', description: '', deletion: 'unlist' },
  ...{ maxPackageBytes: 1024, ...DEFAULT_FEED_POLICY, createdAt },
});
const url = 'https://packages.example/v3/index.json';
const foreign = { target: { kind: 'foreign', protocol: 'v3', url }, loop: { state: 'pending', checkedAt: null } };
const local = { target: { kind: 'feed', feed: 'b' }, loop: null };
const sourceOf = (more: object): Source =>
  sourceSchema.parse({
    ...{ id: 's', feed: 'a', name: 'up', position: 0 },
    ...{ credential: null, createdAt },
    ...more,
  });
const put = (more: object): Operation => {
  const value = sourceOf(more);
  return { entity: 'source', id: value.id, value };
};

function viewWith(sources: readonly Source[] = []): RegistryView {
  const none = { keys: [], families: [], instances: [], routes: [], reroutes: [], quarantines: [], datacenters: [] };
  const feeds = [feedOf('a'), feedOf('b')];
  return RegistryView.of({ format: 1, fleetId: 'f', number: 1, feeds, ...none, sources: [...sources] });
}

const conflict = (detail: RegExp): unknown =>
  expect.objectContaining({ code: 'FF_CONFLICT', detail: expect.stringMatching(detail) });

function faultOf(view: RegistryView, ...operations: readonly Operation[]): unknown {
  try {
    validateOperations(view, operations);
    return 'none';
  } catch (error) {
    return error;
  }
}

describe('a change of package sources', () => {
  it('takes a foreign source, another feed, and the feed itself', () => {
    const itself = { ...local, target: { kind: 'feed', feed: 'a' } };
    const operations = [put(foreign), put({ ...local, id: 't', name: 'b' }), put({ ...itself, id: 'u', name: 'self' })];
    expect(faultOf(viewWith(), ...operations)).toBe('none');
  });

  it.each<[string, object, RegExp]>([
    ['a feed that is not there', { ...foreign, feed: 'nope' }, /no feed nope/],
    ['a target that is not there', { ...local, target: { kind: 'feed', feed: 'nope' } }, /no feed nope/],
    ['a mirror of a feed of the fleet', { ...local, mode: 'mirror' }, /mode proxy/],
    ['addresses for a feed of the fleet', { ...local, allowPrivateAddresses: true }, /no addresses/],
    ['a loop state of a feed of the fleet', { ...local, loop: foreign.loop }, /no loop state/],
    ['a foreign source without a loop state', { ...foreign, loop: null }, /needs a loop state/],
  ])('refuses %s', (_what, more, detail) => {
    expect(faultOf(viewWith(), put(more))).toEqual(conflict(detail));
  });

  it('refuses a name that another source of the feed has, in any case', () => {
    const view = viewWith([sourceOf(foreign)]);
    expect(faultOf(view, put({ ...local, id: 't', name: 'UP' }))).toEqual(conflict(/"UP" belongs to the source s/));
    expect(faultOf(view, put({ ...local, id: 't', name: 'UP', feed: 'b' }))).toBe('none');
    expect(faultOf(view, put({ ...foreign, name: 'UP' }))).toBe('none');
  });

  it('refuses more than a hundred sources of one feed', () => {
    const sources = Array.from({ length: 99 }, (_, index) =>
      sourceOf({ ...foreign, id: `s${index}`, name: `n${index}` }),
    );
    const view = viewWith(sources);
    expect(faultOf(view, put(foreign))).toBe('none');
    const more = put({ ...foreign, id: 't', name: 't' });
    expect(faultOf(view, put(foreign), more)).toEqual(conflict(/has 100 sources/));
  });

  it('refuses the end of a feed that sources belong or lead to', () => {
    const view = viewWith([sourceOf(local)]);
    for (const id of ['a', 'b']) {
      expect(faultOf(view, { entity: 'feed', id, value: null })).toEqual(conflict(/source s belongs to/));
      const operations: Operation[] = [
        { entity: 'source', id: 's', value: null },
        { entity: 'feed', id, value: null },
      ];
      expect(faultOf(view, ...operations)).toBe('none');
    }
  });
});
