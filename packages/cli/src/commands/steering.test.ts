import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ProblemError } from '@feedfleet/problems';
import { instanceSchema } from '@feedfleet/registry-client';

import { CliFixture, elsewhere, errorOf, KEY, type Ended } from '../cli-fixture.ts';

let cli: CliFixture;

beforeEach(async () => {
  cli = await CliFixture.open();
  await cli.layDataFolder();
});
afterEach(() => cli.remove());

const feedfleet = (...args: readonly string[]): Promise<Ended> => cli.run(args);
const said = (url: string): readonly unknown[] =>
  [...(cli.steering.overrides.get(url)?.values() ?? [])].map(({ entity, id, value }) => ({ entity, id, value }));
const FIRST = 'http://127.0.0.1:7001';
const SECOND = 'http://127.0.0.1:7002';

describe('feedfleet reroute', () => {
  it('sets one, replaces it, lists it with the name of its feed, and clears it', async () => {
    const { code, out } = await feedfleet(
      'reroute',
      'set',
      'default',
      '--to',
      'v2',
      '--feed',
      'acme',
      '--percent',
      '10%',
    );
    expect([code, out]).toEqual([
      0,
      expect.stringContaining('10 % of the requests for default of the feed acme go to v2'),
    ]);
    await feedfleet('reroute', 'set', 'default', '--to', 'v3', '--feed', 'acme', '--for', '2h', '--reason', 'slow');
    expect([...cli.steering.reroutes.values()]).toMatchObject([
      { id: 'default.id-acme', to: 'v3', feed: 'id-acme', percent: 100, until: '2026-01-01T02:00:00.000Z' },
    ]);
    expect((await feedfleet('reroute', 'list')).out).toMatch(/default +v3 +acme +100 % +2026-01-01T02:00.* slow/);
    expect((await feedfleet('reroute', 'clear', 'default', '--feed', 'acme')).out).toContain(
      'default is not rerouted to v3',
    );
    expect((await feedfleet('reroute', 'list')).out).toBe('No family is rerouted.\n');
    expect((await feedfleet('reroute', 'clear', '--all')).out).toBe('There was nothing to clear.\n');
  });

  it('does not list what is over', async () => {
    await feedfleet('reroute', 'set', 'default', '--to', 'v2', '--for', '1h');
    const clock = { now: () => Date.parse('2026-01-01T01:00:00Z'), sleep: () => Promise.resolve() };
    expect((await cli.run(['reroute', 'list'], { clock })).out).toBe('No family is rerouted.\n');
  });

  it.each([
    [['reroute', 'set', 'default'], "'--to <family>' not specified"],
    [['reroute', 'set', 'default', '--to', 'v2', '--percent', '0'], 'from 1 to 100, got "0"'],
    [['reroute', 'set', 'default', '--to', 'v2', '--percent', '101'], 'from 1 to 100, got "101"'],
    [['reroute', 'set', 'default', '--to', 'v2', '--for', 'soon'], 'expected a time'],
    [['reroute', 'set', 'default', '--to', 'v2', '--feed', ''], '--feed: expected a name'],
    [['reroute', 'clear'], 'give a family, or --all'],
    [['reroute', 'clear', 'default', '--all'], 'give a family, or --all'],
    [['weight', 'v2-1', '1001'], 'from 0 to 1000, got "1001"'],
    [['fleet', 'balancing', 'v2', '--policy', 'random'], 'Allowed choices are least-loaded'],
    [['fleet', 'balancing', 'v2', '--max-queue', 'many'], '--max-queue: expected a whole number'],
    [['fleet', 'top', '--interval', '0'], 'expected seconds from 0.5 on'],
    [['fleet', 'top', '--balancer', 'nowhere'], '--balancer: expected an http or https URL'],
  ])('%j is refused', async (args, detail) => {
    const { code, err } = await feedfleet(...args);
    expect([code, err]).toEqual([2, expect.stringContaining(detail)]);
  });
});

