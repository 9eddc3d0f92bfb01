/** The day with real processes: the product, or the control whose families ask sources as it was done then. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

import { LoadRun } from '@feedfleet/load';
import type { LoadReport, RunDocument } from '@feedfleet/load';
import { eventually, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { seedTraffic } from '../../load/family-traffic.ts';
import { SourceGraph } from '../../support/source-graph.ts';
import { readAccessLines } from '../access-lines.ts';
import type { AccessLine } from '../access-lines.ts';
import { passDay, statusSettings } from '../pass-day.ts';
import { documentOf, sampleProcesses } from '../run-document.ts';
import { findPushes } from '../pushes.ts';
import type { Pushes } from '../pushes.ts';
import { ReplayClock } from '../replay-clock.ts';
import type { DayTime } from '../replay-clock.ts';
import { StatusWatch } from '../status-watch.ts';
import type { Said } from '../status-watch.ts';
import { clientsOf, CLOSED_FEED, PAIR, RING, SWITCHED } from './clients.ts';
import type { AskedFeeds, DayRates } from './clients.ts';
import { DAY, END_OF_DAY, TROUBLED } from './day.ts';
import type { Deed } from './day.ts';

export interface DayForm {
  /** Of the first step. */
  readonly from: DayTime;
  readonly hourMs: number;
  /** Load before the day begins, in milliseconds. */
  readonly warmUpMs: number;
  /** Whether the page's own count is waited for, before the day and after it: a minute each, at most. */
  readonly isCounted: boolean;
  readonly rates: DayRates;
  /** Requests that a process of the control has in work at a time. */
  readonly workers: number;
  /** Limits of time, compressed like the day, though not as much. In milliseconds. */
  readonly limits: {
    /** Of a client. */
    readonly clientMs: number;
    /** For which a source is waited for. In 2013 it was 100 seconds, what .NET's `HttpWebRequest` takes by itself. */
    readonly sourceMs: number;
    /** After which the status page takes an answer for none. */
    readonly probeMs: number;
  };
}

export type DayKind = 'product' | 'control';

export interface DayResult {
  readonly report: LoadReport;
  readonly document: RunDocument;
  readonly status: StatusWatch;
  /** What the page said when a phase ended. */
  readonly saidIn: ReadonlyMap<string, Said>;
  readonly lines: readonly AccessLine[];
  readonly pushes: Pushes;
  readonly feeds: AskedFeeds;
}

const FEEDS_OF_THE_RING = 10;
/** No limit of the balancer is met in the control: in 2013 it passed on what came. */
const UNBOUNDED = { maxConcurrent: 8_192, maxQueue: 0 } as const;
const REROUTE = 'default-to-v2';
/** Beyond the limit of a client, in milliseconds. */
const ENDED_GRACE_MS = 1_000;
/** Longer than any day takes. */
const LOAD_LIMIT_MS = 900_000;
const PHASES = ['warm-up', ...DAY.map(({ phase }) => phase)];

function environmentOf({ limits, workers }: DayForm, kind: DayKind): Readonly<Record<string, string>> {
  const status = statusSettings(limits.probeMs);
  if (kind === 'product') return { FEEDFLEET_PROCESSES: JSON.stringify({ status }) };
  const preload = pathToFileURL(path.join(import.meta.dirname, '../naive/preload.ts')).href;
  return {
    FEEDFLEET_PROCESSES: JSON.stringify({ status, balancer: { automaticQuarantine: false } }),
    NODE_OPTIONS: `--import=${preload}`,
    NAIVE_SOURCE_MS: String(limits.sourceMs),
    NAIVE_WORKERS: String(workers),
  };
}

