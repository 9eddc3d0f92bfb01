/** Requests for a family go to another one's processes at a word of an operator, and clients notice nothing. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { eventually, FleetProcesses, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import type { Exchange } from './support/exchange.ts';
import { FeedClient, pathsOf } from './support/feed-client.ts';
import { feedfleet, documentOf, outputOf } from './support/feedfleet-command.ts';
import { buildPackage } from './support/package-builder.ts';

const NAME = { id: 'Steady', version: '1.0.0' };

let fleet: Fleet;
let processes: FleetProcesses;
let folder: string;

const client = (feed = 'main'): FeedClient => new FeedClient(`${fleet.url}/F/${feed}`, fleet.adminKey);
const place = () => ({ environment: { FEEDFLEET_DATA: fleet.data }, workingFolder: folder });
const command = (...args: readonly string[]): Promise<string> => outputOf(args, place());
const servedBy = ({ headers }: Exchange): string => String(headers['x-feedfleet-served-by'] ?? '');
/** Of one answer, not of what is asked. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'date',
  'x-request-id',
  'server-timing',
  'x-feedfleet-served-by',
  'connection',
  'keep-alive',
]);

/** Everything that a client sees of a family. */
async function seen(feed = 'main'): Promise<readonly unknown[]> {
  const answers: unknown[] = [];
  for (const asked of pathsOf('default', NAME)) {
    const { status, headers, body } = await client(feed).send(asked);
    const kept = Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name));
    answers.push([asked, status, Object.fromEntries(kept), body.toString('base64')]);
  }
  return answers;
}

/** While it hangs nothing of the family is served, and nobody starts it anew. */
async function whileDefaultHangs(act: () => Promise<void>): Promise<void> {
  processes.signal('default-1', 'SIGSTOP');
  try {
    await act();
  } finally {
    processes.signal('default-1', 'SIGCONT');
  }
}

async function untilServedBy(family: string, feed = 'main'): Promise<void> {
  await eventually({ what: `${feed} is served by ${family || 'its own'}`, limitMs: 20_000 }, async () => {
    const answer = await client(feed).send('/$metadata', { headers: { 'x-feedfleet-timeout-ms': '500' } });
    return answer.status === 200 && servedBy(answer) === family ? true : undefined;
  });
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-reroutes-'));
  fleet = await startFleet({ environment: { FEEDFLEET_DOWNLOAD_FLUSH_MS: '3600000' } });
  processes = new FleetProcesses(fleet);
  await fleet.registry.feeds.create({ name: 'team' });
  for (const feed of ['main', 'team'])
    expect(await client(feed).push(buildPackage(NAME))).toMatchObject({ status: 201 });
});
afterAll(async () => {
  await fleet.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  await command('reroute', 'clear', '--all', '--break-glass');
  await command('reroute', 'clear', '--all');
  await untilServedBy('');
  await untilServedBy('', 'team');
});

describe('feedfleet reroute set', () => {
  it('has a family that hangs served by another one: the same bytes, and no client changes anything', async () => {
    const before = await seen();
    await whileDefaultHangs(async () => {
      await command('reroute', 'set', 'default', '--to', 'v2', '--reason', 'it hangs');
      await untilServedBy('v2');
      expect(await seen()).toEqual(before);
    });
    expect(await command('reroute', 'list')).toMatch(/default +v2 +all +100 % .*it hangs/);
    await command('reroute', 'clear', 'default');
    await untilServedBy('');
    expect(await seen()).toEqual(before);
  });

  it('loses no request of those that are under way while it is set and cleared again and again', async () => {
    const failures: string[] = [];
    let isOver = false;
    const run = async (): Promise<void> => {
      for (let turn = 0; !isOver; turn += 1) {
        const asked = pathsOf('default', NAME)[turn % 11] ?? '';
        const { status } = await client().send(asked);
        if (status !== 200) failures.push(`${status} ${asked}`);
      }
    };
    const running = [run(), run(), run()];
    for (const to of ['v2', 'v3', 'v1']) {
      await command('reroute', 'set', 'default', '--to', to);
      await untilServedBy(to);
      await command('reroute', 'clear', 'default');
      await untilServedBy('');
    }
    isOver = true;
    await Promise.all(running);
    expect(failures).toEqual([]);
  });

  it('is for one feed, and leaves the others where they are', async () => {
    await command('reroute', 'set', 'default', '--to', 'v3', '--feed', 'team');
    await untilServedBy('v3', 'team');
    expect(servedBy(await client('main').send('/$metadata'))).toBe('');
  });

  it('ends by itself', async () => {
    const until = new Date(Date.now() + 4_000).toISOString();
    await command('reroute', 'set', 'default', '--to', 'v2', '--for', until);
    await untilServedBy('v2');
    await untilServedBy('');
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(until));
    expect(await command('reroute', 'list')).toContain('No family is rerouted.');
  });

  it('refuses pairs that cannot work, with those that can', async () => {
    const { code, err } = await feedfleet(['reroute', 'set', 'default', '--to', 'symbols'], place());
    expect(code).toBe(5);
    expect(err).toContain('v1, v2, v3 can');
    const push = await feedfleet(['reroute', 'set', 'default', '--to', 'push'], place());
    expect(push.err).toContain('v1, v2, v3 can');
    const symbols = await feedfleet(['reroute', 'set', 'symbols', '--to', 'default'], place());
    expect(symbols.err).toContain('no other process serves its paths');
  });
});

describe('feedfleet fleet top', () => {
  it('names the families, who serves them, and the instances', async () => {
    await command('reroute', 'set', 'default', '--to', 'v2');
    await untilServedBy('v2');
    const top = await documentOf(['fleet', 'top', '--once'], place());
    expect(top).toMatchObject({ balancers: ['balancer-1'], silent: [], isRegistryConnected: true });
    expect(top.families).toContainEqual(expect.objectContaining({ id: 'default', rerouted: ['v2 100 %'] }));
    expect(top.instances).toContainEqual(expect.objectContaining({ id: 'v2-1', family: 'v2', weight: 100 }));
    expect(await command('fleet', 'top')).toMatch(/^default .*v2 100 %$/m);
  });
});

describe('without the registry', () => {
  it('traffic is moved by telling the balancer, which says so, and keeps it over a restart', async () => {
    const before = await seen();
    const registry = processes.signal('registry-1', 'SIGSTOP');
    try {
      const refused = await feedfleet(['reroute', 'set', 'default', '--to', 'v2'], place());
      expect(refused.code).toBe(6);
      expect(refused.err).toContain('--break-glass');
      await whileDefaultHangs(async () => {
        const said = await command('reroute', 'set', 'default', '--to', 'v2', '--break-glass');
        expect(said).toContain('All requests for default go to v2.');
        await untilServedBy('v2');
        expect(await seen()).toEqual(before);
      });
      expect(await command('reroute', 'list', '--break-glass')).toMatch(/default +v2 .*override/);
      const balancer = processes.signal('balancer-1', 'SIGKILL');
      await processes.untilReplaced('balancer-1', balancer);
      await untilServedBy('v2');
    } finally {
      process.kill(registry, 'SIGCONT');
    }
    await command('reroute', 'clear', 'default', '--break-glass');
    await untilServedBy('');
  });
});
