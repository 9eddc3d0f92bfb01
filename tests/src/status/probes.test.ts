/** The probes of observers against a real fleet: all is well, a family is dead, the balancer is dead. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { defaultFamilies } from '@feedfleet/registry-client';
import type { Sample } from '@feedfleet/status-model';
import { Observer } from '@feedfleet/status-probes';
import type { ObservationPlan } from '@feedfleet/status-probes';
import { eventually, FleetProcesses, portsOf, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { buildPackage } from '../support/package-builder.ts';

const PATHS: Readonly<Record<string, string>> = {
  ...{ default: '/F/{feed}', v1: '/F/{feed}/api/v1', v2: '/F/{feed}/api/v2' },
  ...{ v3: '/F/{feed}/api/v3/index.json', push: '/F/{feed}/api/v2/package', symbols: '/F/{feed}/symbols' },
};

let fleet: Fleet;
let plan: ObservationPlan;
const latest = new Map<string, Sample>();
const faults: unknown[] = [];
let observer: Observer;

beforeAll(async () => {
  fleet = await startFleet();
  const { feed } = await fleet.registry.feeds.create({ name: 'canary', overwrite: 'prerelease' });
  const key = await fleet.registry.keys.create({
    name: 'canary',
    feeds: [feed.id],
    scopes: ['read', 'push', 'unlist'],
  });
  plan = {
    version: 1,
    entryUrl: fleet.url,
    canary: { feed: 'canary', key: key.secret },
    ...{ familyMs: 500, instanceMs: 500, writeMs: 2000, slowMs: 60_000, timeoutMs: 5000 },
    families: defaultFamilies.map(({ id, title }) => ({ id, title, path: PATHS[id] ?? '' })),
    instances: [
      { id: 'v2-1', family: 'v2', datacenter: 'main', url: `http://127.0.0.1:${portsOf(fleet)['v2-1'] ?? 0}` },
    ],
  };
  observer = new Observer({
    name: 'local',
    plan: () => plan,
    now: Date.now,
    onSample: (sample) => void latest.set(sample.component, sample),
    onFault: (error) => void faults.push(error),
  });
  observer.start();
}, 120_000);

afterAll(async () => {
  observer.stop();
  await fleet.stop();
});

const wellOf = (): readonly string[] =>
  [...latest.values()].flatMap(({ component, verdict }) => (verdict === 'ok' ? [component] : [])).sort();
const ALL = ['default', 'push', 'symbols', 'v1', 'v2', 'v3'].map((id) => `family:${id}`).concat('instance:v2-1');
const told = (component: string) => {
  const { verdict, reason } = latest.get(component) ?? {};
  return { verdict, reason };
};

describe('an observer of a whole fleet', () => {
  it('finds every family well by reading, searching, downloading and pushing', async () => {
    await eventually({ what: 'all are well', limitMs: 20_000 }, () =>
      wellOf().length === ALL.length ? true : undefined,
    ).catch(() => undefined);
    expect([...latest.values()].filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
    expect(wellOf()).toEqual(ALL);
    expect(faults).toEqual([]);
  }, 30_000);

  it('finds every family well while there is no feed to look at', async () => {
    const { canary } = plan;
    plan = { ...plan, canary: null };
    const since = Date.now() + plan.familyMs;
    try {
      const isNew = (): boolean => ALL.every((component) => Date.parse(latest.get(component)?.at ?? '') > since);
      await eventually({ what: 'all were looked at', limitMs: 20_000 }, () => (isNew() ? true : undefined));
      expect([...latest.values()].filter(({ verdict }) => verdict !== 'ok')).toEqual([]);
    } finally {
      plan = { ...plan, canary };
    }
  }, 30_000);

  it('finds that one family fails while it hangs, and the others not', async () => {
    plan = { ...plan, timeoutMs: 700 };
    const processes = new FleetProcesses(fleet);
    processes.signal('v2-1', 'SIGSTOP');
    try {
      await eventually({ what: 'v2 fails', limitMs: 20_000 }, () =>
        told('family:v2').verdict === 'failed' && told('instance:v2-1').verdict === 'failed' ? true : undefined,
      );
      expect(told('instance:v2-1').reason).toBe('ready: no answer within 700 ms');
      expect(told('family:v2').reason).toMatch(/^service document: /);
      expect(told('family:v3').verdict).toBe('ok');
    } finally {
      processes.signal('v2-1', 'SIGCONT');
    }
    await eventually({ what: 'v2 is well', limitMs: 20_000 }, () =>
      told('family:v2').verdict === 'ok' ? true : undefined,
    );
  }, 60_000);

  it('finds that a download has other bytes than were pushed', async () => {
    await fleet.registry.feeds.create({ name: 'forged', overwrite: 'always' });
    const { secret } = await fleet.registry.keys.create({
      name: 'f',
      feeds: ['forged'],
      scopes: ['read', 'push', 'unlist'],
    });
    const body = buildPackage({ id: 'Feedfleet.Canary', version: '1.0.0' });
    const headers = { 'x-nuget-apikey': secret };
    const pushed = await fetch(`${fleet.url}/F/forged/api/v2/package`, {
      method: 'PUT',
      headers,
      body: new Uint8Array(body),
    });
    expect(pushed.status).toBe(201);
    plan = {
      ...plan,
      canary: { feed: 'forged', key: secret },
      families: plan.families.filter(({ id }) => id === 'v3'),
    };
    await eventually({ what: 'v3 fails', limitMs: 20_000 }, () =>
      told('family:v3').verdict === 'failed' ? true : undefined,
    );
    expect(told('family:v3').reason).toBe('download: sha512 differs');
  }, 60_000);
});