describe('without the registry', () => {
  it('every command says that the balancers can be told, and tells them all', async () => {
    cli.failure = new ProblemError('registryUnavailable', { detail: 'connect ECONNREFUSED.' });
    const commands = [
      ['reroute', 'set', 'default', '--to', 'v2', '--feed', 'acme'],
      ['quarantine', 'add', 'acme', '--reason', 'hog'],
      ['drain', 'v2-1'],
      ['weight', 'v2-2', '5'],
      ['failover', '--to', 'west', '--yes'],
    ];
    for (const args of commands) {
      const refused = await feedfleet(...args);
      expect([args, refused.code, refused.err]).toEqual([args, 6, expect.stringContaining('--break-glass tells')]);
      const { code, out } = await feedfleet(...args, '--break-glass');
      expect([args, code, out.split('\n').slice(0, 2)]).toEqual([
        args,
        0,
        [expect.stringMatching(FIRST), expect.stringMatching(SECOND)],
      ]);
    }
    const reroute = { family: 'default', to: 'v2', percent: 100, reason: '', until: null, feed: 'acme' };
    expect(said(FIRST)).toEqual([
      { entity: 'reroute', id: 'default.acme', value: reroute },
      { entity: 'quarantine', id: 'acme', value: { reason: 'hog', until: null } },
      { entity: 'instance', id: 'v2-1', value: { state: 'draining' } },
      { entity: 'instance', id: 'v2-2', value: { weight: 5 } },
      { entity: 'datacenter', id: 'west', value: { writes: true, epoch: 1000 } },
    ]);
    expect(said(SECOND)).toEqual(said(FIRST));
    expect([...cli.steering.tokens]).toEqual(['operator-token']);
  });

  it('feeds whose long names begin alike are rerouted each for itself', async () => {
    const long = 'contoso.'.repeat(11);
    for (const feed of [`${long}a`, `${long}b`]) {
      await feedfleet('reroute', 'set', 'default', '--to', 'v2', '--feed', feed, '--break-glass');
    }
    expect(said(FIRST)).toMatchObject([{ value: { feed: `${long}a` } }, { value: { feed: `${long}b` } }]);
  });

  it('a balancer that does not answer is named, and the others are told', async () => {
    cli.steering.silent.add(SECOND);
    const { code, out, err } = await feedfleet('drain', 'v2-1', '--break-glass');
    expect([code, said(FIRST)]).toEqual([6, [expect.objectContaining({ entity: 'instance' })]]);
    expect(out).toContain(`${SECOND} does not answer`);
    expect(err).toContain('1 of 2 balancers were not told');
  });

  it('what is steered is listed by a balancer that answers', async () => {
    await feedfleet('reroute', 'set', 'v3', '--to', 'v2');
    cli.steering.silent.add(FIRST);
    expect((await feedfleet('reroute', 'list', '--break-glass')).out).toMatch(/^v3 +v2/m);
    expect((await feedfleet('quarantine', 'list', '--break-glass')).out).toBe('No feed is in quarantine.\n');
    cli.steering.silent.add(SECOND);
    expect((await feedfleet('reroute', 'list', '--break-glass')).code).toBe(6);
  });

  it('reroute clear takes back overrides, and overrides what the registry says', async () => {
    await feedfleet('reroute', 'set', 'v3', '--to', 'v2');
    await feedfleet('reroute', 'set', 'default', '--to', 'v2', '--break-glass');
    await feedfleet('reroute', 'clear', '--all', '--break-glass');
    expect(said(FIRST)).toEqual([{ entity: 'reroute', id: 'v3', value: null }]);
  });

  it('the operator token of this machine goes to no balancer that was typed', async () => {
    const { code, err } = await feedfleet(
      'drain',
      'v2-1',
      '--break-glass',
      '--balancer',
      'http://balancer.example:7001',
    );
    expect([code, err]).toEqual([3, expect.stringContaining("not of this machine's fleet")]);
    await feedfleet('drain', 'v2-1', '--break-glass', '--balancer', `${FIRST}/`);
    expect([said(FIRST).length, said(SECOND).length]).toEqual([1, 0]);
    await feedfleet('drain', 'v2-1', '--break-glass', '--balancer', SECOND, '--key', KEY);
    expect([...cli.steering.tokens]).toEqual(['operator-token', KEY]);
  });
});

describe('feedfleet quarantine', () => {
  it('adds, lists and removes', async () => {
    expect((await feedfleet('quarantine', 'add', 'acme', '--for', '30m')).out).toContain(
      'in quarantine until 2026-01-01T00:30',
    );
    expect((await feedfleet('quarantine', 'list')).out).toMatch(/acme +2026-01-01T00:30/);
    expect((await feedfleet('quarantine', 'remove', 'acme')).code).toBe(0);
    expect((await feedfleet('quarantine', 'list')).out).toBe('No feed is in quarantine.\n');
  });
});

