/** The past: what the report holds of it, and pages of earlier months and incidents, which are true at any time. */
import type { Incident, StatusReport } from '@feedfleet/status-model';
import { markup } from '@feedfleet/xml-text';
import type { Markup } from '@feedfleet/xml-text';

import { SHOWN_DAYS } from './day-bars.ts';
import type { IncidentArchive } from './incident-archive.ts';
import { incidentList, incidentStory } from './incidents.ts';
import { monthTitle } from './instants.ts';
import { absoluteRoot, layout } from './layout.ts';
import { isOver, maintenanceNote } from './maintenance-list.ts';
import { monthTables } from './month-tables.ts';
import { frameOf, incidentPath, monthPath, MOST_INCIDENTS } from './page-frame.ts';
import type { PageFrame } from './page-frame.ts';
import { newsOf } from './pages.ts';
import { stateMark } from './state-mark.ts';
import { atMost } from './words.ts';

/** Of one month: whoever had more has other worries than this page. */
const MOST_OF_A_MONTH = 500;

/** All that the report holds, by month, and the way to the months before. */
export function historyPage(report: StatusReport, archive: IncidentArchive): string {
  const frame = frameOf(report);
  const shown = report.incidents.slice(0, MOST_INCIDENTS);
  const byMonth = Map.groupBy(shown, ({ openedAt }) => openedAt.slice(0, 7));
  const months = [...byMonth.keys()].sort().reverse();
  const sections = months.map(
    (month) => markup`
      <section class="panel" aria-labelledby="m-${month}"><h2 id="m-${month}">${monthTitle(month)}</h2>${incidentList(byMonth.get(month) ?? [], frame)}</section>`,
  );
  const past = report.maintenance.filter((window) => isOver(window, frame.now)).slice(0, MOST_INCIDENTS);
  const windows =
    past.length === 0
      ? undefined
      : markup`
      <section class="panel" aria-labelledby="past"><h2 id="past">Maintenance</h2>${past.map((window) => maintenanceNote(window, frame))}</section>`;
  const body = markup`
    <section class="overall ${report.overall.state}"><h1 id="now">Incidents of the last ${SHOWN_DAYS} days</h1>
    <p>${stateMark(report.overall.state)} ${atMost(report.overall.sentence, 300)}</p></section>
    ${shown.length === 0 ? markup`<section class="panel"><p>There were none.</p></section>` : sections}${windows}${monthList(archive, frame)}${monthTables(frame)}`;
  return layout(
    { title: 'History', path: 'history.html', state: report.overall.state, body, news: newsOf(report) },
    frame,
  );
}

function monthList({ months }: IncidentArchive, { root }: PageFrame): Markup | undefined {
  if (months.length === 0) return undefined;
  const items = months.map(
    ({ month, incidents }) =>
      markup`<li><a href="${root}${monthPath(month)}">${monthTitle(month)}</a> <span class="soft">${incidents.length}</span></li>`,
  );
  return markup`
    <section class="panel" aria-labelledby="archive"><h2 id="archive">All incidents by month</h2><ul class="list">${items}</ul></section>`;
}

/** @param incidents - newest first. */
export function monthPage(report: StatusReport, month: string, incidents: readonly Incident[]): string {
  const frame = timelessFrame(report);
  const title = `Incidents of ${monthTitle(month)}`;
  const rest = incidents.length - MOST_OF_A_MONTH;
  const body = markup`
    <section class="overall unknown"><h1 id="now">${title}</h1><p><a href="${frame.root}history.html">All months</a></p></section>
    <section class="panel">${incidentList(incidents.slice(0, MOST_OF_A_MONTH), frame)}
    ${rest > 0 ? markup`<p>And ${rest} more.</p>` : undefined}</section>`;
  return layout({ title, path: monthPath(month), state: 'unknown', body, isTimeless: true }, frame);
}

/** @param incident - `undefined` when it is gone in the moment in which its page is made. */
export function archivedIncidentPage(report: StatusReport, incident: Incident | undefined): string {
  const frame = timelessFrame(report);
  if (incident === undefined) return notFoundPage(report);
  const title = atMost(incident.title, 200);
  const state = incident.closedAt === null ? incident.state : 'up';
  const body = incidentStory(incident, frame);
  return layout({ title, path: incidentPath(incident.id), state, body, isTimeless: true }, frame);
}

/** Says what is true anyway: that nothing is here, and how things are. */
export function notFoundPage(report: StatusReport): string {
  const frame = frameOf(report, absoluteRoot(report));
  const body = markup`
    <section class="overall unknown"><h1>There is no such page</h1>
    <p><a href="${frame.root}index.html">See how things are now.</a></p></section>`;
  return layout({ title: 'Not found', path: undefined, state: 'unknown', body, isTimeless: true }, frame);
}

const timelessFrame = (report: StatusReport): PageFrame => ({ ...frameOf(report, '../'), now: Number.NaN });
