/** What the status page says while a real fleet fails around it, and whether what it advises works. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { statusReportSchema } from '@feedfleet/status-model';
import type { FamilyReport, StatusReport } from '@feedfleet/status-model';
import { eventually, FleetProcesses, portsOf, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { describeWith } from '../support/component.ts';
import { Dotnet } from '../support/dotnet.ts';
import { FeedClient } from '../support/feed-client.ts';
import { buildPackage } from '../support/package-builder.ts';

/** Within which anybody sees what is wrong. */
const TOLD_MS = 30_000;
const KILL_EVERY_MS = 25;
const FAMILIES = ['default', 'push', 'symbols', 'v1', 'v2', 'v3'];

let fleet: Fleet;
let processes: FleetProcesses;
let client: Dotnet;

beforeAll(async () => {
  fleet = await startFleet({ status: true });
  processes = new FleetProcesses(fleet);
  client = new Dotnet();
  const pushed = await new FeedClient(`${fleet.url}/F/main`, fleet.adminKey).push(
    buildPackage({ id: 'Acme.Core', version: '1.2.0', files: { 'lib/netstandard2.0/_._': '' } }),
  );
  expect(pushed.status).toBe(201);
});

afterAll(async () => {
  client.remove();
  await fleet.stop();
});

async function report(): Promise<StatusReport> {
  const answer = await fetch(`http://127.0.0.1:${portsOf(fleet)['status-1'] ?? 0}/api/status`);
  return statusReportSchema.parse(await answer.json());
}

const v3Index = (): string => `${fleet.url}/F/main/api/v3/index.json`;

const familyOf = ({ families }: StatusReport, wanted: string): FamilyReport => {
  const found = families.find(({ id }) => id === wanted);
  if (found === undefined) throw new Error(`the page knows no ${wanted}`);
  return found;
};

const untilReport = (what: string, limitMs: number, holds: (report: StatusReport) => boolean) =>
  eventually({ what, limitMs }, async () => {
    const now = await report();
    return holds(now) ? now : undefined;
  });
const areAll = (state: string) => (now: StatusReport) => now.families.every((family) => family.state === state);

/** Kills them as often as the supervisor starts them again. @returns what lets them live. */
function keepDown(instances: readonly string[]): () => void {
  const killer = setInterval(() => {
    for (const instance of instances) if (processes.idOf(instance) !== undefined) processes.signal(instance, 'SIGKILL');
  }, KILL_EVERY_MS);
  return () => clearInterval(killer);
}

/** A project that needs the package, with the source as it stands in a user's file. */
function configure(sourceLine: string): void {
  const xml = `<?xml version="1.0" encoding="utf-8"?><configuration><packageSources><clear/>${sourceLine}</packageSources></configuration>`;
  client.write('nuget.config', xml);
}

describeWith(['dotnet'], 'the status page of a fleet', () => {
  it('says that all is well, by looks of its own', async () => {
    const now = await untilReport('all families are up', 90_000, areAll('up'));
    expect(now.families.map(({ id }) => id).sort()).toEqual(FAMILIES);
    expect(now.families.flatMap(({ tip }) => tip ?? [])).toEqual([]);
    expect(now.overall.state).toBe('up');
  });

  it('tells within 30 s that v3 is down, with a tip that dotnet restore can follow to the letter', async () => {
    const letLive = keepDown(['v3-1']);
    try {
      const now = await untilReport('v3 is down, with a tip', TOLD_MS, (each) => {
        const { state, tip } = familyOf(each, 'v3');
        return state === 'down' && tip !== null;
      });
      // What observers ask is in no count of what clients got.
      expect((await fetch(v3Index())).status).toBe(503);
      const { tip, urlPattern } = familyOf(now, 'v3');
      expect(tip).toMatchObject({ insteadOfUrl: urlPattern, useUrl: `${fleet.url}/F/<feed>/api/v2` });
      expect(now.families.filter(({ state }) => state === 'down').map(({ id }) => id)).toEqual(['v3']);
      client.project('app', { id: 'Acme.App', version: '1.0.0', references: { 'Acme.Core': '1.2.0' } });
      configure(tip?.nugetConfig?.replace('<feed>', 'main') ?? '');
      const { code, output } = await client.dotnet(['restore', 'app']);
      expect({ code, output }).toMatchObject({ code: 0 });
      expect(client.restored('app')).toEqual(['Acme.Core/1.2.0']);
      expect(familyOf(await report(), 'v3').state).toBe('down');
    } finally {
      letLive();
    }
  });

  it('says that it is over once v3 is back, and takes the tip off', async () => {
    const now = await untilReport('all families are up', 90_000, areAll('up'));
    expect(familyOf(now, 'v3').tip).toBeNull();
    for (const url of [v3Index(), `${fleet.url}/F/main/`]) expect((await fetch(url)).status).toBe(200);
    const counted = await untilReport('failed requests are counted', 90_000, (each) => {
      const { good, all } = familyOf(each, 'v3').months.at(-1)?.availability ?? { good: 0, all: 0 };
      return good > 0 && good < all;
    });
    const { good, all } = familyOf(counted, 'default').months.at(-1)?.availability ?? { good: 0, all: 1 };
    expect(good).toBe(all);
    // A handful of requests, where observers have made hundreds by now.
    expect(all).toBeLessThan(20);
  });

  it('answers while everything else is dead, and says so', async () => {
    const others = Object.keys(portsOf(fleet)).filter((name) => !name.startsWith('status') && !name.endsWith('.ops'));
    const letLive = keepDown([...others, 'registry-1', 'balancer-1']);
    try {
      const now = await untilReport('all families are down', TOLD_MS, areAll('down'));
      expect(now.overall.state).toBe('down');
      expect(now.families.flatMap(({ tip }) => tip ?? [])).toEqual([]);
    } finally {
      letLive();
    }
    await untilReport('all families are up', 120_000, areAll('up'));
  }, 240_000);

  it('starts alone, and says what it knew and no more', async () => {
    const others = Object.keys(portsOf(fleet)).filter((name) => !name.startsWith('status') && !name.endsWith('.ops'));
    const letLive = keepDown([...others, 'registry-1', 'balancer-1']);
    try {
      const former = processes.signal('status-1', 'SIGKILL');
      await processes.untilReplaced('status-1', former);
      const now = await untilReport('the page answers', TOLD_MS, () => true);
      expect(now.families.map(({ id }) => id).sort()).toEqual(FAMILIES);
      await untilReport('all families are down', TOLD_MS, areAll('down'));
    } finally {
      letLive();
    }
  }, 120_000);
});
