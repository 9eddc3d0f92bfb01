/**
 * `npm run bench:balancer`: what the balancer costs beside HAProxy and nginx in front of the same endpoint, at a fixed rate: processor time
 * of the proxy for a request, and what it adds to the latency, for bodies of 1 KB, 100 KB and 10 MB. Both engines, as they run: with all
 * guards, compartments, metrics and logs; and what they could cost at the least, which is Node's server.
 *
 * Servers are pinned to one core and the load to the other. Windows of all targets take turns; read the ratios, not the times.
 */
import { spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { LoadRun } from '@feedfleet/load';
import { eventually, freePort, portsOf, startExtraProcess, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { ms, p99, printLine, printMachine, printRow, ratio } from '../../load/report-table.ts';
import { FeedClient } from '../../support/feed-client.ts';
import { buildPackage } from '../../support/package-builder.ts';
import { recordFigure } from '../figures.ts';
import { median, pin } from '../load.ts';
import { startNginx } from '../nginx.ts';
import { processTree, scheduledMicroseconds } from '../processor-time.ts';
import { writeVersions } from '../seed.ts';
import { startBareFront, startMemoryServer } from './floors.ts';
import { startHaproxy } from './haproxy.ts';

const SERVER_CORE = 0;
const LOAD_CORE = 1;
const WINDOW_MS = Number(process.env.BENCH_WINDOW_MS ?? 2_000);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const CONNECTIONS = 32;
const FEED = 'bench';
const RATIO_LIMIT = 2;
const MIB = 1024 ** 2;
/** ADR-0010 says why a balancer has this much. */
const BALANCER_FLAGS = ['--max-old-space-size=512', '--max-semi-space-size=16'];

const INDEX = `/F/${FEED}/api/v3/flat/bench.many/index.json`;
/** Before anything is counted: compiled code is what it will stay. */
const WARM_RATE = 2_000;
const WARM_MS = Number(process.env.BENCH_WARM_MS ?? 8_000);

const bodies = [
  // 98 versions of one id: 1 KB.
  { title: '1 KB', path: INDEX, ratePerSecond: 500 },
  { title: '1 KB', path: INDEX, ratePerSecond: 2_000 },
  { title: '100 KB', path: `/F/${FEED}/api/v3/flat/bench.middle/1.0.0/bench.middle.1.0.0.nupkg`, ratePerSecond: 100 },
  { title: '10 MB', path: `/F/${FEED}/api/v3/flat/bench.large/1.0.0/bench.large.1.0.0.nupkg`, ratePerSecond: 5 },
] as const;
type Body = (typeof bodies)[number];

interface ProxyTarget {
  readonly name: string;
  readonly port: number;
  /** The proxy's; none for the endpoint itself. */
  readonly pids: readonly number[];
}

interface Round {
  readonly p50: number;
  readonly p99: number;
  readonly processorMicroseconds: number;
  readonly errors: number;
}

async function seed(fleet: Fleet): Promise<void> {
  const { feed } = await fleet.registry.feeds.create({ name: FEED, visibility: 'public' });
  const versions = Array.from({ length: 98 }, (_each, place) => ({ id: 'Bench.Many', version: `1.${place}.0` }));
  await writeVersions(
    fleet,
    versions.map((version) => ({ feedId: feed.id, ...version })),
  );
  const client = new FeedClient(`${fleet.url}/F/${FEED}`, fleet.adminKey);
  for (const [id, bytes] of [['Bench.Middle', 100_000] as const, ['Bench.Large', 10 * MIB] as const]) {
    const { status } = await client.push(
      buildPackage({ id, version: '1.0.0', files: { 'lib/a.dll': randomBytes(bytes) } }),
    );
    if (status !== 201) throw new Error(`the push answered ${status}`);
  }
  client.disconnect();
}

const isThere = (tool: string): boolean => spawnSync('which', [tool]).status === 0;

class Proxies {
  readonly targets: ProxyTarget[] = [];
  readonly #processes: ChildProcess[] = [];

  async start(fleet: Fleet, folder: string): Promise<void> {
    const endpoint = portsOf(fleet)['v3-1'] ?? 0;
    this.targets.push({ name: 'endpoint itself', port: endpoint, pids: [] });
    for (const tool of ['haproxy', 'nginx'] as const) {
      if (isThere(tool)) await this.#startTool(tool, folder, endpoint);
      else
        printLine(
          `${tool} is not there and left out; on Debian: apt-get install ${tool === 'nginx' ? 'nginx-light' : tool}`,
        );
    }
    await this.#startFloors(folder, endpoint);
    for (const engine of ['connector', 'http-proxy'] as const) {
      const { process: child, port } = await startExtraProcess(fleet, {
        ...{ workspace: 'balancer', instance: `balancer-${engine}`, flags: BALANCER_FLAGS },
        environment: { FEEDFLEET_TRANSPORT: engine, FEEDFLEET_LOG_LEVEL: 'warn' },
      });
      this.#add(`balancer, ${engine}`, child, port);
    }
    for (const { port } of this.targets) await untilAnswering(port);
  }

  async stop(): Promise<void> {
    for (const each of this.#processes) {
      const ended = new Promise((resolve) => each.once('exit', resolve));
      if (each.kill('SIGTERM')) await ended;
    }
  }

  async #startTool(tool: 'haproxy' | 'nginx', folder: string, upstreamPort: number): Promise<void> {
    const port = await freePort();
    const child =
      tool === 'haproxy'
        ? startHaproxy({ folder, port, upstreamPort })
        : startNginx({ folder, port, upstreams: { '/F/': upstreamPort } });
    await untilAnswering(port);
    this.#add(tool, child, port);
  }

  async #startFloors(folder: string, upstreamPort: number): Promise<void> {
    const flags = BALANCER_FLAGS;
    const paths = [...new Set(bodies.map((body) => body.path))];
    const memory = await startMemoryServer({ folder, upstreamPort, paths, flags });
    this.#add('node:http, from memory', memory.process, memory.port);
    const port = await freePort();
    const front = startBareFront({ port, upstreamPort, flags });
    await untilAnswering(port);
    this.#add('node:http and connector', front, port);
  }

  #add(name: string, child: ChildProcess, port: number): void {
    this.#processes.push(child);
    this.targets.push({ name, port, pids: processTree(child.pid ?? 0) });
  }
}

