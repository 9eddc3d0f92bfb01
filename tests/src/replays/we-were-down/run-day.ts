/** The day with real processes: the product, or the control in which nothing stands in for what is gone. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { LoadRun } from '@feedfleet/load';
import type { LoadReport, LoadRequest, RunDocument } from '@feedfleet/load';
import { makeCertificate } from '@feedfleet/test-certificates';
import type { Issuer } from '@feedfleet/test-certificates';
import { eventually, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { seedTraffic } from '../../load/family-traffic.ts';
import { exchange } from '../../support/exchange.ts';
import { FeedClient } from '../../support/feed-client.ts';
import { buildPackage } from '../../support/package-builder.ts';
import { SourceGraph } from '../../support/source-graph.ts';
import { passDay, statusSettings } from '../pass-day.ts';
import { documentOf, sampleProcesses } from '../run-document.ts';
import { findPushes } from '../pushes.ts';
import type { Pushes } from '../pushes.ts';
import { ReplayClock } from '../replay-clock.ts';
import type { DayTime } from '../replay-clock.ts';
import { StatusWatch } from '../status-watch.ts';
import type { Said } from '../status-watch.ts';
import { askedAnew, clientsOf, MIRROR_FEED, PROXY_FEED, servedBefore, STOCK_FEED, STOCKED } from './clients.ts';
import type { DayRates } from './clients.ts';
import { DAY, END_OF_DAY, EXPIRY } from './day.ts';
import type { Deed } from './day.ts';
import { Gallery } from './gallery.ts';
import { openDayStorage } from './storage.ts';
import type { DayStorage } from './storage.ts';

export interface DayForm {
  readonly from: DayTime;
  readonly hourMs: number;
  /** Load before the day begins, in milliseconds. */
  readonly warmUpMs: number;
  /** Whether the page's own count is waited for, before the day and after it: a minute each, at most. */
  readonly isCounted: boolean;
  /** Whether packages are in a storage service, or on the disk of the fleet. */
  readonly hasStorage: boolean;
  readonly rates: DayRates;
  /** In milliseconds. */
  readonly limits: {
    /** Of a client. */
    readonly clientMs: number;
    /** For which a source is waited for. */
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
  readonly saidIn: ReadonlyMap<string, Said>;
  readonly pushes: Pushes;
  /** How often the fleet connected to the gallery between its expiry and its renewal. */
  readonly connections: number;
  /** How long after the renewal pushes were taken again, and every family answered for what nobody had asked for, in milliseconds. */
  readonly recoveryMs: number;
}

/** What the gallery said counts as fresh for so long, in milliseconds. */
const FRESH_MS = 1_000;
/** In the control nothing is kept: each question is asked of who knows. */
const KEEPS_NOTHING = { mode: 'proxy', freshMs: 0, staleMs: 0 } as const;
/** The clock may be read a moment before. */
const EXPIRED_AFTER_MS = 20;
const PUSHED_ANEW = { id: 'Stock.Anew', version: '1.0.0' };
const DAY_MS = 86_400_000;
const SETTLED_MS = 20_000;
const LOAD_LIMIT_MS = 900_000;
const PHASES = ['warm-up', ...DAY.map(({ phase }) => phase)];