export async function runDay(form: DayForm, kind: DayKind): Promise<DayResult> {
  const data = await mkdtemp(path.join(tmpdir(), 'feedfleet-replay-'));
  try {
    const fleet = await startFleet({ data, status: true, environment: environmentOf(form, kind) });
    let seen: Omit<DayResult, 'lines'>;
    try {
      seen = await new Day(fleet, form, kind).live();
    } finally {
      await fleet.stop();
    }
    return { ...seen, lines: readAccessLines(data) };
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

class Day {
  readonly #fleet: Fleet;
  readonly #form: DayForm;
  readonly #kind: DayKind;
  readonly #graph: SourceGraph;
  readonly #clock: ReplayClock;
  readonly #status: StatusWatch;

  constructor(fleet: Fleet, form: DayForm, kind: DayKind) {
    this.#fleet = fleet;
    this.#form = form;
    this.#kind = kind;
    this.#graph = new SourceGraph(fleet);
    this.#clock = new ReplayClock(form);
    this.#status = new StatusWatch(fleet, this.#clock);
  }

  async live(): Promise<Omit<DayResult, 'lines'>> {
    const feeds = await this.#furnish();
    await this.#status.untilUp();
    const { rates, limits, warmUpMs } = this.#form;
    const run = new LoadRun({
      ...{ groups: clientsOf(this.#fleet, rates, feeds), phase: 'warm-up' },
      ...{ timeoutMs: limits.clientMs, limitMs: LOAD_LIMIT_MS },
    });
    const sampler = sampleProcesses(this.#fleet, run);
    try {
      await delay(warmUpMs);
      if (this.#form.isCounted) await this.#status.untilCounted();
      const saidIn = await passDay({
        ...{ steps: DAY, end: END_OF_DAY, clock: this.#clock, status: this.#status, run },
        act: (deed) => this.#do(deed, run, feeds),
      });
      const report = await run.stop();
      const document = documentOf(report, this.#fleet, sampler.stop());
      if (this.#form.isCounted) await this.#status.untilCounted();
      const pushes = await findPushes(this.#fleet, report, PHASES);
      return { report, document, status: this.#status, saidIn, feeds, pushes };
    } finally {
      sampler.stop();
      await run.stop();
    }
  }

  /** Feeds of the users, of the pair, and of the ring, which nobody asks yet. */
  async #furnish(): Promise<AskedFeeds> {
    const { registry } = this.#fleet;
    await seedTraffic(this.#fleet);
    const bundle = await this.#graph.addFeeds('bundle', 2);
    await this.#graph.addSource(bundle[0] ?? '', bundle[1] ?? '');
    const pair = await this.#graph.addFeeds('pair', 2);
    const ring = await this.#graph.addFeeds('ring', this.#form.rates.ring > 0 ? FEEDS_OF_THE_RING : 0);
    for (const name of ring) {
      await Promise.all(ring.filter((other) => other !== name).map((other) => this.#graph.addSource(name, other)));
    }
    await this.#graph.addFeed(CLOSED_FEED, { visibility: 'private' });
    await this.#graph.addSource(CLOSED_FEED, bundle[1] ?? '');
    if (this.#kind === 'control') {
      for (const { id } of await registry.families.list()) await registry.families.update(id, { balancing: UNBOUNDED });
    }
    return { bundle, pair, ring };
  }

  async #do(deed: Deed, run: LoadRun, { pair, ring }: AskedFeeds): Promise<void> {
    const { rates } = this.#form;
    const { sources, reroutes } = this.#fleet.registry;
    const [a = '', b = ''] = pair;
    switch (deed) {
      case 'configureLoop':
        await this.#graph.addSource(a, b);
        await this.#graph.addSource(b, a);
        run.setRate(PAIR, rates.pair);
        return;
      case 'removeLoop':
        await this.#end(run, [PAIR]);
        await Promise.all([sources.delete(a, b), sources.delete(b, a)]);
        return;
      case 'storm':
        run.setRate(RING, rates.ring);
        return;
      case 'advise':
        run.setRate('default', rates.reads / 2);
        run.setRate(SWITCHED, rates.reads / 2);
        return;
      case 'reroute':
        if (this.#kind === 'product')
          await reroutes.put(REROUTE, { family: 'default', to: 'v2', reason: 'latency of the default endpoint' });
        return;
      case 'endReroute':
        if (this.#kind === 'product') await reroutes.delete(REROUTE);
        return;
      case 'disableSources':
        await this.#end(run, [PAIR, RING]);
        await this.#disable(pair);
        await this.#disable(ring);
    }
  }

  /** Nobody of the groups asks any more, and everybody has his answer: it depends on what is about to be taken away. */
  async #end(run: LoadRun, groups: readonly string[]): Promise<void> {
    for (const group of groups) run.setRate(group, 0);
    const limitMs = this.#form.limits.clientMs + ENDED_GRACE_MS;
    await eventually({ what: 'all have their answers', limitMs }, () => {
      const { sent, ok, errors } = TROUBLED.reduce(
        (sum, phase) => {
          sum.add(run.report.sum(phase, groups));
          return sum;
        },
        run.report.sum('', []),
      );
      return ok.count + errors === sent ? true : undefined;
    });
  }

  async #disable(feeds: readonly string[]): Promise<void> {
    const edges = feeds.flatMap((feed) => feeds.filter((other) => other !== feed).map((source) => ({ feed, source })));
    await Promise.all(edges.map((edge) => this.#fleet.registry.sources.update(edge, { enabled: false })));
  }
}
