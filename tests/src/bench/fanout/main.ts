/**
 * `npm run bench:fanout`: feeds with 1, 5, 20 and 50 sources, against the slowest of the sources asked by itself; for feeds of the fleet
 * that is one leaf, read through the balancer. Rounds are interleaved, and each ratio is taken within a round: read those, not the times.
 *
 * Cold: an id that was never asked for, by processes that are warm. Warm: asked before. Stale: kept, and older than its source allows.
 */
import { startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { recordFigure } from '../figures.ts';
import { median } from '../load.ts';
import { processTree, processorMicroseconds } from '../processor-time.ts';
import { COLD_IDS, LEAF, WARM_ID, WIDTHS, addForeign, addOwn, coldId, untilComplete } from './hierarchies.ts';
import { startSlowSources } from './slow-sources.ts';
import type { SlowSources } from './slow-sources.ts';

const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const ROUND_MS = 150;
/** No further round of a question begins after it, so that the whole ends on slow machines, too. */
const LIMIT_MS = 6_000;

const questions = {
  'v2 FindPackagesById': (id: string) => `/api/v2/FindPackagesById()?id='${id}'&semVerLevel=2.0.0`,
  'v3 flat index': (id: string) => `/api/v3/flat/${id}/index.json`,
  'v3 registration': (id: string) => `/api/v3/registration/semver2/${id}/index.json`,
} as const;
type Question = keyof typeof questions;
const names = Object.keys(questions) as readonly Question[];

interface Run {
  /** The median, in milliseconds. */
  readonly latency: number;
  readonly microsecondsPerRequest: number;
}

async function timed(url: string): Promise<number> {
  const began = performance.now();
  const answer = await fetch(url);
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`);
  if (answer.headers.has('x-feedfleet-partial')) throw new Error(`${url} was answered in part`);
  return performance.now() - began;
}

/** One request after the other for a while, at least three. */
async function run(url: string, pids: readonly number[]): Promise<Run> {
  const before = processorMicroseconds(pids);
  const latencies: number[] = [];
  const end = performance.now() + ROUND_MS;
  while (latencies.length === 0 || performance.now() < end) latencies.push(await timed(url));
  const used = processorMicroseconds(pids) - before;
  return { latency: median(latencies), microsecondsPerRequest: used / latencies.length };
}

function print(cells: readonly string[]): void {
  const [first = '', ...rest] = cells;
  process.stdout.write(`${first.padEnd(40)}${rest.map((cell) => cell.padStart(14)).join('')}\n`);
}

/** Each with what it is compared with. */
type Samples = readonly (readonly [Run, Run])[];

interface Pair {
  readonly title: string;
  readonly width: number;
  readonly samples: Samples;
  readonly withProcessor: boolean;
}

function printPair({ title, width, samples, withProcessor }: Pair): void {
  const ratio = (figure: keyof Run): string =>
    median(samples.map(([it, base]) => it[figure] / base[figure])).toFixed(2);
  const [its, bases] = [median(samples.map(([it]) => it.latency)), median(samples.map(([, base]) => base.latency))];
  recordFigure({ title: `${title}, ${width} sources: p50 / the base`, value: Number(ratio('latency')), unit: 'ratio' });
  print(
    [title, String(width), its.toFixed(1), bases.toFixed(1), ratio('latency')].concat(
      withProcessor ? [ratio('microsecondsPerRequest')] : [],
    ),
  );
}

/** Never asked: each sample is another id, or another URL of the base. */
async function cold(
  feedUrl: (id: string) => string,
  baseUrl: (id: string) => string,
  ids: readonly string[],
): Promise<Samples> {
  const samples: (readonly [Run, Run])[] = [];
  for (const id of ids) {
    const base = { latency: await timed(baseUrl(id)), microsecondsPerRequest: 0 };
    samples.push([{ latency: await timed(feedUrl(id)), microsecondsPerRequest: 0 }, base]);
  }
  return samples;
}

/** Every width once a round, right after what it is compared with. */
async function warm(
  url: (width: number) => string,
  baseUrl: string,
  pids: readonly number[],
): Promise<ReadonlyMap<number, Samples>> {
  const samples = new Map<number, (readonly [Run, Run])[]>(WIDTHS.map((width) => [width, []]));
  for (const width of WIDTHS) await untilComplete(url(width), width);
  const end = performance.now() + LIMIT_MS;
  for (let round = 0; round < rounds && (round === 0 || performance.now() < end); round += 1) {
    for (const [width, list] of samples) {
      const base = await run(baseUrl, pids);
      list.push([await run(url(width), pids), base]);
    }
  }
  return samples;
}

async function measureOwn(fleet: Fleet): Promise<void> {
  const pids = processTree(fleet.supervisor.pid ?? 0);
  print(['\nsources of this fleet', 'sources', 'p50 ms', 'one leaf, ms', 'ratio', 'CPU ratio']);
  for (const [place, name] of names.entries()) {
    const path = questions[name];
    const at = (feed: string) => (id: string) => `${fleet.url}/F/${feed}${path(id)}`;
    const warmed = await warm((width) => at(`own-${width}`)(WARM_ID), at(LEAF)(WARM_ID), pids);
    for (const width of WIDTHS) {
      const share = COLD_IDS / names.length;
      const ids = Array.from({ length: share }, (_each, index) => coldId(width, place * share + index));
      const samples = await cold(at(`own-${width}`), at(LEAF), ids);
      printPair({ title: `${name}, cold`, width, samples, withProcessor: false });
    }
    for (const [width, samples] of warmed) printPair({ title: `${name}, warm`, width, samples, withProcessor: true });
  }
}

async function measureForeign(fleet: Fleet, servers: SlowSources): Promise<void> {
  print(['\nforeign v3 sources', 'sources', 'p50 ms', 'slowest, ms', 'ratio']);
  for (const name of names) {
    const at = (feed: string) => (id: string) => `${fleet.url}/F/${feed}${questions[name](id)}`;
    for (const state of ['foreign', 'stale'] as const) {
      const warmed = await warm((width) => at(`${state}-${width}`)(WARM_ID), servers.slowestUrl, []);
      const title = `${name}, ${state === 'stale' ? 'stale' : 'warm'}`;
      for (const [width, samples] of warmed) printPair({ title, width, samples, withProcessor: false });
    }
    for (const width of WIDTHS) {
      const ids = Array.from({ length: 3 }, (_each, place) => `${name.replaceAll(' ', '.')}${width}.${place}`);
      const samples = await cold(at(`foreign-${width}`), () => servers.slowestUrl, ids);
      printPair({ title: `${name}, cold`, width, samples, withProcessor: false });
    }
  }
}

const fleet = await startFleet();
const servers = await startSlowSources();
try {
  await addOwn(fleet);
  await measureOwn(fleet);
  await addForeign(fleet, servers);
  await measureForeign(fleet, servers);
} finally {
  await fleet.stop();
  servers.close();
}