export async function runDay(form: DayForm, kind: DayKind): Promise<DayResult> {
  const folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-replay-'));
  const authority = newAuthority();
  const file = path.join(folder, 'authority.pem');
  await writeFile(file, authority.certificate);
  const gallery = await Gallery.open(authority);
  const options = { timeoutMs: form.limits.sourceMs, isCached: kind === 'product' };
  const storage = form.hasStorage ? await openDayStorage(options) : undefined;
  try {
    const status = statusSettings(form.limits.probeMs);
    const environment = {
      ...{ NODE_EXTRA_CA_CERTS: file, FEEDFLEET_PROCESSES: JSON.stringify({ status }) },
      ...storage?.environment,
    };
    const fleet = await startFleet({ status: true, environment });
    try {
      return await new Day({ fleet, gallery, storage, form, kind }).live();
    } finally {
      await fleet.stop();
    }
  } finally {
    await storage?.close();
    await gallery.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function newAuthority(): Issuer {
  const [notBefore, notAfter] = [new Date(Date.now() - DAY_MS), new Date(Date.now() + DAY_MS)];
  return makeCertificate({ commonName: 'Authority of the replay', notBefore, notAfter });
}

interface DayParts {
  readonly fleet: Fleet;
  readonly gallery: Gallery;
  readonly storage: DayStorage | undefined;
  readonly form: DayForm;
  readonly kind: DayKind;
}

class Day {
  readonly #parts: DayParts;
  readonly #clock: ReplayClock;
  readonly #status: StatusWatch;
  #connectedBefore = 0;
  #connections = 0;
  #recoveryMs = 0;

  constructor(parts: DayParts) {
    this.#parts = parts;
    this.#clock = new ReplayClock(parts.form);
    this.#status = new StatusWatch(parts.fleet, this.#clock);
  }

  async live(): Promise<DayResult> {
    const { fleet, gallery, form } = this.#parts;
    await this.#furnish();
    await this.#status.untilUp();
    await Promise.all(servedBefore(fleet).map(untilServed));
    const run = new LoadRun({
      ...{ groups: clientsOf(fleet, form.rates), phase: 'warm-up' },
      ...{ timeoutMs: form.limits.clientMs, limitMs: LOAD_LIMIT_MS },
    });
    const sampler = sampleProcesses(fleet, run);
    try {
      await delay(form.warmUpMs);
      if (form.isCounted) await this.#status.untilCounted();
      const saidIn = await passDay({
        ...{ steps: DAY, end: END_OF_DAY, clock: this.#clock, status: this.#status, run },
        onSecond: EXPIRY,
        begun: () => gallery.front.showUntil(this.#clock.instantOf(EXPIRY)),
        act: (deed) => this.#do(deed),
      });
      const report = await run.stop();
      const document = documentOf(report, fleet, sampler.stop());
      if (form.isCounted) await this.#status.untilCounted();
      const pushes = await findPushes(fleet, report, PHASES);
      const { connections, recoveryMs } = { connections: this.#connections, recoveryMs: this.#recoveryMs };
      return { report, document, status: this.#status, saidIn, pushes, connections, recoveryMs };
    } finally {
      sampler.stop();
      await run.stop();
    }
  }

  /** Each process finds out by itself that what was gone is back. @returns how long that took, in milliseconds. */
  async #untilRecovered(): Promise<number> {
    const begun = performance.now();
    await Promise.all([...askedAnew(this.#parts.fleet).map(untilServed), this.#untilPushed()]);
    return performance.now() - begun;
  }

  async #untilPushed(): Promise<void> {
    const { fleet } = this.#parts;
    const client = new FeedClient(`${fleet.url}/F/${STOCK_FEED}`, fleet.adminKey);
    await eventually({ what: 'a push is taken', limitMs: SETTLED_MS }, async () => {
      const { status } = await client.push(buildPackage(PUSHED_ANEW));
      return status === 201 || status === 409 ? true : undefined;
    });
    client.disconnect();
  }

  async #furnish(): Promise<void> {
    const { fleet } = this.#parts;
    await seedTraffic(fleet);
    const graph = new SourceGraph(fleet);
    await graph.addFeed(STOCK_FEED);
    for (const { id, version } of STOCKED) await graph.push(STOCK_FEED, id, version);
    await this.#addGalleryTo(MIRROR_FEED, 'mirror');
    await this.#addGalleryTo(PROXY_FEED, 'proxy');
  }

  async #addGalleryTo(feed: string, mode: 'mirror' | 'proxy'): Promise<void> {
    const { fleet, gallery, form, kind } = this.#parts;
    const { feeds, sources } = fleet.registry;
    const { url } = gallery;
    await feeds.create({ name: feed, visibility: 'public' });
    const { source } = await sources.create(feed, {
      ...{ name: 'gallery', target: { kind: 'foreign', url, protocol: 'v3' }, allowPrivateAddresses: true },
      ...{ mode, freshMs: FRESH_MS, timeoutMs: form.limits.sourceMs },
      ...(kind === 'control' ? KEEPS_NOTHING : {}),
    });
    await sources.report({ reports: [{ source: source.id, url, fingerprint: null, state: 'clear' }] });
  }

  async #do(deed: Deed): Promise<void> {
    const { gallery, storage } = this.#parts;
    switch (deed) {
      case 'expire':
        await delay(Math.max(0, this.#clock.instantOf(EXPIRY) + EXPIRED_AFTER_MS - Date.now()));
        this.#connectedBefore = gallery.front.connections;
        gallery.front.cut();
        await storage?.expire();
        if (this.#parts.kind === 'control') await this.#forgetFiles();
        return;
      case 'renew':
        this.#connections = gallery.front.connections - this.#connectedBefore;
        gallery.front.renew();
        await storage?.renew();
        return;
      case 'awaitRecovery':
        this.#recoveryMs = await this.#untilRecovered();
    }
  }

  /** However small its bound is, the cache of a storage keeps the file that was used last. */
  async #forgetFiles(): Promise<void> {
    const folder = path.join(this.#parts.fleet.data, 'storage-cache');
    for (const instance of await readdir(folder).catch(() => []))
      await rm(path.join(folder, instance, 'blobs'), { recursive: true, force: true });
  }
}

/** Each process finds out about a new source by itself. */
async function untilServed({ url, judge }: LoadRequest): Promise<void> {
  await eventually({ what: `${url} is served`, limitMs: SETTLED_MS }, async () => {
    const { status, reason: phrase, headers, body } = await exchange(url);
    return judge?.({ status, phrase, headers, body }) === undefined ? true : undefined;
  });
}
