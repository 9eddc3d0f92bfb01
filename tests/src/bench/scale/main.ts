/**
 * `npm run bench:scale`: what each hot query costs in feeds of 1,000 to 1,000,000 versions. One fleet a size, all running, asked in
 * turn, one question each, so that a slow moment of the machine hits all of them; answers are not kept, so that every request reads
 * the store.
 *
 * Absolute figures belong to the machine and the hour: read the ratios. `BENCH_SIZES` names other sizes, `BENCH_ROUNDS` and
 * `BENCH_REQUESTS` how much is asked, `BENCH_ONLY` a part of the titles of the queries, `BENCH_FOLDER` where filled feeds are kept
 * for the next run.
 */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { existsSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';

import { startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { buildPackage } from '../../support/package-builder.ts';
import { instancesOf } from '../instances.ts';
import type { Instances } from '../instances.ts';
import { processTree } from '../processor-time.ts';
import { fillStore } from './fill-store.ts';
import { hasLargeId } from './feed-shape.ts';
import { hotQueries, ordinaryIds } from './hot-queries.ts';
import type { HotQuery } from './hot-queries.ts';
import { askInTurn, foundPage, percentile, RefusedError } from './measure.ts';
import type { Asked, FoundPage, Sample } from './measure.ts';
import { printMemory, printPushes, printQuery, printSummary } from './report.ts';

const FEED = 'scale';
const IDS = 500;
const PUSHES = 40;
const sizes = (process.env.BENCH_SIZES ?? '1000,10000,100000,1000000').split(',').map(Number);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 11);
const REQUESTS = Number(process.env.BENCH_REQUESTS ?? 150);
const only = process.env.BENCH_ONLY ?? '';

interface Sized {
  readonly size: number;
  readonly fleet: Fleet;
  readonly instances: Instances;
  readonly key: string;
  readonly ids: readonly string[];
}

/** A file in the data folder that says that the feed is complete, with a key for it. */
const DONE = 'bench-scale.json';

async function open(size: number, data: string): Promise<Sized> {
  await mkdir(data, { recursive: true });
  const fleet = await startFleet({ data, environment: { FEEDFLEET_CACHE_BYTES: '0' } });
  const done = path.join(data, DONE);
  const key = existsSync(done) ? keyIn(await readFile(done, 'utf8')) : await fill(fleet, size, done);
  return { size, fleet, key, instances: await instancesOf(fleet), ids: ordinaryIds(size, IDS) };
}

const keyIn = (text: string): string => (JSON.parse(text) as { readonly key: string }).key;

async function fill(fleet: Fleet, size: number, done: string): Promise<string> {
  const began = performance.now();
  const { feed } = await fleet.registry.feeds.create({ name: FEED, visibility: 'public' });
  const { secret: key } = await fleet.registry.keys.create({ name: FEED, feeds: [FEED], scopes: ['push'] });
  await fillStore(path.join(fleet.data, 'store'), feed.id, size);
  writeFileSync(done, JSON.stringify({ key }));
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  process.stdout.write(`filled a feed with ${size} versions in ${seconds} s\n`);
  return key;
}

function askedOf(query: HotQuery, { ids, instances }: Sized, round: number): Asked {
  const instance = instances.get(`${query.family}-1`);
  if (instance === undefined) throw new Error(`no instance of ${query.family}`);
  const paths = Array.from({ length: REQUESTS }, (_, index) => {
    const draw = round * REQUESTS + index;
    return `/F/${FEED}${query.path(ids[(draw * 7919) % ids.length] ?? '', draw)}`;
  });
  return { ...instance, paths };
}

/** @returns the lines that compare sizes. */
async function measure(query: HotQuery, feeds: readonly Sized[]): Promise<readonly string[]> {
  const asked = feeds.filter(({ size }) => query.needsLargeId !== true || hasLargeId(size));
  if (asked.length === 0) return [];
  // The first round warms up.
  await askInTurn(asked.map((feed) => askedOf(query, feed, 0)));
  const rounds: (readonly Sample[])[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    rounds.push(await askInTurn(asked.map((feed) => askedOf(query, feed, round))));
  }
  const pages = await Promise.all(asked.map((feed) => pageOf(query, feed)));
  const costs = asked.map(({ size }, at) => ({
    size,
    page: pages[at],
    rounds: rounds.flatMap((each) => each[at] ?? []),
  }));
  return printQuery(query, costs);
}

/** Of the first id that is asked for. */
async function pageOf(query: HotQuery, feed: Sized): Promise<FoundPage | undefined> {
  if (query.mostFound === undefined) return undefined;
  const { port, paths } = askedOf(query, feed, 0);
  return foundPage(port, paths[0] ?? '');
}

async function measureOrTell(query: HotQuery, feeds: readonly Sized[]): Promise<readonly string[]> {
  try {
    return await measure(query, feeds);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    process.stdout.write(`\n${query.title}\n  REFUSED: ${error.message}\n`);
    return [`REFUSED: ${error.message}`];
  }
}

/** Packages of one file through the balancer, eight at a time. */
async function pushSome({ fleet, key }: Sized, round: number): Promise<number> {
  const bodies = Array.from({ length: PUSHES }, (_, index) =>
    buildPackage({ id: `Scale.Push${index}`, version: `${round + 1}.0.${Date.now() % 1_000_000}` }),
  );
  const began = performance.now();
  const push = async (): Promise<void> => {
    for (let body = bodies.pop(); body !== undefined; body = bodies.pop()) {
      const headers = { 'x-nuget-apikey': key, 'content-type': 'application/octet-stream' };
      const url = `${fleet.url}/F/${FEED}/api/v2/package`;
      const answer = await fetch(url, { method: 'PUT', headers, body: new Uint8Array(body) });
      if (answer.status !== 201) throw new Error(`the push answered ${answer.status} ${await answer.text()}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, push));
  return PUSHES / ((performance.now() - began) / 1000);
}

async function measurePushes(feeds: readonly Sized[]): Promise<void> {
  const rates = new Map<number, number[]>(feeds.map(({ size }) => [size, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const feed of feeds) rates.get(feed.size)?.push(await pushSome(feed, round));
  }
  printPushes([...rates].map(([size, each]) => ({ size, perSecond: percentile(each, 0.5) })));
}

function tellLoad(): void {
  const load = loadavg().map((each) => each.toFixed(1));
  process.stdout.write(
    `\n${ROUNDS} rounds of ${REQUESTS} requests a query and size. p50: of all requests. p99: the median of the rounds' own. p99 CPU: of all ` +
      `requests, what the main thread has run. us CPU/request: the mean, all threads. Load averages of the machine: ${load.join(', ')}\n`,
  );
}

const kept = process.env.BENCH_FOLDER;
const folder = kept ?? (await mkdtemp(path.join(tmpdir(), 'feedfleet-scale-')));
const feeds: Sized[] = [];
try {
  for (const size of sizes) feeds.push(await open(size, path.join(folder, String(size))));
  tellLoad();
  const growths = new Map<string, readonly string[]>();
  for (const query of hotQueries.filter(({ title }) => title.includes(only))) {
    growths.set(query.title, await measureOrTell(query, feeds));
  }
  printSummary(growths);
  tellLoad();
  await measurePushes(feeds);
  for (const { size, fleet } of feeds) printMemory(size, processTree(fleet.supervisor.pid ?? 0));
} finally {
  for (const { fleet } of feeds) await fleet.stop();
  if (kept === undefined) await rm(folder, { recursive: true, force: true });
}