describe('feedfleet drain', () => {
  it('fails where a balancer was told otherwise past the registry, and says how to tell it', async () => {
    await feedfleet('undrain', 'v2-1', '--break-glass', '--balancer', SECOND);
    const { code, err } = await feedfleet('drain', 'v2-1', '--wait');
    expect([code, err]).toEqual([5, expect.stringMatching(/7002 has state active; drain v2-1 --break-glass tells/)]);
    expect(err).not.toContain('7001');
    expect((await feedfleet('weight', 'v2-1', '7')).code).toBe(0);
    await feedfleet('drain', 'v2-1', '--break-glass');
    expect((await feedfleet('drain', 'v2-1')).code).toBe(0);
  });

  it('with --wait returns when no balancer has anything under way there', async () => {
    let asked = 0;
    const instance = instanceSchema.parse({ id: 'v2-1', family: 'v2', url: 'http://127.0.0.1:1', state: 'draining' });
    const told = { health: 'healthy', why: '', isTaking: false, requests: 1, failures: 0 };
    const { code, out } = await cli.run(['drain', 'v2-1', '--wait'], {
      openBalancer: (address) => ({
        ...cli.steering.balancer(address),
        state: async () => {
          asked += 1;
          const members = [{ ...told, instance, inFlight: asked < 6 ? 1 : 0 }];
          const state = await cli.steering.balancer(address).state();
          return { ...state, pools: [{ family: 'v2', isPanicking: false, members }] };
        },
      }),
    });
    expect([code, out, asked]).toEqual([0, expect.stringContaining('v2-1 has nothing under way.'), 8]);
  });
});

describe('feedfleet failover', () => {
  it('asks before, and names the newest epoch that it knows', async () => {
    expect(errorOf(await feedfleet('failover', '--to', 'west', '--json')).detail).toContain('--yes');
    const { out } = await cli.run(['failover', '--to', 'west'], { confirm: () => Promise.resolve(true) });
    expect(out).toContain('Writes go to west with the epoch 4');
    expect(cli.steering.changes).toEqual([{ to: 'west', expectEpoch: 3 }]);
    expect((await feedfleet('failover', '--to', 'east')).out).toContain('go to east already');
    expect(errorOf(await feedfleet('failover', '--to', 'north', '--yes', '--json')).detail).toContain(
      'only east, west',
    );
  });
});

describe('feedfleet failover past the registry', () => {
  it('gives all balancers one epoch far ahead of any, and warns of those who cannot hear it', async () => {
    const { code, out } = await feedfleet('failover', '--to', 'west', '--break-glass', '--yes');
    expect([code, out]).toEqual([0, expect.stringContaining('has not heard of it')]);
    const told = [...cli.steering.overrides.values()].flatMap((each) => [...each.values()]);
    expect(told.map(({ id, value }) => [id, value])).toEqual(Array(2).fill(['west', { writes: true, epoch: 1000 }]));
  });

  it('is overruled by the next one in the registry, also by one to where the registry has them already', async () => {
    await feedfleet('failover', '--to', 'west', '--break-glass', '--yes');
    await feedfleet('failover', '--to', 'east', '--yes');
    expect(cli.steering.changes).toEqual([{ to: 'east', expectEpoch: 3, afterEpoch: 1000 }]);
  });
});

describe('feedfleet fleet balancing', () => {
  it('shows, and changes what is given', async () => {
    expect((await feedfleet('fleet', 'balancing', 'v2')).out).toContain('least-loaded');
    const options = [
      '--policy',
      'rendezvous',
      '--retries',
      'off',
      '--hedge-after-ms',
      'never',
      '--auto-reroute-to',
      'none',
    ];
    expect((await feedfleet('fleet', 'balancing', 'v2', ...options)).code).toBe(0);
    const changes = { policy: 'rendezvous', retries: false, hedgeAfterMs: null, autoRerouteTo: null };
    expect(cli.steering.changes).toEqual([['v2', changes]]);
    expect(errorOf(await feedfleet('fleet', 'balancing', 'v9', '--json')).detail).toContain('only v2');
  });
});

