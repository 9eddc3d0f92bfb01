/** Reports for tests and pictures: a calm fleet, and what may befall it. */
import type { DayReport, FamilyReport, Incident, StateTimes, StatusReport } from '@feedfleet/status-model';

import type { IncidentArchive } from './incident-archive.ts';

const SAMPLE_NOW = '2026-11-28T14:02:11Z';
const NOW = Date.parse(SAMPLE_NOW);
const MINUTE = 60_000;
const DAY = 86_400_000;
const HOST = 'https://packages.example';

const FAMILIES = [
  { id: 'default', title: 'Default', path: '' },
  { id: 'v2', title: 'NuGet v2', path: '/api/v2' },
  { id: 'push', title: 'Push', path: '/api/v2/package' },
  { id: 'v1', title: 'NuGet v1', path: '/api/v1' },
  { id: 'v3', title: 'NuGet v3', path: '/api/v3/index.json' },
  { id: 'symbols', title: 'Symbols', path: '/symbols' },
] as const;

/** All is well now; on some days of the past it was not. */
export function calmReport(): StatusReport {
  return {
    version: 1,
    title: 'packages.example status',
    generatedAt: SAMPLE_NOW,
    pageUrl: 'https://status.packages.example',
    overall: { state: 'up', sentence: 'All endpoints work.', since: at(-19 * DAY) },
    families: FAMILIES.map(sampleFamily),
    incidents: [closedIncident()],
    maintenance: [],
    messages: [],
    certificates: [
      certificate('packages.example:443', 61),
      certificate('status.packages.example:443', 61),
      certificate('source: partner.example', 24),
    ],
    observers: ['status', 'amsterdam', 'dublin'].map((name) => ({ name, lastSeenAt: at(-4000), isSilent: false })),
  };
}

/** One family is down: the tip, an incident that is told of, a message. */
export function downReport(): StatusReport {
  const report = calmReport();
  const since = at(-12 * MINUTE);
  return {
    ...report,
    overall: { state: 'down', sentence: 'NuGet v2 is down. All other endpoints work.', since },
    families: report.families.map((family) =>
      family.id === 'v2'
        ? { ...family, state: 'down', since, reason: 'search: no answer within 5 s', tip: sampleTip() }
        : family,
    ),
    incidents: [openIncident(since), ...report.incidents],
    messages: [
      {
        id: 'm3ss4g3',
        kind: 'message',
        family: null,
        text: 'We see it too, and are on it. Pushes are safe: they are stored the moment they are acknowledged.',
        postedAt: at(-7 * MINUTE),
        until: null,
      },
    ],
  };
}

export function maintenanceReport(): StatusReport {
  const report = calmReport();
  return {
    ...report,
    overall: {
      state: 'maintenance',
      sentence: 'Symbols is in maintenance. All other endpoints work.',
      since: at(-20 * MINUTE),
    },
    families: report.families.map((family) =>
      family.id === 'symbols' ? { ...family, state: 'maintenance', since: at(-20 * MINUTE), reason: null } : family,
    ),
    maintenance: [
      {
        id: 'maint001',
        title: 'Symbols move to new disks',
        text: 'Debuggers may find no symbols meanwhile. Pushed symbols appear afterwards.',
        components: ['family:symbols', 'instance:symbols-1'],
        startsAt: at(-20 * MINUTE),
        endsAt: at(40 * MINUTE),
      },
      {
        id: 'maint002',
        title: 'Switch to the second datacenter and back',
        text: null,
        components: ['family:default', 'family:v2', 'family:v3'],
        startsAt: at(9 * DAY),
        endsAt: at(9 * DAY + 90 * MINUTE),
      },
    ],
  };
}

/** Nobody has looked yet, or nobody can. */
export function unknownReport(): StatusReport {
  const report = calmReport();
  return {
    ...report,
    overall: {
      state: 'unknown',
      sentence: 'Nothing is known at the moment: no observer reports.',
      since: at(-6 * MINUTE),
    },
    families: report.families.map((family) => ({
      ...family,
      state: 'unknown',
      since: at(-6 * MINUTE),
      reason: null,
      latency: { p50Ms: null, p95Ms: null, points: [] },
      days: family.days.map(({ day }) => ({ day, uptime: null, times: times({ unknown: DAY }) })),
      months: [],
    })),
    incidents: [],
    certificates: [],
    observers: [{ name: 'status', lastSeenAt: null, isSilent: true }],
  };
}

/** An archive that holds these, as one does that is read from a database. */
export function archiveOf(incidents: readonly Incident[]): IncidentArchive {
  const monthOf = ({ openedAt }: Incident): string => openedAt.slice(0, 7);
  const byMonth = Map.groupBy(
    incidents.filter((each) => /^\d{4}-(?:0[1-9]|1[0-2])$/.test(monthOf(each))),
    monthOf,
  );
  return {
    months: [...byMonth].map(([month, some]) => ({
      month,
      edition: '1',
      incidents: some.map(({ id }) => ({ id, edition: '1' })),
    })),
    incidentsOf: (month) => (byMonth.get(month) ?? []).map((each) => ({ ...each, updates: [] })),
    incident: (id) => incidents.find((each) => each.id === id),
  };
}

