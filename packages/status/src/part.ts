/**
 * The parts of the status process. Each owns its tables, its routes and its fields of the report; they meet in the context alone, so
 * that one that fails leaves the page standing.
 */
import type { ContextOf, Express, Logger, Metrics } from '@feedfleet/host';
import type { Clock } from '@feedfleet/registry-client';
import type {
  Certificate,
  Incident,
  Maintenance,
  Message,
  MonthReport,
  Sample,
  SampleBatch,
  State,
  StatusReport,
  Tip,
} from '@feedfleet/status-model';
import type { IncidentArchive } from '@feedfleet/status-page';

import type { ApiOperation } from './api/api-operation.ts';
import type { KnownFleet } from './known-fleet.ts';
import type { StatusSettings } from './settings.ts';
import type { Migration, StatusDatabase } from './storage/status-database.ts';

/** What the page says of a component now. With hysteresis; maintenance is laid over it. */
export interface LiveState {
  readonly component: string;
  readonly state: State;
  /** Milliseconds since the epoch; `null` when it was never known. */
  readonly since: number | null;
  /** When it was first down or degraded since it was last up, whatever it was in between; `null` while there is no such trouble. */
  readonly troubledSince: number | null;
  /** Of the observers that see it worst. */
  readonly reason: string | null;
}

export interface StateChange extends LiveState {
  readonly from: State;
}

/** What became of a batch: what is refused says why, the rest is counted. */
export interface Ingested {
  readonly taken: number;
  readonly refused: readonly { readonly index: number; readonly reason: string }[];
}

/** Of what an observer saw, for the first time that it was told. */
export interface SeenSample extends Pick<Sample, 'component' | 'verdict'> {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** For how long after it this sample speaks, in milliseconds. */
  readonly holdMs: number;
}

export interface StatusContext {
  readonly database: StatusDatabase;
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly settings: StatusSettings;
  /** Families and instances as far as they are known. */
  fleet(): KnownFleet;
  /** With everything, for operators; `publicReport` takes off what is not for everybody. Made anew after a change, and each second. */
  current(): StatusReport;
  /** Incidents of all years, as `current()` with everything in them. */
  archive(): IncidentArchive;
  /** Of any component, also of one that nobody ever looked at. */
  liveState(component: string): LiveState;
  /** Called after every change of a live state. @returns what ends it. */
  onState(listener: (change: StateChange) => void): () => void;
  /** Called after every batch, with what of it was new and says something: not of what may still be starting. @returns what ends it. */
  onSamples(listener: (samples: readonly SeenSample[]) => void): () => void;
  /** Takes what an observer saw: told twice it counts once. The caller has checked who it is. */
  ingest(batch: Pick<SampleBatch, 'observer' | 'intervalMs' | 'samples'>): Ingested;
  /** Has the uptime between two instants counted anew, as far as samples are kept: maintenance was changed. In milliseconds. */
  recount(from: number, to: number): void;
  /** Has the next `current()` made anew: something was changed that the report shows. */
  invalidate(): void;
}

/** What a part adds to the report. Asked whenever a report is made, so that none of it may take long. */
export interface ReportFields {
  readonly fleet?: () => KnownFleet;
  readonly tipOf?: (familyId: string) => Tip | null;
  readonly availabilityOf?: (familyId: string, month: string) => MonthReport['availability'];
  readonly certificates?: () => readonly Certificate[];
  readonly incidents?: () => readonly Incident[];
  /** Those of all years; not a part of the report, for it never ends. */
  readonly archive?: () => IncidentArchive;
  /** As the report shows it. */
  readonly maintenance?: () => readonly Maintenance[];
  /** Every one that overlaps the time between two instants, in milliseconds. */
  readonly maintenanceBetween?: (from: number, to: number) => readonly Maintenance[];
  readonly messages?: () => readonly Message[];
  /** All that are registered. Without it: those that ever sent something. */
  readonly observers?: () => StatusReport['observers'];
}

export interface StatusPart {
  readonly name: string;
  readonly report?: ReportFields;
  routes?(app: Express, contextOf: ContextOf): void;
  /** Called once the page is served. */
  start?(): void;
  /** Never rejects. */
  stop?(): Promise<void>;
}

export interface StatusPartDefinition {
  readonly name: string;
  /** Oldest first; a new one is put at the end. The tables are the part's own. */
  readonly migrations: readonly Migration[];
  /** What its routes serve of the API, as the description lists it. Default: nothing. */
  readonly operations?: readonly ApiOperation[];
  readonly open: (context: StatusContext) => StatusPart;
}
