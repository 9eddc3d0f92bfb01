/** How reroutes, quarantines, datacenters and families' balancing fit together with the rest of the registry. */
import { describe, expect, it } from '@jest/globals';
import { DEFAULT_BALANCING, DEFAULT_FEED_POLICY, RegistryView } from '@feedfleet/registry-client';
import type { Feed, Operation, Snapshot } from '@feedfleet/registry-client';

import { validateOperations } from './change-validation.ts';

const at = '2030-01-01T00:00:00.000Z';
const feed: Feed = {
  ...{ id: 'a', name: 'a', aliases: [], visibility: 'public', owner: 'x', description: '', deletion: 'unlist' },
  ...{ maxPackageBytes: 1024, ...DEFAULT_FEED_POLICY, createdAt: at },
};
const family = (id: string, autoRerouteTo: string | null = null): Operation => {
  const value = { id, title: id, balancing: { ...DEFAULT_BALANCING, autoRerouteTo } };
  return { entity: 'family', id, value };
};
const reroute = (id: string, more: object = {}): Operation => {
  const fields = { id, family: 'v2', to: 'v3', feed: null, percent: 100, reason: '', until: null };
  return { entity: 'reroute', id, value: { ...fields, createdAt: at, actor: 'x', ...more } };
};
const quarantine = (id: string): Operation => {
  const value = { id, reason: '', until: null, createdAt: at, actor: 'x' };
  return { entity: 'quarantine', id, value };
};
const datacenter = (id: string, writes: boolean): Operation => {
  return { entity: 'datacenter', id, value: { id, title: '', position: 1, writes, epoch: 1 } };
};
const instance: Operation = {
  entity: 'instance',
  id: 'i',
  value: {
    ...{ id: 'i', family: 'v2', url: 'http://127.0.0.1:1', weight: 100, datacenter: 'west' },
    ...{ state: 'active', pool: 'main', release: '' },
  },
};
const end = (entity: 'feed' | 'family' | 'datacenter', id: string): Operation => ({ entity, id, value: null });

const empty: Snapshot = {
  ...{ format: 1, fleetId: 'f', number: 1, feeds: [feed], keys: [], families: [], instances: [], routes: [] },
  ...{ sources: [], reroutes: [], quarantines: [], datacenters: [] },
};
const families = [family('v2'), family('v3')];

function fault(...operations: readonly Operation[]): unknown {
  try {
    validateOperations(RegistryView.of(empty), [...families, ...operations]);
    return 'none';
  } catch (error) {
    return error;
  }
}

describe('a change of balancing', () => {
  it.each<[string, readonly Operation[]]>([
    ['a reroute of a family and one of a feed of it', [reroute('r'), reroute('s', { feed: 'a' })]],
    ['a reroute that takes the place of itself', [reroute('r'), reroute('r', { percent: 5 })]],
    ['a quarantine', [quarantine('a')]],
    ['an alternate for bad times', [family('v2', 'v3')]],
    ['writes that move in one change', [datacenter('west', true), datacenter('west', false), datacenter('east', true)]],
    ['the end of a datacenter without instances', [datacenter('west', true), end('datacenter', 'west')]],
  ])('takes %s', (_what, operations) => {
    expect(fault(...operations)).toBe('none');
  });

  it.each<[string, readonly Operation[], RegExp]>([
    ['a reroute of a family to itself', [reroute('r', { to: 'v2' })], /reroute r: a family .* itself/],
    ['a reroute of nothing', [reroute('r', { family: 'v9' })], /no family v9/],
    ['a reroute to nothing', [reroute('r', { to: 'v9' })], /no family v9/],
    ['a reroute for a feed that is not there', [reroute('r', { feed: 'b' })], /no feed b/],
    ['two reroutes for the same requests', [reroute('r'), reroute('s', { to: 'v3' })], /reroute r is for the same/],
    ['two for the same feed', [reroute('r', { feed: 'a' }), reroute('s', { feed: 'a' })], /reroute r is for the same/],
    ['a quarantine of nothing', [quarantine('b')], /no feed b/],
    ['a family that stands in for itself', [family('v2', 'v2')], /itself/],
    ['an alternate that is not there', [family('v2', 'v9')], /no family v9/],
    ['writes at two places', [datacenter('west', true), datacenter('east', true)], /west has the writes/],
    ['the end of a feed in quarantine', [quarantine('a'), end('feed', 'a')], /in quarantine/],
    ['the end of a feed with a reroute', [reroute('r', { feed: 'a' }), end('feed', 'a')], /reroute r is for/],
    ['the end of a family that is rerouted', [reroute('r'), end('family', 'v2')], /reroute r names it/],
    ['the end of a family that stands in', [reroute('r'), end('family', 'v3')], /reroute r names it/],
    ['the end of an alternate', [family('v2', 'v3'), end('family', 'v3')], /family v2 .* it/],
    ['the end of a place with instances', [datacenter('west', true), instance, end('datacenter', 'west')], /i runs/],
  ])('refuses %s', (_what, operations, detail) => {
    expect(fault(...operations)).toMatchObject({ code: 'FF_CONFLICT', detail: expect.stringMatching(detail) });
  });
});
