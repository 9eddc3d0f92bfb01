/** Processes that are restarted one after the other, and writes that go to another datacenter, with real processes and no failed request. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { eventually, FleetProcesses, portsOf, registryUrlOf, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { buildPackage } from './support/package-builder.ts';
import { startFamilyProcess } from './support/push-process.ts';
import type { PushProcess } from './support/push-process.ts';

let fleet: Fleet;
let processes: FleetProcesses;
let token: string;
beforeAll(async () => {
  fleet = await startFleet({ environment: { FEEDFLEET_INSTANCES: '{"v3": 2}' } });
  processes = new FleetProcesses(fleet);
  token = (await readFile(path.join(fleet.data, 'secrets', 'operator.token'), 'utf8')).trim();
});
afterAll(() => fleet.stop());

const push = (url: string, id: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${url}/F/main/api/v2/package`, {
    method: 'POST',
    headers: { 'x-nuget-apikey': fleet.adminKey, ...headers },
    body: new Uint8Array(buildPackage({ id })),
  });
const versionsOf = (url: string, id: string) => fetch(`${url}/F/main/api/v3/flat/${id.toLowerCase()}/index.json`);

/** As docs/balancing.md has it: asked to end, registered again, ready again. */
async function restart(instance: string): Promise<void> {
  const { number } = await fleet.registry.audit();
  const url = `http://127.0.0.1:${portsOf(fleet)[instance] ?? 0}`;
  const authorization = `Bearer ${token}`;
  const asked = await fetch(`${url}/-/restart`, { method: 'POST', headers: { authorization } });
  expect(asked.status).toBe(202);
  await eventually({ what: `${instance} is registered again`, limitMs: 30_000 }, async () => {
    const { entries } = await fleet.registry.audit({ after: number });
    const isBack = ({ actor, entities }: (typeof entries)[number]): boolean =>
      actor === `instance ${instance}` && entities.some(({ action }) => action === 'set');
    return entries.some(isBack) ? true : undefined;
  });
  await eventually({ what: `${instance} is ready`, limitMs: 10_000 }, async () =>
    (await fetch(`${url}/health/ready`)).status === 200 ? true : undefined,
  );
}

describe('a rolling restart', () => {
  it('replaces every process of a family without a failed request', async () => {
    expect((await push(fleet.url, 'Rolling')).status).toBe(201);
    const before = ['v3-1', 'v3-2'].map((instance) => processes.idOf(instance));
    const statuses = new Map<number | string, number>();
    const ended = new AbortController();
    const ask = async (): Promise<void> => {
      while (!ended.signal.aborted) {
        const answer = await versionsOf(fleet.url, 'Rolling').then(
          async (response) => ((await response.text()).includes('1.0.0') ? response.status : 'another answer'),
          (error: unknown) => String(error),
        );
        statuses.set(answer, (statuses.get(answer) ?? 0) + 1);
      }
    };
    const asking = Array.from({ length: 4 }, ask);
    for (const instance of ['v3-1', 'v3-2', 'v3-1', 'v3-2']) await restart(instance);
    ended.abort();
    await Promise.all(asking);
    expect([...statuses.keys()]).toEqual([200]);
    expect(statuses.get(200)).toBeGreaterThan(100);
    const after = ['v3-1', 'v3-2'].map((instance) => processes.idOf(instance));
    expect(after.every((id, index) => id !== undefined && id !== before[index])).toBe(true);
    expect(fleet.screen()).not.toMatch(/is started again/);
  });

  it('takes no restart without the operator token, not by the balancer either', async () => {
    const id = processes.idOf('v3-1');
    const url = `http://127.0.0.1:${portsOf(fleet)['v3-1'] ?? 0}`;
    const authorization = `Bearer ${fleet.adminKey}`;
    const asked = await Promise.all([
      fetch(`${url}/-/restart`, { method: 'POST' }),
      fetch(`${url}/-/restart`, { method: 'POST', headers: { authorization } }),
      fetch(`${fleet.url}/-/restart`, { method: 'POST', headers: { authorization: `Bearer ${token}` } }),
    ]);
    expect(asked.map(({ status }) => status)).toEqual([401, 401, 404]);
    expect(processes.idOf('v3-1')).toBe(id);
  });
});

describe('a failover of writes', () => {
  let folder: string;
  const east: PushProcess[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-east-'));
    await fleet.registry.datacenters.put('main', {});
    await fleet.registry.datacenters.put('east', {});
    for (const family of ['push', 'v3']) {
      const environment = { FEEDFLEET_DATACENTER: 'east', FEEDFLEET_REGISTRY_TOKEN: token };
      const options = { family, dataFolder: folder, registryUrl: registryUrlOf(fleet), instance: `east-${family}-1` };
      east.push(await startFamilyProcess({ ...options, environment }));
    }
  });
  afterAll(async () => {
    await Promise.all(east.map((each) => each.end('SIGTERM')));
    await rm(folder, { recursive: true, force: true });
  });

  it('sends them to the other datacenter, and fences the one that had them', async () => {
    const [eastPush, eastV3] = east;
    const mainPush = `http://127.0.0.1:${portsOf(fleet)['push-1'] ?? 0}`;
    expect((await push(fleet.url, 'Before')).status).toBe(201);
    expect((await versionsOf(eastV3?.url ?? '', 'Before')).status).toBe(404);

    const { datacenter } = await fleet.registry.datacenters.failover({ to: 'east', expectEpoch: 1 });
    expect(datacenter).toMatchObject({ id: 'east', writes: true, epoch: 2 });
    expect((await push(fleet.url, 'After')).status).toBe(201);
    expect((await versionsOf(eastV3?.url ?? '', 'After')).status).toBe(200);

    const fenced = await push(mainPush, 'Fenced');
    expect(fenced.status).toBe(503);
    expect(await fenced.json()).toMatchObject({ code: 'FF_FENCED' });
    const late = await push(eastPush?.url ?? '', 'Late', { 'x-feedfleet-epoch': '1' });
    expect(late.status).toBe(503);
    expect(await late.json()).toMatchObject({ code: 'FF_FENCED' });
    expect((await versionsOf(eastV3?.url ?? '', 'Late')).status).toBe(404);

    await fleet.registry.datacenters.failover({ to: 'main' });
    expect((await push(fleet.url, 'Back')).status).toBe(201);
    expect((await versionsOf(fleet.url, 'Back')).status).toBe(200);
  });
});
