import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BalancerApi, feedSchema, readWritesGrant } from '@feedfleet/registry-client';
import type { Operation, Override, Quarantine, Reroute, RegistryView } from '@feedfleet/registry-client';
import { Cleanup, listen } from '../conformance/sockets.ts';
import { instanceAt, viewOf } from '../fake-fleet.ts';
import { AdminAccess } from './admin-access.ts';
import { createAdminHandler } from './admin-handler.ts';
import { FleetOverlay } from './fleet-overlay.ts';
import { GrantedWrites } from './granted-writes.ts';
import { OverrideFile } from './override-file.ts';
import { Overrides } from './overrides.ts';

const AT = '2030-01-01T00:00:00.000Z';
const TOKEN = 'operator-token-of-the-fleet';

let cleanup: Cleanup;
let folder: string;
let now: number;
let base: RegistryView;
let audited: string[];
let grantsWrites: boolean;
let automatic: readonly Reroute[];
let quarantines: readonly Quarantine[];

function changed(view: RegistryView, ...operations: Operation[]): RegistryView {
  return view.apply({ number: view.number + 1, at: AT, actor: '', summary: '', operations });
}

const feed = feedSchema.parse({
  ...{ id: 'f1', name: 'Tools', aliases: [], visibility: 'public', owner: 'o', description: '', deletion: 'unlist' },
  ...{ maxPackageBytes: 1024, createdAt: AT },
});
const reroute = {
  ...{ id: 'default', family: 'default', to: 'v3', feed: null, percent: 100, reason: '', until: null },
  ...{ createdAt: AT, actor: 'somebody' },
};
const datacenter = (id: string, position: number, writes: boolean, epoch: number) => ({
  id,
  title: '',
  position,
  writes,
  epoch,
});

interface Opened {
  readonly overrides: Overrides;
  readonly overlay: FleetOverlay;
}

async function open(): Promise<Opened> {
  const log = {
    warn: (message: string, fields = {}) => void audited.push(`${message} ${JSON.stringify(fields)}`),
    error: (message: string) => void audited.push(message),
  };
  const file = new OverrideFile(path.join(folder, 'overrides', 'balancer-1.json'));
  const overrides = await Overrides.open({ file, log, wallClock: () => now });
  return {
    overrides,
    overlay: new FleetOverlay({
      overrides,
      automatic: () => automatic,
      quarantines: () => quarantines,
      wallClock: () => now,
    }),
  };
}

async function serve({ overrides, overlay }: Opened, token = TOKEN): Promise<BalancerApi> {
  return new BalancerApi({ url: await listening({ overrides, overlay }), token });
}

async function listening({ overrides, overlay }: Opened): Promise<string> {
  const views = { registry: () => base, fleet: () => overlay.over(base) };
  const log = { warn: (message: string, fields = {}) => void audited.push(`${message} ${JSON.stringify(fields)}`) };
  const options = { access: new AdminAccess(TOKEN), overrides, grantsWrites, ...views, log, wallClock: () => now };
  const handler = createAdminHandler({ ...options, state: () => ({}) });
  return `http://127.0.0.1:${await listen(createServer(handler), cleanup)}`;
}

beforeEach(async () => {
  cleanup = new Cleanup();
  folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-steering-'));
  now = Date.parse(AT);
  audited = [];
  grantsWrites = true;
  [automatic, quarantines] = [[], []];
  base = changed(
    viewOf([instanceAt('default-1', 'default', 5001), instanceAt('v2-1', 'v2', 5002)]),
    { entity: 'feed', id: 'f1', value: feed },
    { entity: 'datacenter', id: 'here', value: datacenter('here', 0, true, 4) },
    { entity: 'datacenter', id: 'there', value: datacenter('there', 1, false, 2) },
  );
});
afterEach(async () => {
  cleanup.run();
  await rm(folder, { recursive: true, force: true });
});

async function set(opened: Opened, entity: Override['entity'], id: string, value: unknown): Promise<void> {
  const api = await serve(opened);
  await api.override({ entity, id }, { value, actor: 'ann' });
}

