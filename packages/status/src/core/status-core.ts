/** What all parts of the status process share: samples, live states, the accounts, the report. */
import type { Counter, Logger, Metrics, Rounds } from '@feedfleet/host';
import type { Clock } from '@feedfleet/registry-client';
import type { Maintenance, StatusReport } from '@feedfleet/status-model';
import { NO_ARCHIVE } from '@feedfleet/status-page';
import type { IncidentArchive } from '@feedfleet/status-page';

import { usualFleet } from '../known-fleet.ts';
import type { KnownFleet } from '../known-fleet.ts';
import type { Ingested, LiveState, ReportFields, SeenSample, StateChange, StatusContext, StatusPart } from '../part.ts';
import { buildReport } from '../report/build-report.ts';
import type { StatusSettings } from '../settings.ts';
import type { StatusDatabase } from '../storage/status-database.ts';
import { Accounting } from './accounting.ts';
import { guardedFields } from './guarded-fields.ts';
import { History } from './history.ts';
import { LiveStates } from './live-states.ts';
import { removeOld } from './retention.ts';
import { SampleStore } from './sample-store.ts';
import type { Batch } from './sample-store.ts';
import { openUpkeep } from './upkeep.ts';

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
  readonly #live: LiveStates;
  readonly #accounting: Accounting;
  readonly #history: History;
  readonly #upkeep: Rounds;
  readonly #taken: Counter;
  readonly #listeners = new Set<(change: StateChange) => void>();
  readonly #sampleListeners = new Set<(samples: readonly SeenSample[]) => void>();
  #fields: readonly ReportFields[] = [];
  /** The same, not guarded: what cannot be told now is not counted without it, but later. */
  #told: readonly ReportFields[] = [];
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
    this.#live = new LiveStates(database, (change) => this.#tell(change), clock.now());
    const maintenanceBetween = (from: number, to: number): readonly Maintenance[] =>
      this.#told.flatMap((each) => each.maintenanceBetween?.(from, to) ?? []);
    this.#accounting = new Accounting({ database, samples: this.#samples, maintenanceBetween }, clock.now());
    this.#history = new History(database, this.#samples, this.#accounting);
    this.#upkeep = openUpkeep({ work: this, clock, log });
    this.#taken = metrics.counter({
      name: 'feedfleet_status_samples_total',
      help: 'Samples of observers, by what became of them: taken or refused.',
      labels: ['outcome'],
    });
    metrics.gauge({
      name: 'feedfleet_status_family_state',
      help: 'Which state each family is in: 1 for that one.',
      labels: ['family', 'state'],
      collectEach: () =>
        this.fleet().families.map(({ id }) => {
          const { state } = this.liveState(`family:${id}`);
          return { labels: { family: id, state }, value: 1 };
        }),
    });
  }

  /** What the parts add to the report. */
  useParts(parts: readonly Pick<StatusPart, 'name' | 'report'>[]): void {
    this.#told = parts.map(({ report = {} }) => report);
    this.#fields = parts.map(({ name, report = {} }) => guardedFields(name, report, this.log));
  }

  /** @param ownUrl - where the page is served. */
  start(ownUrl: string): void {
    this.#ownUrl = ownUrl;
    this.invalidate();
    this.#upkeep.start();
  }

  async stop(): Promise<void> {
    await this.#upkeep.stop();
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
      historyOf: (component) => this.#history.of(component),
      observers: this.#samples.observers(),
    });
    this.#kept = { report, at: now };
    return report;
  }

  archive(): IncidentArchive {
    return this.#fields.find(({ archive }) => archive !== undefined)?.archive?.() ?? NO_ARCHIVE;
  }

  liveState(component: string): LiveState {
    return this.#live.stateOf(component);
  }

  onState(listener: (change: StateChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onSamples(listener: (samples: readonly SeenSample[]) => void): () => void {
    this.#sampleListeners.add(listener);
    return () => this.#sampleListeners.delete(listener);
  }

  ingest(batch: Batch): Ingested {
    const now = this.clock.now();
    const taken: SeenSample[] = [];
    const saysNothing = (sample: Omit<SeenSample, 'holdMs'>): boolean => this.#live.saysNothing(sample, now);
    const ingested = this.#samples.ingest(batch, {
      now,
      saysNothing,
      taken: (sample) => {
        if (!saysNothing(sample)) taken.push(sample);
        this.#live.take(batch.observer, sample, now);
      },
    });
    this.#taken.inc({ outcome: 'taken' }, ingested.taken);
    this.#taken.inc({ outcome: 'refused' }, ingested.refused.length);
    for (const listener of this.#sampleListeners) listener(taken);
    this.#live.look(now);
    return ingested;
  }

  recount(from: number, to: number): void {
    this.#accounting.markDirty(from, to, this.clock.now());
    this.look();
    this.invalidate();
  }

  invalidate(): void {
    this.#kept = undefined;
  }

  /** Looks at what goes out of date, and at maintenance that begins or ends. */
  look(): void {
    const now = this.clock.now();
    this.#live.useMaintenance(this.#fields.flatMap((each) => each.maintenanceBetween?.(now, now + 1) ?? []));
    this.#live.look(now);
  }

  /** Sums up what was seen until now. */
  async sumUp(signal: AbortSignal): Promise<void> {
    await this.#accounting.sumUp(this.clock.now(), signal);
    this.invalidate();
  }

  /** Removes what is no longer needed. */
  async removeOld(signal: AbortSignal): Promise<void> {
    const forgotten = await removeOld({ database: this.database, samples: this.#samples }, this.clock.now(), signal);
    for (const component of forgotten) this.#live.forget(component);
  }

  #tell(change: StateChange): void {
    this.invalidate();
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        this.log.error('a change of state could not be passed on', error, { 'status.component': change.component });
      }
    }
  }
}
