/** What happened, as entries of a feed: incidents opened, told of and closed, and maintenance that is planned. */
import type { Incident, StatusReport } from '@feedfleet/status-model';

import { byNewest, instantMs, isoSeconds } from './instants.ts';
import { familyTitles, incidentPath, MOST_INCIDENTS } from './page-frame.ts';
import { atMost, STATE_WORDS } from './words.ts';

export interface StatusEvent {
  /** The same for good, wherever the page is. */
  readonly id: string;
  readonly at: string;
  readonly title: string;
  readonly text: string;
  /** Of the page about it, from the folder of the site. */
  readonly path: string;
  readonly kind: 'opened' | 'update' | 'closed' | 'maintenance';
}

const MOST_EVENTS = 100;
const MOST_UPDATES = 50;

/** Newest first. */
export function statusEvents(report: StatusReport): readonly StatusEvent[] {
  const incidents = report.incidents.slice(0, MOST_INCIDENTS).flatMap((incident) => incidentEvents(incident, report));
  const maintenance = report.maintenance
    .slice(0, MOST_INCIDENTS)
    .map(({ id, title, text, components, startsAt, endsAt }): StatusEvent => {
      const affected = familyTitles(components, report);
      const times = `From ${plainTime(startsAt)} to ${plainTime(endsAt)}${affected.length === 0 ? '' : `: ${affected.join(', ')}`}.`;
      return {
        id: `urn:feedfleet:status:maintenance:${id}`,
        at: earlier(startsAt, report.generatedAt),
        title: `Maintenance: ${atMost(title, 200)}`,
        text: text === null ? times : `${times}\n\n${atMost(text, 4000)}`,
        path: 'index.html',
        kind: 'maintenance',
      };
    });
  const dated = [...incidents, ...maintenance].filter(({ at }) => instantMs(at) !== undefined);
  return byNewest(dated, ({ at }) => at).slice(0, MOST_EVENTS);
}

function incidentEvents(incident: Incident, report: StatusReport): readonly StatusEvent[] {
  const { id, title, openedAt, closedAt, updates, state, components } = incident;
  const shared = { path: incidentPath(id) ?? 'history.html' };
  const name = (step: string): string => `urn:feedfleet:status:incident:${id}:${step}`;
  const affected = familyTitles(components, report);
  const facts = `${STATE_WORDS[state]}${affected.length === 0 ? '' : `: ${affected.join(', ')}`}.`;
  const told = updates
    .map(({ at, text }, index): StatusEvent => ({
      ...shared,
      id: name(String(index + 1)),
      at,
      title: `Update: ${atMost(title, 200)}`,
      text: atMost(text, 4000),
      kind: 'update',
    }))
    .slice(-MOST_UPDATES);
  const opened: StatusEvent = {
    ...shared,
    id: name('opened'),
    at: openedAt,
    title: `Opened: ${atMost(title, 200)}`,
    text: facts,
    kind: 'opened',
  };
  if (closedAt === null) return [opened, ...told];
  const post = incident.postMortemUrl === null ? '' : ` Post-mortem: ${incident.postMortemUrl}`;
  return [
    opened,
    ...told,
    {
      ...shared,
      id: name('closed'),
      at: closedAt,
      title: `Closed: ${atMost(title, 200)}`,
      text: `It is closed.${post}`,
      kind: 'closed',
    },
  ];
}

/** Feed readers pass over what is dated in the future. When a plan was made is not known, so its date is that of the first report that a reader asks for. */
function earlier(a: string, b: string): string {
  return (instantMs(a) ?? 0) <= (instantMs(b) ?? 0) ? a : dayOf(b);
}

function dayOf(instant: string): string {
  const ms = instantMs(instant);
  return ms === undefined ? instant : `${isoSeconds(ms).slice(0, 10)}T00:00:00Z`;
}

function plainTime(instant: string): string {
  const ms = instantMs(instant);
  return ms === undefined ? atMost(instant, 40) : `${isoSeconds(ms).slice(0, 16).replace('T', ' ')} UTC`;
}