export function sampleTip(): NonNullable<FamilyReport['tip']> {
  const useUrl = `${HOST}/F/<feed>/api/v3/index.json`;
  return {
    text: 'NuGet v3 serves the same packages and works right now. Clients from NuGet 3 on understand it.',
    useUrl,
    insteadOfUrl: `${HOST}/F/<feed>/api/v2`,
    nugetConfig: `<packageSources>\n  <add key="packages.example" value="${useUrl}" protocolVersion="3" />\n</packageSources>`,
    checkedAt: at(-8000),
  };
}

function sampleFamily({ id, title, path }: (typeof FAMILIES)[number], index: number): FamilyReport {
  const base = 30 + index * 17;
  return {
    id,
    title,
    urlPattern: `${HOST}/F/<feed>${path}`,
    state: 'up',
    since: at(-19 * DAY),
    reason: null,
    latency: {
      p50Ms: base,
      p95Ms: base * 2.6,
      points: Array.from({ length: 96 }, (_, point) => ({
        at: at((point - 95) * 15 * MINUTE),
        p50Ms: point > 30 && point < 35 && index === 3 ? null : base + 9 * Math.sin((point + index * 7) / 6),
        p95Ms:
          point > 30 && point < 35 && index === 3
            ? null
            : base * 2.4 + 26 * Math.abs(Math.sin(point / 5 + index)) + ((point * (index + 3) * 7919) % 23),
      })),
    },
    days: Array.from({ length: 90 }, (_, day) => sampleDay(day, index)),
    months: Array.from({ length: 23 }, (_, month) => sampleMonth(month, index)),
    instances: [1, 2].map((number) => ({
      id: `${id}-${number}`,
      datacenter: number === 1 ? 'amsterdam' : 'dublin',
      state: 'up',
      since: at(-19 * DAY),
      reason: null,
      latency: { p50Ms: base - 8, p95Ms: base * 2 },
    })),
    tip: null,
  };
}

function sampleDay(day: number, index: number): DayReport {
  const name = at((day - 89) * DAY).slice(0, 10);
  if (day < 6) return { day: name, uptime: null, times: times({ unknown: DAY }) };
  if (day === 70 && index < 2) return dayOf(name, { down: 41 * MINUTE, degraded: 22 * MINUTE });
  if (day === 33) return dayOf(name, { maintenance: 95 * MINUTE });
  if (day === 48 && index === 2) return dayOf(name, { degraded: 130 * MINUTE });
  if (day === 20) return dayOf(name, { unknown: 9 * 60 * MINUTE });
  return dayOf(name, {});
}

function dayOf(day: string, part: Partial<StateTimes>): DayReport {
  const all = times(part);
  const up = DAY - Object.values(all).reduce((sum, ms) => sum + ms, 0);
  return { day, times: { ...all, up }, uptime: (up + all.degraded) / (up + all.degraded + all.down) };
}

function sampleMonth(month: number, index: number): FamilyReport['months'][number] {
  const name = new Date(Date.UTC(2025, month, 1)).toISOString().slice(0, 7);
  const down = month === 22 && index < 2 ? 41 * MINUTE : (month * 7 + index * 5) % 11 === 0 ? 9 * MINUTE : 0;
  const all = times({ up: 30 * DAY - down, down });
  return {
    month: name,
    times: all,
    uptime: all.up / (all.up + all.down),
    availability: month < 8 ? null : { good: 1_200_000 - (down / MINUTE) * 9, all: 1_200_000 },
  };
}

function times(part: Partial<StateTimes>): StateTimes {
  return { up: 0, degraded: 0, down: 0, maintenance: 0, unknown: 0, ...part };
}

function openIncident(openedAt: string): Incident {
  return {
    id: 'v2d0wn28',
    title: 'NuGet v2 does not answer',
    state: 'down',
    components: ['family:v2', 'instance:v2-1'],
    openedAt,
    closedAt: null,
    isAutomatic: true,
    postMortemUrl: null,
    updates: [
      { at: openedAt, by: 'feedfleet', text: 'NuGet v2 is down: search: no answer within 5 s.' },
      {
        at: at(-7 * MINUTE),
        by: 'Maarten',
        text: 'A package source that leads back to itself fills all lines of v2. We are cutting it off.',
      },
    ],
  };
}

function closedIncident(): Incident {
  const openedAt = at(-19 * DAY - 63 * MINUTE);
  return {
    id: 'n0v9slow',
    title: 'Default and NuGet v2 slow, then down',
    state: 'down',
    components: ['family:default', 'family:v2'],
    openedAt,
    closedAt: at(-19 * DAY),
    isAutomatic: true,
    postMortemUrl: 'https://blog.packages.example/2026/11/09-what-happened',
    updates: [
      { at: openedAt, by: 'feedfleet', text: 'Default is degraded: by-id: slower than 2 s.' },
      { at: at(-19 * DAY), by: 'feedfleet', text: 'Default and NuGet v2 work again.' },
    ],
  };
}

function certificate(where: string, days: number): StatusReport['certificates'][number] {
  return {
    where,
    subject: where.replace(/^.*: |:\d+$/g, ''),
    validTo: at(days * DAY),
    seenAt: at(-60_000),
    problem: null,
  };
}

function at(offsetMs: number): string {
  return new Date(NOW + offsetMs).toISOString();
}
