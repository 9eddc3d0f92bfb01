/** Instances that register themselves: over HTTP, and as a process does it. */
import { setImmediate as turn } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { registerInstance } from '@feedfleet/registry-client';
import type { Instance, InstanceRegistration, LeaseRequest, RegistryApi } from '@feedfleet/registry-client';

import { openRegistryUnderTest, operatorToken } from './registry-under-test.ts';
import type { RegistryUnderTest } from './registry-under-test.ts';

let registry: RegistryUnderTest;
let operator: RegistryApi;
const running: InstanceRegistration[] = [];
beforeEach(async () => {
  registry = await openRegistryUnderTest();
  operator = registry.operator();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.leave()));
  await registry.dispose();
});

const problem = (code: string, detail?: RegExp): unknown =>
  expect.objectContaining({ code, ...(detail === undefined ? {} : { detail: expect.stringMatching(detail) }) });

const url = 'http://127.0.0.1:5001';
const lease = (more: Partial<LeaseRequest> = {}): LeaseRequest => ({
  ...{ family: 'v3', url, datacenter: 'main', pool: 'main', release: '', leaseMs: 60_000 },
  ...{ holder: 'run-of-the-test', isRenewal: false },
  ...more,
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await turn();
}

const instanceIds = async (): Promise<readonly string[]> =>
  (await registry.operator().instances.list()).map(({ id }) => id);
const instanceOf = async (id: string): Promise<Instance | undefined> =>
  (await registry.operator().instances.list()).find((each) => each.id === id);

const silentLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

async function registered(
  id: string,
  { weight, leaseMs = 60_000 }: { readonly leaseMs?: number; readonly weight?: number } = {},
): Promise<InstanceRegistration> {
  const instance = { id, family: 'v3', url, datacenter: 'main', pool: 'main' as const, release: '1.0', weight };
  const options = { registryUrl: registry.url(), token: operatorToken, instance, log: silentLog, leaseMs };
  const registration = await registerInstance(options);
  running.push(registration);
  return registration;
}

describe('POST /api/instances/{id}/lease', () => {
  it('registers an instance, and renews without a change', async () => {
    const first = await operator.leases.hold('v3-1', lease({ weight: 20, release: '1.0' }));
    expect(first.instance).toEqual({
      ...{
        id: 'v3-1',
        family: 'v3',
        url,
        weight: 20,
        datacenter: 'main',
        state: 'active',
        pool: 'main',
        release: '1.0',
      },
    });
    expect(first.change).not.toBeNull();
    const again = await operator.leases.hold('v3-1', lease({ weight: 20, release: '1.0', isRenewal: true }));
    expect(again).toEqual({ instance: first.instance, change: null });
    const { entries } = await operator.audit();
    expect(entries.at(-1)).toMatchObject({ number: first.change?.number, actor: 'instance v3-1' });
  });

  it('goes by no word of an operator that was refused', async () => {
    await operator.leases.hold('v3-1', lease());
    const refused = operator.instances.put('v3-1', { family: 'nobody', url, state: 'draining', weight: 7 });
    await expect(refused).rejects.toEqual(problem('FF_CONFLICT', /nobody/));
    const renewed = await operator.leases.hold('v3-1', lease({ isRenewal: true }));
    expect(renewed).toMatchObject({ instance: { weight: 100, state: 'active' }, change: null });
  });

  it('leaves what operators have said, also after it left, and after a restart of the registry', async () => {
    await operator.leases.hold('v3-1', lease({ weight: 20 }));
    await operator.instances.update('v3-1', { weight: 5, state: 'draining' });
    const renewed = await operator.leases.hold('v3-1', lease({ weight: 20, isRenewal: true }));
    expect(renewed).toMatchObject({ instance: { weight: 5, state: 'draining' }, change: null });
    await operator.leases.leave('v3-1', 'run-of-the-test');
    expect(await instanceIds()).toEqual([]);
    await registry.restart();
    const back = await registry.operator().leases.hold('v3-1', lease({ weight: 20, holder: 'another-run' }));
    expect(back.instance).toMatchObject({ weight: 5, state: 'draining', pool: 'main' });
    await registry.operator().instances.delete('v3-1');
    const anew = await registry.operator().leases.hold('v3-1', lease({ weight: 20, holder: 'another-run' }));
    expect(anew.instance).toMatchObject({ weight: 20, state: 'active' });
  });

  it('belongs to the newest run of the process', async () => {
    await operator.leases.hold('v3-1', lease({ holder: 'the-old-run' }));
    const moved = 'http://127.0.0.1:5002';
    await operator.leases.hold('v3-1', lease({ holder: 'the-new-run', url: moved }));
    const late = operator.leases.hold('v3-1', lease({ holder: 'the-old-run', isRenewal: true }));
    await expect(late).rejects.toEqual(problem('FF_CONFLICT', /another process has registered/));
    await operator.leases.leave('v3-1', 'the-old-run');
    expect(await instanceOf('v3-1')).toMatchObject({ url: moved });
    await operator.leases.leave('v3-1', 'the-new-run');
    expect(await instanceIds()).toEqual([]);
    await operator.leases.leave('v3-1', 'the-new-run');
  });

  it('is for the operator token only, and for families that there are', async () => {
    const { secret } = await operator.keys.create({ name: 'k', feeds: 'all', scopes: ['manage'] });
    await expect(registry.apiFor(secret).leases.hold('v3-1', lease())).rejects.toEqual(problem('FF_FORBIDDEN'));
    const nowhere = operator.leases.hold('x-1', lease({ family: 'x' }));
    await expect(nowhere).rejects.toEqual(problem('FF_CONFLICT', /no family x/));
    const short = operator.leases.hold('v3-1', lease({ leaseMs: 1 }));
    await expect(short).rejects.toEqual(problem('FF_INVALID_REQUEST', /leaseMs/));
  });

  it('is over when it is not renewed, while another instance serves', async () => {
    await operator.leases.hold('v3-1', lease({ leaseMs: 1000 }));
    await operator.leases.hold('v3-2', lease());
    await operator.instances.put('v3-3', { family: 'v3', url });
    await until(async () => (await instanceIds()).length === 2);
    expect(await instanceIds()).toEqual(['v3-2', 'v3-3']);
    const { entries } = await operator.audit();
    expect(entries.at(-1)).toMatchObject({ actor: 'registry', summary: 'The lease of the instance v3-1 is over' });
  });
});

describe('a process that registers itself', () => {
  it('is there when its first try is over, stays by renewals, and is gone when it has left', async () => {
    await registered('v3-2');
    const one = await registered('v3-1', { leaseMs: 1000, weight: 50 });
    expect(await instanceOf('v3-1')).toMatchObject({ family: 'v3', url, weight: 50, release: '1.0' });
    // Longer than its lease.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await instanceIds()).toEqual(['v3-1', 'v3-2']);
    await one.leave();
    expect(await instanceIds()).toEqual(['v3-2']);
  });

  it('starts without a registry, and is told when that is back', async () => {
    const { port } = new URL(registry.url());
    await registry.stop();
    await registered('v3-1');
    await registry.restart();
    expect(new URL(registry.url()).port).toBe(port);
    await until(async () => (await instanceIds()).includes('v3-1'));
  });

  it('comes back by itself when an operator has deleted it', async () => {
    await registered('v3-1', { leaseMs: 1000 });
    const { change } = await operator.instances.delete('v3-1');
    const since = async () => (await operator.audit({ after: change.number })).entries;
    await until(async () => (await since()).length > 0);
    expect(await since()).toMatchObject([{ actor: 'instance v3-1', entities: [{ id: 'v3-1', action: 'set' }] }]);
  });
});

describe('reroutes and quarantines with an end', () => {
  it('are ended by the registry, one change each', async () => {
    await operator.feeds.create({ name: 'team' });
    const until1 = new Date(Date.now() + 800).toISOString();
    await operator.reroutes.put('r', { family: 'default', to: 'v2', until: until1 });
    await operator.quarantines.put('team', { until: until1 });
    await operator.reroutes.put('s', { family: 'v3', to: 'v2' });
    const { number } = await operator.audit();
    await until(async () => (await operator.audit()).number >= number + 2);
    const { entries } = await operator.audit({ after: number });
    expect(entries.map(({ actor, summary }) => `${actor}: ${summary}`)).toEqual([
      'registry: The reroute of default to v2 is over',
      'registry: The quarantine of the feed team is over',
    ]);
    expect((await operator.reroutes.list()).map(({ id }) => id)).toEqual(['s']);
  });
});
