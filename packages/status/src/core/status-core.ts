/** What all parts of the status process share: samples, live states, the report. */
import type { Logger, Metrics } from '@feedfleet/host';
import type { Clock } from '@feedfleet/registry-client';
import type { SampleBatch, StatusReport } from '@feedfleet/status-model';

import { usualFleet } from '../known-fleet.ts';
import type { KnownFleet } from '../known-fleet.ts';
import type { Ingested, LiveState, ReportFields, StateChange, StatusContext } from '../part.ts';
import { buildReport } from '../report/build-report.ts';
import type { StatusSettings } from '../settings.ts';
import type { StatusDatabase } from '../storage/status-database.ts';
import { HOUR_MS, SampleStore } from './sample-store.ts';

export interface StatusCoreOptions {
  readonly database: StatusDatabase;
  readonly settings: StatusSettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** For how long a report is shown as it is, in milliseconds. */
const keptMs = 1000;

export class StatusCore implements StatusContext {
  readonly database: StatusDatabase;
  readonly settings: StatusSettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly #samples: SampleStore;
  readonly #listeners = new Set<(change: StateChange) => void>();
  #fields: readonly ReportFields[] = [];
  #kept: { readonly report: StatusReport; readonly at: number } | undefined;
  #ownUrl = '';

  constructor({ database, settings, clock, random, log, metrics }: StatusCoreOptions) {
    this.database = database;
    this.settings = settings;
    this.clock = clock;
    this.random = random;
    this.log = log;
    this.metrics = metrics;
    this.#samples = new SampleStore(database);
  }

  /** What the parts add to the report. */
  useFields(fields: readonly ReportFields[]): void {
    this.#fields = fields;
  }

  /** @param ownUrl - where the page is served. */
  start(ownUrl: string): void {
    this.#ownUrl = ownUrl;
    this.invalidate();
  }

  async stop(): Promise<void> {
    await Promise.resolve();
  }

  fleet(): KnownFleet {
    const told = this.#fields.find(({ fleet }) => fleet !== undefined)?.fleet?.();
    return told !== undefined && told.families.length > 0 ? told : usualFleet(this.settings.publicUrl);
  }

  current(): StatusReport {
    const now = this.clock.now();
    const kept = this.#kept;
    if (kept !== undefined && now >= kept.at && now - kept.at < keptMs) return kept.report;
    const report = buildReport({
      now,
      title: this.settings.pageTitle,
      pageUrl: this.settings.pageUrl ?? this.#ownUrl,
      fleet: this.fleet(),
      fields: this.#fields,
      liveState: (component) => this.liveState(component),
      observers: this.#samples.observers(),
    });
    this.#kept = { report, at: now };
    return report;
  }

  liveState(component: string): LiveState {
    return { component, state: 'unknown', since: null, reason: null };
  }

  onState(listener: (change: StateChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  ingest(batch: Pick<SampleBatch, 'observer' | 'intervalMs' | 'samples'>): Ingested {
    const ingested = this.#samples.ingest(batch, this.clock.now());
    this.invalidate();
    return ingested;
  }

  recount(from: number, to: number): void {
    this.#samples.markDirty(Math.floor(from / HOUR_MS), Math.floor(to / HOUR_MS));
    this.invalidate();
  }

  invalidate(): void {
    this.#kept = undefined;
  }
}
