/**
 * `npm run bench`: the hot reads at the endpoint and through the balancer, against a bare node:http server that answers the same
 * bytes and against nginx, in one run, interleaved; then the fleet's start and its memory when idle.
 *
 * Servers are pinned to one core and wrk to another. Absolute figures belong to the machine and the hour: read the ratios.
 */
import { fork, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { freePort, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { recordFigure } from './figures.ts';
import type { Figure } from './figures.ts';
import { instancesOf } from './instances.ts';
import type { Instances } from './instances.ts';
import { interleave, pairedRatio, pin, summary } from './load.ts';
import type { LoadTarget, RoundResult, Rounds } from './load.ts';
import { startNginx } from './nginx.ts';
import { memoryBytes, processTree } from './processor-time.ts';
import { hotReads, seedFeed } from './seed.ts';
import type { HotRead } from './seed.ts';

const SERVER_CORE = 0;
const LOAD_CORE = 1;
const CONNECTIONS = 32;
const seconds = Number(process.env.BENCH_SECONDS ?? 1);
const rounds = Number(process.env.BENCH_ROUNDS ?? 9);

interface Prepared extends HotRead {
  readonly file: string;
  readonly head: readonly string[];
  readonly bytes: number;
}

interface Servers {
  readonly fleet: Fleet;
  readonly bare: { readonly process: ChildProcess; readonly port: number };
  readonly nginx: { readonly process: ChildProcess; readonly port: number };
  readonly instances: Instances;
}

function requireTools(): void {
  const missing = ['wrk', 'nginx', 'taskset'].filter((tool) => spawnSync('which', [tool]).status !== 0);
  if (missing.length === 0) return;
  process.stderr.write(`bench: missing ${missing.join(', ')}; on Debian: apt-get install wrk nginx-light util-linux\n`);
  process.exit(2);
}

/** Fetches each answer once through the balancer, and keeps its bytes for the yardsticks. */
async function prepare(fleet: Fleet, folder: string, reads: readonly HotRead[]): Promise<readonly Prepared[]> {
  await mkdir(path.join(folder, 'static'), { recursive: true });
  return await Promise.all(
    reads.map(async (read) => {
      const answer = await fetch(fleet.url + read.path, { headers: { 'accept-encoding': 'identity' } });
      if (answer.status !== 200) throw new Error(`${read.path} answered ${answer.status}`);
      const body = Buffer.from(await answer.arrayBuffer());
      const file = path.join(folder, 'static', read.slug);
      await writeFile(file, body);
      return { ...read, file, head: headOf(answer.headers), bytes: body.length };
    }),
  );
}

/** What belongs to the answer, and neither to the connection nor to the balancer. */
function headOf(headers: Headers): readonly string[] {
  const others = new Set(['connection', 'date', 'keep-alive', 'x-feedfleet-busy', 'x-request-id']);
  return [...headers].filter(([name]) => !others.has(name)).flat();
}

async function startBare(prepared: readonly Prepared[]): Promise<Servers['bare']> {
  const answers = Object.fromEntries(prepared.map(({ path: url, file, head }) => [url, { file, head }]));
  const child = fork(path.join(import.meta.dirname, 'bare-server.ts'), [JSON.stringify(answers)], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const { port } = await new Promise<{ readonly port: number }>((resolve) => child.once('message', resolve));
  return { process: child, port };
}

function targetsFor(read: Prepared, servers: Servers): readonly LoadTarget[] {
  const endpoint = servers.instances.get(`${read.family}-1`);
  const balancer = servers.instances.get('balancer');
  if (endpoint === undefined || balancer === undefined) throw new Error(`no instance of ${read.family}`);
  const nginxPids = processTree(servers.nginx.process.pid ?? 0);
  const at = (port: number, url: string): string => `http://127.0.0.1:${port}${url}`;
  return [
    { name: 'endpoint', url: at(endpoint.port, read.path), pids: [endpoint.pid] },
    { name: 'bare node:http', url: at(servers.bare.port, read.path), pids: [servers.bare.process.pid ?? 0] },
    { name: 'nginx file', url: at(servers.nginx.port, `/static/${read.slug}`), pids: nginxPids },
    { name: 'balancer', url: at(balancer.port, read.path), pids: [balancer.pid] },
    { name: 'nginx proxy', url: at(servers.nginx.port, read.path), pids: nginxPids },
  ];
}

const padded = (cells: readonly (string | number)[]): string =>
  cells.map((cell, column) => String(cell)[column === 0 ? 'padEnd' : 'padStart'](column === 0 ? 30 : 16)).join('');

function printRead(read: Prepared, results: ReadonlyMap<string, Rounds>): void {
  const of = (name: string): Rounds => results.get(name) ?? [];
  process.stdout.write(`\n${read.title} (${read.bytes} bytes)\n`);
  process.stdout.write(`${padded(['', 'requests/s', 'us CPU/request', 'failures'])}\n`);
  for (const [name, each] of results) {
    const { requestsPerSecond, microsecondsPerRequest, failures } = summary(each);
    const cells = [`  ${name}`, requestsPerSecond.toFixed(0), microsecondsPerRequest.toFixed(1), failures];
    process.stdout.write(`${padded(cells)}\n`);
  }
  const ratio = (left: string, right: string, figure: keyof RoundResult): string =>
    pairedRatio(of(left), of(right), figure).toFixed(2);
  const throughput = ratio('endpoint', 'bare node:http', 'requestsPerSecond');
  process.stdout.write(`  endpoint / bare node:http, requests/s: ${throughput} (aim: at least 0.9)\n`);
  const record = (title: string, text: string, aim: NonNullable<Figure['aim']>): void =>
    recordFigure({ title: `${read.title}: ${title}`, value: Number(text), unit: 'ratio', aim });
  record('requests a second, endpoint / bare node:http', throughput, { atLeast: 0.9 });
  const processor = ratio('balancer', 'nginx proxy', 'microsecondsPerRequest');
  process.stdout.write(`  balancer / nginx proxy, CPU per request: ${processor} (aim: at most 5)\n`);
  record('processor time, balancer / nginx', processor, { atMost: 5 });
}

async function measureReads(fleet: Fleet, folder: string): Promise<void> {
  const prepared = await prepare(fleet, folder, hotReads);
  const instances = await instancesOf(fleet);
  const bare = await startBare(prepared);
  const nginxPort = await freePort();
  const upstreams = {
    '/F/bench/api/v3/': instances.get('v3-1')?.port ?? 0,
    '/F/bench/api/v2/': instances.get('v2-1')?.port ?? 0,
  };
  const nginx = { process: startNginx({ folder, port: nginxPort, upstreams }), port: nginxPort };
  const servers: Servers = { fleet, bare, nginx, instances };
  try {
    await untilAnswering(`http://127.0.0.1:${nginxPort}/static/${prepared[0]?.slug ?? ''}`);
    const pids = [
      ...processTree(fleet.supervisor.pid ?? 0),
      bare.process.pid ?? 0,
      ...processTree(nginx.process.pid ?? 0),
    ];
    await pin(pids, SERVER_CORE);
    for (const read of prepared) {
      const targets = targetsFor(read, servers);
      const options = { connections: CONNECTIONS, seconds, core: LOAD_CORE };
      await interleave(targets, 1, { ...options, seconds: 1 });
      printRead(read, await interleave(targets, rounds, options));
    }
  } finally {
    bare.process.disconnect();
    nginx.process.kill('SIGTERM');
  }
}

async function untilAnswering(url: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} did not answer`);
}

/** Ready time from the start of the supervisor, on data that exists, and memory after ten idle seconds. */
async function measureStart(data: string): Promise<void> {
  const began = performance.now();
  // As `npm start` does, which keeps compiled code here.
  const code = path.resolve(import.meta.dirname, '../../../node_modules/.cache/feedfleet');
  const fleet = await startFleet({ data, environment: { NODE_COMPILE_CACHE: code } });
  const readyMs = performance.now() - began;
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  const { resident, proportional } = memoryBytes(processTree(fleet.supervisor.pid ?? 0));
  await fleet.stop();
  const mib = (bytes: number): string => (bytes / 1024 ** 2).toFixed(0);
  recordFigure({ title: 'a fleet is ready', value: readyMs / 1_000, unit: 's', aim: { atMost: 5 } });
  recordFigure({ title: 'all processes, idle', value: resident / 1024 ** 2, unit: 'MiB', aim: { atMost: 700 } });
  process.stdout.write(`\nfleet ready after ${(readyMs / 1000).toFixed(2)} s (aim: 5 s)\n`);
  process.stdout.write(
    `all processes when idle: ${mib(resident)} MiB resident, ${mib(proportional)} MiB with shared pages once (aim: 700)\n`,
  );
}

requireTools();
const folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-bench-'));
const data = path.join(folder, 'data');
await mkdir(data);
try {
  await measureStart(data);
  const fleet = await startFleet({ data });
  try {
    await seedFeed(fleet);
    await measureReads(fleet, folder);
  } finally {
    await fleet.stop();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