describe('an override', () => {
  it('of a reroute takes the place of the registry\u2019s one for the same requests, and gives it back when it is cleared', async () => {
    base = changed(base, { entity: 'reroute', id: 'default', value: reroute });
    const opened = await open();
    await set(opened, 'reroute', 'mine', { family: 'default', to: 'v2', reason: 'v3 is slow' });
    const shown = { id: 'mine', to: 'v2', feed: null, percent: 100, actor: 'ann', until: null, createdAt: AT };
    expect(opened.overlay.over(base).reroutes).toMatchObject([shown]);
    expect(await (await serve(opened)).clear({ entity: 'reroute', id: 'mine' }, 'ann')).toBe(true);
    expect(opened.overlay.over(base)).toBe(base);
  });

  it('of a reroute for a feed names it by any name, and lies beside the one for all', async () => {
    base = changed(base, { entity: 'reroute', id: 'default', value: reroute });
    const opened = await open();
    await set(opened, 'reroute', 'mine', { family: 'default', to: 'v2', feed: 'tools' });
    expect(opened.overlay.over(base).reroutes).toMatchObject([{ id: 'default' }, { id: 'mine', feed: 'f1' }]);
  });

  it('without a value takes away what the registry has, and not what it says later', async () => {
    base = changed(base, { entity: 'reroute', id: 'default', value: reroute });
    const opened = await open();
    await set(opened, 'reroute', 'default', null);
    expect(opened.overlay.over(base).reroutes).toEqual([]);
    const later = { ...reroute, createdAt: '2030-01-01T00:00:01.000Z' };
    base = changed(base, { entity: 'reroute', id: 'default', value: later });
    expect(opened.overlay.over(base).reroutes).toEqual([later]);
  });

  it('ends by itself, and what it lay over is there again', async () => {
    base = changed(base, { entity: 'reroute', id: 'default', value: reroute });
    const opened = await open();
    await set(opened, 'reroute', 'mine', { family: 'default', to: 'v2', until: '2030-01-01T00:00:10.000Z' });
    expect(opened.overlay.over(base).reroutes).toMatchObject([{ to: 'v2' }]);
    now += 10_000;
    expect(opened.overlay.over(base).reroutes).toMatchObject([{ to: 'v3' }]);
  });

  it('of an instance changes its state and weight alone, whatever the registry says of the rest', async () => {
    const opened = await open();
    await set(opened, 'instance', 'v2-1', { state: 'draining' });
    base = changed(base, { entity: 'instance', id: 'v2-1', value: instanceAt('v2-1', 'v2', 6002) });
    const instance = opened.overlay.over(base).instanceById('v2-1');
    expect(instance).toMatchObject({ state: 'draining', weight: 100, url: 'http://127.0.0.1:6002' });
    base = changed(base, { entity: 'instance', id: 'v2-1', value: null });
    expect(opened.overlay.over(base).instancesOf('v2')).toEqual([]);
  });

  it('of an instance adds to the one before it: a drained one keeps draining when it is given a weight', async () => {
    const opened = await open();
    await set(opened, 'instance', 'v2-1', { state: 'draining' });
    await set(opened, 'instance', 'v2-1', { weight: 50 });
    expect(opened.overlay.over(base).instanceById('v2-1')).toMatchObject({ state: 'draining', weight: 50 });
    await set(opened, 'instance', 'v2-1', { state: 'active' });
    expect(opened.overlay.over(base).instanceById('v2-1')).toMatchObject({ state: 'active', weight: 50 });
  });

  it('of an instance that says what the registry says is none, and what the registry says next holds', async () => {
    const opened = await open();
    await set(opened, 'instance', 'v2-1', { state: 'draining' });
    await set(opened, 'instance', 'v2-1', { state: 'active' });
    expect(opened.overrides.all).toEqual([]);
    const drained = { ...instanceAt('v2-1', 'v2', 5002), state: 'draining' as const };
    base = changed(base, { entity: 'instance', id: 'v2-1', value: drained });
    expect(opened.overlay.over(base).instanceById('v2-1')?.state).toBe('draining');
  });

  it('of a datacenter gives it the writes by an epoch far ahead of any, until the registry has a newer one', async () => {
    const opened = await open();
    const places = () => opened.overlay.over(base).datacenters.map(({ id, writes, epoch }) => [id, writes, epoch]);
    await set(opened, 'datacenter', 'there', { writes: true });
    const moved = [
      ['here', false, 4],
      ['there', true, 1000],
    ];
    expect(places()).toEqual(moved);
    base = changed(base, { entity: 'datacenter', id: 'here', value: datacenter('here', 0, true, 5) });
    expect(places()).toEqual([['here', false, 5], moved[1]]);
    base = changed(base, { entity: 'datacenter', id: 'here', value: datacenter('here', 0, true, 1001) });
    expect(places()).toEqual([
      ['here', true, 1001],
      ['there', false, 2],
    ]);
  });

  it('of a datacenter takes the place of the one before, and is refused with an epoch that is not newer', async () => {
    const opened = await open();
    await set(opened, 'datacenter', 'there', { writes: true, epoch: 3000 });
    await set(opened, 'datacenter', 'here', { writes: true });
    expect(opened.overrides.all.map(({ id, value }) => [id, value])).toEqual([['here', { writes: true, epoch: 4000 }]]);
    await expect(set(opened, 'datacenter', 'there', { writes: true, epoch: 4000 })).rejects.toMatchObject({
      detail: expect.stringContaining('newer than 4000'),
    });
  });

  it('of a datacenter is told in words that only the fleet can sign, and refused where nobody would believe it', async () => {
    const opened = await open();
    const key = Buffer.alloc(32, 1);
    const granted = new GrantedWrites(opened.overrides, key);
    expect(granted.header()).toBeUndefined();
    await set(opened, 'datacenter', 'there', { writes: true });
    expect(readWritesGrant(key, granted.header() ?? '')).toEqual({ datacenter: 'there', epoch: 1000 });
    expect(readWritesGrant(Buffer.alloc(32, 2), granted.header() ?? '')).toBeUndefined();
    grantsWrites = false;
    await expect(set(opened, 'datacenter', 'here', { writes: true })).rejects.toMatchObject({ code: 'FF_CONFLICT' });
  });

  it('of a quarantine names the feed by its id', async () => {
    const opened = await open();
    await set(opened, 'quarantine', 'Tools', { reason: 'hog' });
    expect(opened.overlay.over(base).quarantineOf('f1')).toMatchObject({ reason: 'hog', actor: 'ann' });
  });

  it('takes away what the balancer has decided on itself, until it decides so again', async () => {
    const found = { createdAt: AT, actor: 'balancer' };
    automatic = [{ ...reroute, ...found, id: 'automatic-default' }];
    quarantines = [{ id: 'f1', reason: 'deaths', until: null, ...found }];
    const opened = await open();
    expect(opened.overlay.over(base).reroutes).toHaveLength(1);
    await set(opened, 'reroute', 'automatic-default', null);
    await set(opened, 'quarantine', 'f1', null);
    const lifted = opened.overlay.over(base);
    expect([lifted.reroutes, lifted.quarantineOf('f1')]).toEqual([[], undefined]);
    quarantines = [{ id: 'f1', reason: 'deaths', until: null, ...found, createdAt: '2030-01-01T00:01:00.000Z' }];
    expect(opened.overlay.over(base).quarantineOf('f1')).toEqual(quarantines[0]);
  });

  it('of a reroute counts more than what the balancer has decided on itself', async () => {
    automatic = [{ ...reroute, id: 'automatic-default' }];
    const opened = await open();
    await set(opened, 'reroute', 'mine', { family: 'default', to: 'v2' });
    expect(opened.overlay.over(base).reroutes).toMatchObject([{ id: 'mine', to: 'v2' }]);
  });

  it('is looked up once, not for each request', async () => {
    const opened = await open();
    await set(opened, 'instance', 'v2-1', { weight: 5 });
    expect(opened.overlay.over(base)).toBe(opened.overlay.over(base));
  });
});