async function untilAnswering(port: number): Promise<void> {
  await eventually({ what: `an answer on port ${port}`, limitMs: 20_000 }, async () => {
    const answer = await fetch(`http://127.0.0.1:${port}${bodies[0].path}`);
    await answer.arrayBuffer();
    return answer.status === 200 || undefined;
  });
}

async function warmUp({ port }: ProxyTarget): Promise<void> {
  const request = () => ({ url: `http://127.0.0.1:${port}${INDEX}` });
  const group = { name: 'clients', ratePerSecond: WARM_RATE, maxConnections: CONNECTIONS, request };
  const run = new LoadRun({ groups: [group], phase: 'warm' });
  await delay(WARM_MS);
  await run.stop();
}

async function measure({ port, pids }: ProxyTarget, { path: url, ratePerSecond }: Body): Promise<Round> {
  const request = () => ({ url: `http://127.0.0.1:${port}${url}` });
  const group = { name: 'clients', ratePerSecond, maxConnections: CONNECTIONS, request };
  const run = new LoadRun({ groups: [group], phase: 'opening' });
  // Connections are opened before anything is counted.
  await delay(WINDOW_MS / 5);
  run.enter('counted');
  const before = scheduledMicroseconds(pids);
  await delay(WINDOW_MS);
  const used = scheduledMicroseconds(pids) - before;
  const result = (await run.stop()).of('counted', 'clients');
  return {
    ...{ p50: result.ok.quantileMs(0.5), p99: p99(result), errors: result.errors },
    processorMicroseconds: used / result.sent,
  };
}

/** Of each target, every round's; rounds of one number lie beside each other in time. */
async function interleave(targets: readonly ProxyTarget[], body: Body): Promise<ReadonlyMap<string, readonly Round[]>> {
  const results = new Map<string, Round[]>(targets.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const target of targets) results.get(target.name)?.push(await measure(target, body));
  }
  return results;
}

function printBody(body: Body, results: ReadonlyMap<string, readonly Round[]>): void {
  printLine(`\n${body.title}, ${body.ratePerSecond} requests a second`);
  printRow(['', 'CPU us', '/ HAProxy', 'p50 ms', 'p99 ms', '+ p50', '+ p99', 'errors']);
  const yardstick = results.get('haproxy') ?? [];
  const direct = results.get('endpoint itself') ?? [];
  for (const [name, rounds] of results) {
    const of = (figure: keyof Round): number => median(rounds.map((each) => each[figure]));
    const against = median(
      rounds.map((each, place) => each.processorMicroseconds / (yardstick[place]?.processorMicroseconds ?? Number.NaN)),
    );
    const added = (figure: 'p50' | 'p99'): number =>
      median(rounds.map((each, place) => each[figure] - (direct[place]?.[figure] ?? Number.NaN)));
    const isDirect = name === 'endpoint itself';
    if (name.startsWith('balancer')) {
      const aim = body.title === '1 KB' && name === 'balancer, connector' ? { aim: { atMost: RATIO_LIMIT } } : {};
      const title = `${body.title} at ${body.ratePerSecond}/s: processor time, ${name} / HAProxy`;
      recordFigure({ title, value: against, unit: 'ratio', ...aim });
    }
    const errors = rounds.reduce((sum, each) => sum + each.errors, 0);
    printRow([
      ...[`  ${name}`, isDirect ? '-' : of('processorMicroseconds').toFixed(1), isDirect ? '-' : ratio(against)],
      ...[ms(of('p50')), ms(of('p99')), isDirect ? '-' : ms(added('p50')), isDirect ? '-' : ms(added('p99')), errors],
    ]);
  }
}

printMachine();
const folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-bench-'));
const fleet = await startFleet();
const proxies = new Proxies();
try {
  await seed(fleet);
  await proxies.start(fleet, folder);
  const servers = [...processTree(fleet.supervisor.pid ?? 0), ...proxies.targets.flatMap(({ pids }) => pids)];
  await pin(servers, SERVER_CORE);
  await pin([process.pid], LOAD_CORE);
  for (const target of proxies.targets) await warmUp(target);
  for (const body of bodies) printBody(body, await interleave(proxies.targets, body));
  printLine(`\nAim: processor time of at most ${RATIO_LIMIT.toFixed(1)} x HAProxy's for 1 KB.`);
} finally {
  await proxies.stop();
  await fleet.stop();
  await rm(folder, { recursive: true, force: true });
}
printMachine();