describe('feedfleet rollout', () => {
  it('refuses a family with one instance that takes requests, and one without any', async () => {
    await feedfleet('drain', 'v2-2');
    expect(errorOf(await feedfleet('rollout', 'v2', '--json')).detail).toContain('--force');
    expect(errorOf(await feedfleet('rollout', 'v9', '--json')).detail).toContain('no instances');
  });

  it('drains nothing while no other instance takes requests, whatever the registry says of them', async () => {
    const unwell = { why: 'it does not say that it is ready', isTaking: false, inFlight: 0, requests: 0, failures: 0 };
    const members = [...cli.steering.instances.values()].map((instance) => ({
      ...{ ...unwell, instance, health: instance.id === 'v2-2' ? 'down' : 'healthy', isTaking: instance.id === 'v2-1' },
    }));
    cli.steering.state = { pools: [{ family: 'v2', isPanicking: false, members }] };
    const { code, err } = await feedfleet('rollout', 'v2');
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/stopped before v2-1.*no other instance of v2 takes requests/),
    ]);
    expect(cli.steering.changes).toEqual([]);
  });

  it('stops at the first instance that cannot be restarted, and says where it stands', async () => {
    const { code, err } = await feedfleet('rollout', 'v2');
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/stopped at v2-1, which drains.*done: none, not begun: v2-2/),
    ]);
    expect(cli.steering.instances.get('v2-1')?.state).toBe('draining');
    expect(cli.steering.instances.get('v2-2')?.state).toBe('active');
  });
});

describe('feedfleet rollout of instances that start anew', () => {
  let server: Server;
  let isRestarting: boolean;
  beforeEach(async () => {
    isRestarting = false;
    server = createServer((request, response) => {
      if (request.url === '/-/restart') isRestarting = true;
      response.statusCode = request.url === '/-/restart' ? 202 : isRestarting ? 503 : 200;
      if (request.url !== '/-/restart') isRestarting = false;
      response.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (const id of ['v2-1', 'v2-2']) {
      cli.steering.instances.set(id, instanceSchema.parse({ id, family: 'v2', url }));
    }
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  /** @param failing - how many of ten requests it fails from its start on. */
  function rollout(failing: number): Promise<Ended> {
    const asked = new Map<string, number>();
    return cli.run(['rollout', 'v2'], {
      openBalancer: (address) => ({
        ...cli.steering.balancer(address),
        state: async () => {
          const state = await cli.steering.balancer(address).state();
          const times = (asked.get(address.url) ?? 0) + 1;
          asked.set(address.url, times);
          const served = { requests: 1_000 + 10 * times, failures: 500 + failing * times };
          const pools = state.pools.map((pool) => ({
            ...pool,
            members: pool.members.map((member) => ({ ...member, ...served })),
          }));
          return { ...state, pools };
        },
      }),
    });
  }

  it('goes through all of them where requests go well', async () => {
    const { code, out } = await rollout(1);
    expect([code, out]).toEqual([0, 'All 2 instances of v2 run anew.\n']);
    expect([...cli.steering.instances.values()].map(({ state }) => state)).toEqual(['active', 'active']);
  });

  it('stops at the first that fails its requests, which drains then', async () => {
    const { code, err } = await rollout(5);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/stopped at v2-1, which drains.*requests failed.*begun: v2-2/),
    ]);
    expect([...cli.steering.instances.values()].map(({ state }) => state)).toEqual(['draining', 'active']);
  });
});

describe('feedfleet fleet top', () => {
  it('adds up what all balancers tell, and names those that are silent', async () => {
    const family = { id: 'v2', requestsPerSecond: 10, errorShare: 0.5, p50Ms: 1, p99Ms: 20 };
    const feed = { feed: 'f1', requests: 300, errors: 3, shed: 1, busyMs: 60_000, answeredMs: 12 };
    const compartments = { topFeeds: [feed], topFeedsForMs: 30_000 };
    cli.steering.state = { families: [family], compartments, feeds: { f1: 'acme' } };
    const { out } = await feedfleet('fleet', 'top', '--once', '--json');
    expect(JSON.parse(out)).toMatchObject({
      balancers: ['balancer-1', 'balancer-2'],
      families: [{ id: 'v2', requestsPerSecond: 20, errorShare: 0.5, p99Ms: 20 }],
      feeds: [{ name: 'acme', requestsPerSecond: 20, load: 4, errors: 6, shed: 2 }],
    });
    cli.steering.silent.add(SECOND);
    expect((await feedfleet('fleet', 'top')).out).toMatch(
      /no answer from http:\/\/127\.0\.0\.1:7002.*\n[\s\S]*^v2 +10.0 +50.0 %/m,
    );
    cli.steering.silent.add(FIRST);
    expect((await feedfleet('fleet', 'top')).code).toBe(6);
  });

  it('needs to know a balancer', async () => {
    expect((await feedfleet('fleet', 'top', ...elsewhere, '--data', 'nothing')).code).toBe(6);
  });
});
