/** Makes the report of what is stored and of what the parts add. */
import type { FamilyReport, InstanceReport, MonthReport, StatusReport } from '@feedfleet/status-model';
import { averageUptimeOf, overallState } from '@feedfleet/uptime';

import type { KnownFamily, KnownFleet, KnownInstance } from '../known-fleet.ts';
import type { ComponentHistory } from '../core/history.ts';
import type { LiveState, ReportFields } from '../part.ts';

export interface ReportSources {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly title: string;
  readonly pageUrl: string;
  readonly fleet: KnownFleet;
  readonly fields: readonly ReportFields[];
  readonly liveState: (component: string) => LiveState;
  readonly historyOf: (component: string) => ComponentHistory;
  /** When each observer last reported, in milliseconds since the epoch. */
  readonly observers: ReadonlyMap<string, number>;
}

/** An observer that reported nothing for this long is silent, in milliseconds. */
const silentMs = 60_000;

const instant = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

/** Of all parts, in their order. */
function collect<T>(fields: readonly ReportFields[], pick: (each: ReportFields) => readonly T[] | undefined): T[] {
  return fields.flatMap((each) => pick(each) ?? []);
}

function instanceReport({ id, datacenter }: KnownInstance, sources: ReportSources): InstanceReport {
  const { state, since, reason } = sources.liveState(`instance:${id}`);
  const { p50Ms, p95Ms } = sources.historyOf(`instance:${id}`).latency;
  return { id, datacenter, state, since: instant(since), reason, latency: { p50Ms, p95Ms } };
}

function familyReport({ id, title, urlPattern }: KnownFamily, sources: ReportSources): FamilyReport {
  const { fleet, fields, liveState } = sources;
  const { state, since, reason } = liveState(`family:${id}`);
  const availabilityOf = (month: string): MonthReport['availability'] =>
    fields.map((each) => each.availabilityOf?.(id, month) ?? null).find((each) => each !== null) ?? null;
  const { days, months, latency } = sources.historyOf(`family:${id}`);
  const instances = fleet.instances.filter(({ family }) => family === id);
  return {
    id,
    title,
    urlPattern,
    state,
    since: instant(since),
    reason,
    latency,
    days: [...days],
    months: months.map((each) => ({ ...each, availability: availabilityOf(each.month) })),
    averageUptime: averageUptimeOf(months),
    instances: instances.map((each) => instanceReport(each, sources)),
    tip: fields.map(({ tipOf }) => tipOf?.(id) ?? null).find((tip) => tip !== null) ?? null,
  };
}

function observersOf({ observers, fields, now }: ReportSources): StatusReport['observers'] {
  const told = fields.find((each) => each.observers !== undefined)?.observers?.();
  if (told !== undefined) return told;
  return [...observers].map(([name, at]) => ({ name, lastSeenAt: instant(at), isSilent: now - at > silentMs }));
}

export function buildReport(sources: ReportSources): StatusReport {
  const { now, title, pageUrl, fleet, fields } = sources;
  const stateOf = (id: string): LiveState => sources.liveState(`family:${id}`);
  const families = fleet.families.map((family) => familyReport(family, sources));
  return {
    version: 1,
    title,
    generatedAt: new Date(now).toISOString(),
    pageUrl,
    overall: overallState(
      fleet.families.map(({ id, title: family }) => ({ title: family, ...stateOf(id) })),
      now,
    ),
    families,
    incidents: collect(fields, ({ incidents }) => incidents?.()),
    maintenance: collect(fields, ({ maintenance }) => maintenance?.()),
    messages: collect(fields, ({ messages }) => messages?.()),
    certificates: collect(fields, ({ certificates }) => certificates?.()),
    observers: observersOf(sources),
  };
}
