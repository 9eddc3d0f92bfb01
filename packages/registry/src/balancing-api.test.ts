/** Reroutes, quarantines, datacenters and the audit over HTTP. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_BALANCING } from '@feedfleet/registry-client';
import type { RegistryApi } from '@feedfleet/registry-client';

import { openRegistryUnderTest } from './registry-under-test.ts';
import type { RegistryUnderTest } from './registry-under-test.ts';

let registry: RegistryUnderTest;
let operator: RegistryApi;
beforeEach(async () => {
  registry = await openRegistryUnderTest();
  operator = registry.operator();
});
afterEach(() => registry.dispose());

const problem = (code: string, detail?: RegExp): unknown =>
  expect.objectContaining({ code, ...(detail === undefined ? {} : { detail: expect.stringMatching(detail) }) });

const tomorrow = (): string => new Date(Date.now() + 86_400_000).toISOString();

async function keyOf(name: string, feeds: 'all' | readonly string[]): Promise<RegistryApi> {
  const { secret } = await operator.keys.create({ name, feeds, scopes: ['manage'] });
  return registry.apiFor(secret);
}

describe('/api/reroutes', () => {
  it('sets, lists and ends a reroute, with who set it and when by the registry', async () => {
    const { feed } = await operator.feeds.create({ name: 'Team', aliases: ['crew'] });
    const until = tomorrow();
    const { reroute } = await operator.reroutes.put('r', {
      family: 'default',
      to: 'v2',
      feed: 'CREW',
      percent: 5,
      until,
    });
    expect(reroute).toMatchObject({ id: 'r', family: 'default', to: 'v2', feed: feed.id, percent: 5, until });
    expect(reroute).toMatchObject({ reason: '', actor: 'operator' });
    expect(Math.abs(Date.parse(reroute.createdAt) - Date.now())).toBeLessThan(60_000);
    await registry.restart();
    operator = registry.operator();
    expect(await operator.reroutes.list()).toEqual([reroute]);
    await operator.reroutes.delete('r');
    expect(await operator.reroutes.list()).toEqual([]);
    await expect(operator.reroutes.delete('r')).rejects.toEqual(problem('FF_NO_SUCH_ENTITY', /no reroute "r"/));
  });

  it('uses up no number when the same is said again by somebody else', async () => {
    const administrator = await keyOf('admin', 'all');
    const first = await administrator.reroutes.put('r', { family: 'default', to: 'v2' });
    const again = await operator.reroutes.put('r', { family: 'default', to: 'v2' });
    expect(again.reroute).toEqual(first.reroute);
    expect(again.change.number).toBe(first.change.number);
    const other = await operator.reroutes.put('r', { family: 'default', to: 'v3' });
    expect(other.reroute).toMatchObject({ to: 'v3', actor: 'operator' });
    expect(other.change.number).toBe(first.change.number + 1);
  });

  it.each<[string, object, string, RegExp]>([
    ['a family that is not there', { family: 'nope', to: 'v2' }, 'FF_CONFLICT', /no family nope/],
    ['a target that is not there', { family: 'v2', to: 'nope' }, 'FF_CONFLICT', /no family nope/],
    ['the family itself', { family: 'v2', to: 'v2' }, 'FF_CONFLICT', /itself/],
    ['a feed that is not there', { family: 'v2', to: 'v3', feed: 'nope' }, 'FF_NO_SUCH_FEED', /no feed "nope"/],
    ['a second one', { family: 'default', to: 'v3' }, 'FF_CONFLICT', /reroute first is for the same/],
    ['an end that is over', { family: 'v2', to: 'v3', until: '2020-01-01T00:00:00Z' }, 'FF_INVALID_REQUEST', /to come/],
    ['an end that is no instant', { family: 'v2', to: 'v3', until: '2h' }, 'FF_INVALID_REQUEST', /until/],
    ['no share', { family: 'v2', to: 'v3', percent: 0 }, 'FF_INVALID_REQUEST', /percent/],
  ])('refuses %s', async (_what, body, code, detail) => {
    await operator.reroutes.put('first', { family: 'default', to: 'v2' });
    await expect(operator.reroutes.put('r', body as never)).rejects.toEqual(problem(code, detail));
  });

  it('is for administrators only', async () => {
    await operator.feeds.create({ name: 'team' });
    const manager = await keyOf('team', ['team']);
    await expect(manager.reroutes.list()).rejects.toEqual(problem('FF_FORBIDDEN'));
    await expect(manager.reroutes.put('r', { family: 'default', to: 'v2' })).rejects.toEqual(problem('FF_FORBIDDEN'));
  });
});

describe('/api/quarantines', () => {
  it('keeps a feed apart, named by id, name or alias, until that is ended', async () => {
    const { feed } = await operator.feeds.create({ name: 'Team', aliases: ['crew'] });
    const { quarantine } = await operator.quarantines.put('crew', { reason: 'hogs v3' });
    expect(quarantine).toMatchObject({ id: feed.id, reason: 'hogs v3', until: null, actor: 'operator' });
    expect(await operator.quarantines.list()).toEqual([quarantine]);
    const again = await operator.quarantines.put(feed.id, { reason: 'hogs v3' });
    expect(again.quarantine).toEqual(quarantine);
    await operator.quarantines.delete('TEAM');
    expect(await operator.quarantines.list()).toEqual([]);
    await expect(operator.quarantines.delete('Team')).rejects.toEqual(problem('FF_NO_SUCH_ENTITY'));
    await expect(operator.quarantines.put('nope', {})).rejects.toEqual(problem('FF_NO_SUCH_FEED'));
  });

  it('ends with its feed', async () => {
    await operator.feeds.create({ name: 'team' });
    await operator.quarantines.put('team', {});
    await operator.reroutes.put('r', { family: 'v2', to: 'v3', feed: 'team' });
    await operator.feeds.delete('team');
    expect(await operator.quarantines.list()).toEqual([]);
    expect(await operator.reroutes.list()).toEqual([]);
  });
});

describe('/api/datacenters', () => {
  const url = 'http://127.0.0.1:5001';

  it('gives the writes to the first one, and keeps the order of position', async () => {
    const first = await operator.datacenters.put('west', { title: 'West' });
    expect(first.datacenter).toEqual({ id: 'west', title: 'West', position: 10, writes: true, epoch: 1 });
    const second = await operator.datacenters.put('east', {});
    expect(second.datacenter).toEqual({ id: 'east', title: '', position: 20, writes: false, epoch: 0 });
    await operator.datacenters.put('east', { position: 1 });
    await operator.datacenters.put('west', { title: 'Far west' });
    const ids = (await operator.datacenters.list()).map(({ id, title, writes }) => [id, title, writes]);
    expect(ids).toEqual([
      ['east', '', false],
      ['west', 'Far west', true],
    ]);
  });

  it('starts with the one in which the instances run, so that writes always have a place', async () => {
    await operator.instances.put('v2-1', { family: 'v2', url, datacenter: 'west' });
    await expect(operator.datacenters.put('east', {})).rejects.toEqual(problem('FF_CONFLICT', /expected west/));
    await operator.datacenters.put('west', {});
    await operator.datacenters.put('east', {});
    await expect(operator.datacenters.delete('west')).rejects.toEqual(problem('FF_CONFLICT', /has the writes/));
    await operator.datacenters.delete('east');
    await expect(operator.datacenters.delete('west')).rejects.toEqual(problem('FF_CONFLICT', /v2-1 runs there/));
  });

  it('are failed over in one change with a new epoch', async () => {
    await operator.datacenters.put('west', {});
    const { change } = await operator.datacenters.put('east', {});
    const moved = await operator.datacenters.failover({ to: 'east', expectEpoch: 1 });
    expect(moved.datacenter).toMatchObject({ id: 'east', writes: true, epoch: 2 });
    expect(moved.change.number).toBe(change.number + 1);
    expect(await operator.datacenters.list()).toMatchObject([
      { id: 'west', writes: false, epoch: 1 },
      { id: 'east', writes: true, epoch: 2 },
    ]);
    const again = await operator.datacenters.failover({ to: 'east' });
    expect(again).toEqual({ ...moved, change: expect.objectContaining({ number: moved.change.number }) as unknown });
    const back = await operator.datacenters.failover({ to: 'west' });
    expect(back.datacenter.epoch).toBe(3);
  });

  it('refuse a failover by somebody who has missed one, and one to nowhere', async () => {
    await operator.datacenters.put('west', {});
    await operator.datacenters.put('east', {});
    await operator.datacenters.failover({ to: 'east' });
    const late = operator.datacenters.failover({ to: 'west', expectEpoch: 1 });
    await expect(late).rejects.toEqual(problem('FF_CONFLICT', /expectEpoch: expected 2, got 1/));
    const nowhere = operator.datacenters.failover({ to: 'south' });
    await expect(nowhere).rejects.toEqual(problem('FF_NO_SUCH_ENTITY', /no datacenter "south"/));
  });
});

describe('PATCH /api/families/{id} and /api/instances/{id}', () => {
  it('change what they name, and leave the rest', async () => {
    const { family } = await operator.families.update('v3', { balancing: { policy: 'rendezvous', hedgeAfterMs: 50 } });
    const expected = { ...DEFAULT_BALANCING, policy: 'rendezvous', hedgeAfterMs: 50 };
    expect(family).toEqual({ id: 'v3', title: expect.any(String) as unknown, balancing: expected });
    await operator.families.update('v3', { balancing: { hedgeAfterMs: null } });
    const { family: named } = await operator.families.update('v3', { title: 'Third' });
    expect(named).toEqual({ id: 'v3', title: 'Third', balancing: { ...expected, hedgeAfterMs: null } });

    const url = 'http://127.0.0.1:5001';
    await operator.instances.put('v3-1', { family: 'v3', url, release: '1.0' });
    const { instance } = await operator.instances.update('v3-1', { state: 'draining', weight: 5 });
    expect(instance).toMatchObject({ url, release: '1.0', state: 'draining', weight: 5, pool: 'main' });
    await operator.instances.update('v3-1', { state: 'active' });
    expect(await operator.instances.list()).toEqual([{ ...instance, state: 'active' }]);
  });

  it('refuse what is not there, nothing at all, and what is not theirs to change', async () => {
    await expect(operator.families.update('nope', { title: '' })).rejects.toEqual(problem('FF_NO_SUCH_ENTITY'));
    await expect(operator.instances.update('nope', { weight: 1 })).rejects.toEqual(problem('FF_NO_SUCH_ENTITY'));
    await expect(operator.families.update('v3', {})).rejects.toEqual(problem('FF_INVALID_REQUEST', /at least one/));
    const url = { url: 'http://127.0.0.1:1' } as never;
    await expect(operator.instances.update('v3-1', url)).rejects.toEqual(problem('FF_INVALID_REQUEST', /url/));
    const itself = operator.families.update('v3', { balancing: { autoRerouteTo: 'v3' } });
    await expect(itself).rejects.toEqual(problem('FF_CONFLICT', /itself/));
  });
});

describe('GET /api/audit', () => {
  it('tells who changed what, and no secret', async () => {
    await operator.bootstrap({ feedName: 'main' });
    const administrator = await keyOf('admin', 'all');
    const { number: before } = await operator.audit();
    await administrator.reroutes.put('r', { family: 'default', to: 'v2', percent: 10, reason: 'default is slow' });
    await operator.reroutes.delete('r');
    const { number, entries } = await administrator.audit({ after: before });
    expect(number).toBe(before + 2);
    expect(entries).toMatchObject([
      {
        actor: expect.stringMatching(/^key /),
        summary: 'Reroute 10 % of default to v2: default is slow',
        entities: [{ entity: 'reroute', id: 'r', action: 'set' }],
      },
      { number, actor: 'operator', entities: [{ entity: 'reroute', id: 'r', action: 'delete' }] },
    ]);
    expect((await operator.audit({ limit: 1 })).entries).toEqual(entries.slice(1));
    const { keys } = await operator.snapshot();
    const all = JSON.stringify(await operator.audit({ after: 0, limit: 500 }));
    expect(keys.filter(({ hash }) => all.includes(hash))).toEqual([]);
  });

  it('is for administrators, and bounded', async () => {
    await operator.feeds.create({ name: 'team' });
    const manager = await keyOf('team', ['team']);
    await expect(manager.audit()).rejects.toEqual(problem('FF_FORBIDDEN'));
    await expect(operator.audit({ limit: 501 })).rejects.toEqual(problem('FF_INVALID_REQUEST', /limit/));
  });
});
