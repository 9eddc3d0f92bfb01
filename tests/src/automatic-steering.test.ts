/** What the balancer decides by itself, with real processes that fail: a family that is rerouted, and a feed that is kept apart. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { eventually, FleetProcesses, portsOf, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { FeedClient } from './support/feed-client.ts';
import { outputOf } from './support/feedfleet-command.ts';
import { buildPackage } from './support/package-builder.ts';

/** Requests of a client that never stops: what the balancer judges by. */
const EVERY_MS = 50;

/** Longer than the breaks of one death take. */
const DEATH_MS = 5_200;

let fleet: Fleet;
let processes: FleetProcesses;
let folder: string;

const command = (...args: readonly string[]): Promise<string> =>
  outputOf(args, { environment: { FEEDFLEET_DATA: fleet.data }, workingFolder: folder });
const metrics = async (): Promise<string> =>
  (await fetch(`http://127.0.0.1:${portsOf(fleet)['balancer-1.ops']}/metrics`)).text();
const log = (): string => readFileSync(path.join(fleet.data, 'logs', 'balancer-1.log'), 'utf8');
const client = (feed = 'main'): FeedClient => new FeedClient(`${fleet.url}/F/${feed}`);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-automatic-'));
  fleet = await startFleet();
  processes = new FleetProcesses(fleet);
  for (const name of ['bad', 'calm']) await fleet.registry.feeds.create({ name, visibility: 'public' });
  const pushed = await new FeedClient(`${fleet.url}/F/main`, fleet.adminKey).push(buildPackage({ id: 'Steady' }));
  expect(pushed).toMatchObject({ status: 201 });
});
afterAll(async () => {
  await fleet.stop();
  await rm(folder, { recursive: true, force: true });
});

it('reroutes a family that fails, says so, and gives it back once it is well', async () => {
  await command('fleet', 'balancing', 'default', '--auto-reroute-to', 'v2');
  const ends: { readonly status: number; readonly servedBy: string }[] = [];
  const over = new AbortController();
  const asking = (async () => {
    const asked = client();
    while (!over.signal.aborted) {
      const { status, headers } = await asked.send("/FindPackagesById()?id='Steady'");
      ends.push({ status, servedBy: String(headers['x-feedfleet-served-by'] ?? '') });
      await delay(EVERY_MS);
    }
  })();
  const untilServed = (what: string, servedBy: string): Promise<unknown> =>
    eventually({ what, limitMs: 120_000 }, () => {
      const lately = ends.slice(-40);
      const isSo = lately.every((end) => end.status === 200 && end.servedBy === servedBy);
      return lately.length === 40 && isSo ? true : undefined;
    });
  try {
    await untilServed('it serves itself', '');
    const revive = processes.keepDead('default-1');
    try {
      await untilServed('it is served by v2', 'v2');
      expect(await command('reroute', 'list')).toMatch(/^default +v2 +all +100 % .* balancer +automatic +it fails/m);
      expect(await metrics()).toMatch(/automatic_reroute_percent\{[^}]*family="default"[^}]*\} 100/);
      expect(log()).toContain('family rerouted by itself');
    } finally {
      revive();
    }
    await untilServed('it has its requests back', '');
    expect(log()).toContain('family has its requests back');
    expect(await command('reroute', 'list')).toContain('No family is rerouted.');
    expect(await metrics()).toMatch(/automatic_reroute_percent\{[^}]*family="default"[^}]*\} 0/);
  } finally {
    over.abort();
    await asking;
    await command('fleet', 'balancing', 'default', '--auto-reroute-to', 'none');
  }
});

it('keeps a feed apart that was there whenever an instance died, names it, and does so over its own restart', async () => {
  const untilCalm = (): Promise<unknown> =>
    eventually({ what: 'v3 answers', limitMs: 60_000 }, async () => {
      const { status } = await client('calm').send('/api/v3/index.json');
      return status === 200 ? true : undefined;
    });
  for (let death = 0; death < 3; death += 1) {
    await untilCalm();
    const former = processes.signal('v3-1', 'SIGSTOP');
    // They are under way when it dies, and nothing else is.
    const underWay = Array.from({ length: 3 }, (_, place) => client('bad').send(`/api/v3/query?q=${death}${place}`));
    await eventually({ what: 'they are under way', limitMs: 10_000 }, async () =>
      /compartment_under_way\{[^}]*family="v3"[^}]*\} 3/.test(await metrics()) ? true : undefined,
    );
    process.kill(former, 'SIGKILL');
    // Broken off, or asked again at nobody.
    for (const { status } of await Promise.all(underWay)) expect([502, 503]).toContain(status);
    await processes.untilReplaced('v3-1', former);
    // What breaks sooner belongs to the same death.
    await delay(DEATH_MS);
  }
  const listed = /^bad +20\S+ +balancer +automatic +it was there each of 3 times that an instance of v3 died/m;
  expect(await command('quarantine', 'list')).toMatch(listed);
  const former = processes.signal('balancer-1', 'SIGKILL');
  await processes.untilReplaced('balancer-1', former);
  await untilCalm();
  expect(await command('quarantine', 'list')).toMatch(listed);
  expect(log()).toContain('feed still in quarantine');
  expect(await metrics()).toMatch(/quarantined_feed\{[^}]*\} 1/);
  await command('quarantine', 'remove', 'bad', '--break-glass');
  expect(await command('quarantine', 'list')).toContain('No feed is in quarantine.');
});