describe('overrides', () => {
  it('survive a restart, and are told to the log with who set them', async () => {
    const opened = await open();
    await set(opened, 'instance', 'v2-1', { weight: 5 });
    expect((await open()).overrides.all).toEqual(opened.overrides.all);
    expect(audited).toEqual([
      'override set {"feedfleet.entity":"instance","feedfleet.entity_id":"v2-1","actor":"ann","value":"{\\"weight\\":5}"}',
    ]);
    expect(await readdir(path.join(folder, 'overrides'))).toEqual(['balancer-1.json']);
  });

  it('in a file that is damaged are left out, kept beside and told', async () => {
    const opened = await open();
    await set(opened, 'instance', 'v2-1', { weight: 5 });
    const file = path.join(folder, 'overrides', 'balancer-1.json');
    await writeFile(file, (await readFile(file, 'utf8')).slice(0, 40));
    expect((await open()).overrides.all).toEqual([]);
    expect(audited.at(-1)).toBe('overrides cannot be read');
    expect(await readdir(path.join(folder, 'overrides'))).toEqual(['balancer-1.json.damaged']);
  });

  it('are set one after the other, also when many come at once', async () => {
    const opened = await open();
    const api = await serve(opened);
    const weights = Array.from({ length: 20 }, (_, index) => index);
    await Promise.all(
      weights.map((weight) => api.override({ entity: 'instance', id: 'v2-1' }, { value: { weight }, actor: '' })),
    );
    expect(opened.overrides.all).toHaveLength(1);
    expect((await open()).overrides.all).toEqual(opened.overrides.all);
  });
});

describe('the API of a balancer', () => {
  it.each([
    ['a reroute to itself', 'reroute', 'r', { family: 'v2', to: 'v2' }, 'FF_CONFLICT', 'to itself'],
    [
      'a reroute that cannot work',
      'reroute',
      'r',
      { family: 'v2', to: 'symbols' },
      'FF_CONFLICT',
      'default, v1, v3 can',
    ],
    ['a family that there is not', 'reroute', 'r', { family: 'v2', to: 'v9' }, 'FF_NO_SUCH_ENTITY', 'v9'],
    ['a feed that there is not', 'quarantine', 'nobody', {}, 'FF_NO_SUCH_ENTITY', 'nobody'],
    ['an instance that there is not', 'instance', 'v2-9', { weight: 1 }, 'FF_NO_SUCH_ENTITY', 'v2-9'],
    ['a weight out of range', 'instance', 'v2-1', { weight: -1 }, 'FF_INVALID_REQUEST', 'value.weight: expected'],
    ['nothing at all', 'instance', 'v2-1', {}, 'FF_INVALID_REQUEST', 'a state, a weight or both'],
    ['a datacenter without writes', 'datacenter', 'here', { writes: false }, 'FF_INVALID_REQUEST', 'value.writes'],
    [
      'a reroute that is over',
      'reroute',
      'r',
      { family: 'v2', to: 'v3', until: AT },
      'FF_INVALID_REQUEST',
      'value.until',
    ],
    ['a quarantine that is over', 'quarantine', 'f1', { until: AT }, 'FF_INVALID_REQUEST', 'value.until'],
    ['a reroute away from nothing', 'reroute', 'nothing', null, 'FF_NO_SUCH_ENTITY', 'nothing'],
  ] as const)('refuses %s, and keeps what was', async (_what, entity, id, value, code, detail) => {
    const opened = await open();
    const api = await serve(opened);
    const refused = api.override({ entity, id }, { value, actor: '' });
    await expect(refused).rejects.toMatchObject({ code, detail: expect.stringContaining(detail) });
    expect(opened.overrides.all).toEqual([]);
  });

  it.each(['', 'operator-token-of-the-fleeT', 'operator', TOKEN + TOKEN])(
    'knows nobody by the token "%s"',
    async (token) => {
      const api = await serve(await open(), token);
      await expect(api.state()).rejects.toMatchObject({ code: token === '' ? 'FF_UNAUTHENTICATED' : 'FF_FORBIDDEN' });
    },
  );

  it('names in the log who tries without the token, and not with which one', async () => {
    const api = await serve(await open(), 'guessed-token');
    await expect(api.override({ entity: 'instance', id: 'v2-1' }, { value: {}, actor: '' })).rejects.toThrow();
    expect(audited).toEqual([expect.stringMatching(/^operator refused .*127\.0\.0\.1.*PUT.*v2-1.*FF_FORBIDDEN/)]);
    expect(audited[0]).not.toContain('guessed');
  });

  it.each([
    ['//', 404],
    ['/admin/overrides/instance/%zz', 400],
  ])('has an answer for the path %s', async (path, status) => {
    const url = await listening(await open());
    const { status: got } = await fetch(url + path, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(got).toBe(status);
  });

  it('takes no body that is larger than any override', async () => {
    const api = await serve(await open());
    const big = api.override({ entity: 'reroute', id: 'r' }, { value: 'x'.repeat(70_000), actor: '' });
    await expect(big).rejects.toMatchObject({ code: 'FF_BODY_TOO_LARGE' });
  });
});
