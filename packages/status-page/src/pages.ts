/** The pages: each is one report, seen from one side. */
import { createHash } from 'node:crypto';

import type { FamilyReport, Incident, InstanceReport, StatusReport } from '@feedfleet/status-model';
import { markup } from '@feedfleet/xml-text';
import type { Markup } from '@feedfleet/xml-text';

import { certificateTable } from './certificate-table.ts';
import { barDefinitions, dayBars, dayStory, isEventful, SHOWN_DAYS } from './day-bars.ts';
import { familySection, familyState } from './family-section.ts';
import { incidentList, incidentStory, openIncidents } from './incidents.ts';
import { timeWithAge } from './instants.ts';
import { layout } from './layout.ts';
import { plannedMaintenance } from './maintenance-list.ts';
import { method } from './method.ts';
import { familyMonthTable, monthTables } from './month-tables.ts';
import { familyPath, frameOf, incidentPath, MOST_FAMILIES, MOST_INCIDENTS } from './page-frame.ts';
import type { PageFrame } from './page-frame.ts';
import { latencyLine } from './sparkline.ts';
import { stateMark, stateWord } from './state-mark.ts';
import { scrollable } from './tables.ts';
import { advice, messagesFor, needsTip, adviceForAll } from './tips.ts';
import { atMost, latency, STATE_WORDS } from './words.ts';

const RECENT_INCIDENTS = 5;
const MOST_INSTANCES = 500;
const REFRESH_SECONDS = 30;

/** The page that everybody opens. `isLive`: for a screen on a wall, or a reader without scripts who asked for it. */
export function statusPage(report: StatusReport, isLive = false): string {
  const frame = frameOf(report);
  const { state } = report.overall;
  const body = markup`
    ${overall(frame)}${adviceForAll(frame)}${noteOfAll(frame)}${openIncidents(frame)}${plannedMaintenance(frame)}
    ${endpoints(frame)}${monthTables(frame)}${certificateTable(frame)}${recentIncidents(frame)}${method(frame)}${refreshChoice(isLive)}`;
  return layout(
    {
      title: STATE_WORDS[state],
      path: isLive ? 'live.html' : 'index.html',
      state,
      body,
      news: newsOf(report),
      ...(isLive ? { refreshSeconds: REFRESH_SECONDS } : {}),
    },
    frame,
  );
}

export function familyPage(report: StatusReport, family: FamilyReport): string {
  const frame = frameOf(report, '../');
  const name = atMost(family.title, 100);
  const body = markup`
    <section class="overall ${family.state}"><h1 id="now">${stateMark(family.state)} ${name}</h1>${familyState(family, frame.now)}
    <p class="address"><code>${atMost(family.urlPattern, 300)}</code></p></section>
    ${needsTip(family) ? markup`<section class="panel steps" aria-labelledby="steps"><h2 id="steps">What to do now</h2>${advice(family, frame)}</section>` : messagesFor(family.id, frame)}
    <section class="panel" aria-labelledby="days"><h2 id="days">Last 90 days</h2>${barDefinitions()}${dayBars(family)}${latencyLine(family.latency)}${eventfulDays(family)}</section>
    ${familyMonthTable(family)}${incidentsOf(family, frame)}`;
  const { state } = family;
  return layout(
    { title: `${name}: ${STATE_WORDS[state]}`, path: familyPath(family), state, body, news: newsOf(report) },
    frame,
  );
}

export function incidentPage(report: StatusReport, incident: Incident): string {
  const frame = frameOf(report, '../');
  const state = incident.closedAt === null ? incident.state : 'up';
  return layout(
    {
      title: atMost(incident.title, 200),
      path: incidentPath(incident.id),
      state,
      body: incidentStory(incident, frame),
      news: newsOf(report),
    },
    frame,
  );
}

/** For operators only: instances and datacenters, and every certificate. */
export function operatorPage(report: StatusReport): string {
  const frame = frameOf(report);
  const { state } = report.overall;
  const families = report.families.slice(0, MOST_FAMILIES);
  const body = markup`${overall(frame)}${families.map((family) => instanceTable(family, frame))}${certificateTable(frame)}${method(frame)}`;
  return layout(
    { title: `Operators: ${STATE_WORDS[state]}`, path: undefined, state, body, news: newsOf(report) },
    frame,
  );
}

function overall({ report, now }: PageFrame): Markup {
  const { state, sentence, since } = report.overall;
  return markup`
    <section class="overall ${state}" aria-labelledby="now"><h1 id="now">${stateMark(state)} <span>${atMost(sentence, 300)}</span></h1>
    ${since === null ? undefined : markup`<p>Since ${timeWithAge(since, now)}</p>`}</section>`;
}

function noteOfAll(frame: PageFrame): Markup | undefined {
  const notes = messagesFor(null, frame);
  return notes.length === 0
    ? undefined
    : markup`<section class="panel" aria-labelledby="messages"><h2 id="messages">Messages</h2>${notes}</section>`;
}

function endpoints(frame: PageFrame): Markup {
  const { families } = frame.report;
  const rest = families.length - MOST_FAMILIES;
  return markup`
    <section class="panel" aria-labelledby="endpoints"><h2 id="endpoints">Endpoints</h2>${barDefinitions()}
    ${families.length === 0 ? markup`<p>None is known yet.</p>` : families.slice(0, MOST_FAMILIES).map((family) => familySection(family, frame))}
    ${rest > 0 ? markup`<p>And ${rest} more in <a href="status.json">the JSON</a>.</p>` : undefined}</section>`;
}

function recentIncidents(frame: PageFrame): Markup {
  const past = frame.report.incidents.filter(({ closedAt }) => closedAt !== null);
  const list =
    past.length === 0
      ? markup`<p>None in the last ${SHOWN_DAYS} days.</p>`
      : incidentList(past.slice(0, RECENT_INCIDENTS), frame);
  const rest = past.length - RECENT_INCIDENTS;
  return markup`
    <section class="panel" aria-labelledby="recent"><h2 id="recent">Past incidents</h2>${list}
    ${rest > 0 ? markup`<p><a href="${frame.root}history.html">${rest} more</a></p>` : undefined}</section>`;
}

function incidentsOf({ id }: FamilyReport, frame: PageFrame): Markup {
  const own = frame.report.incidents.filter(({ components }) => components.includes(`family:${id}`));
  return markup`
    <section class="panel" aria-labelledby="recent"><h2 id="recent">Incidents of the last ${SHOWN_DAYS} days</h2>
    ${own.length === 0 ? markup`<p>None.</p>` : incidentList(own.slice(0, MOST_INCIDENTS), frame)}</section>`;
}

function eventfulDays({ days }: FamilyReport): Markup | undefined {
  const told = days.slice(-SHOWN_DAYS).filter(isEventful).toReversed();
  if (told.length === 0) return undefined;
  return markup`
    <details id="eventful"><summary>Days with trouble or maintenance</summary>
    <ul>${told.map((day) => markup`<li>${dayStory(day)}</li>`)}</ul></details>`;
}

function instanceTable({ title, instances, state }: FamilyReport, { now }: PageFrame): Markup {
  const name = atMost(title, 100);
  const byDatacenter = [...Map.groupBy(instances.slice(0, MOST_INSTANCES), ({ datacenter }) => datacenter ?? '')];
  const rows = byDatacenter.map(
    ([datacenter, members]) => markup`
      <tbody><tr><th scope="rowgroup" colspan="6">${datacenter === '' ? 'No datacenter' : atMost(datacenter, 100)}, ${members.filter((one) => one.state === 'up').length} of ${members.length} up</th></tr>
      ${members.map((instance) => instanceRow(instance, now))}</tbody>`,
  );
  const table = markup`
    <table><caption>Instances of ${name} by datacenter</caption><thead><tr><th scope="col">Instance</th><th scope="col">State</th>
    <th scope="col">Since</th><th scope="col">p50</th><th scope="col">p95</th><th scope="col">Reason</th></tr></thead>${rows}</table>`;
  return markup`
    <section class="panel"><h2>${name} ${stateWord(state)}</h2>
    ${instances.length === 0 ? markup`<p>No instance is known.</p>` : scrollable(`Instances of ${name}`, table)}</section>`;
}

function instanceRow({ id, state, since, reason, latency: { p50Ms, p95Ms } }: InstanceReport, now: number): Markup {
  return markup`
    <tr><th scope="row">${atMost(id, 100)}</th><td>${stateWord(state)}</td><td>${since === null ? 'unknown' : timeWithAge(since, now)}</td>
    <td class="number">${latency(p50Ms)}</td><td class="number">${latency(p95Ms)}</td><td class="wrap">${reason === null ? '' : atMost(reason, 300)}</td></tr>`;
}

/** No page turns itself over unasked: that would throw a reader with a screen reader back to its beginning. */
function refreshChoice(isLive: boolean): Markup {
  return isLive
    ? markup`<p class="soft">This page loads again every ${REFRESH_SECONDS} seconds. <a href="index.html">Stop that</a></p>`
    : markup`<noscript><p class="soft"><a href="live.html">Load this page again every ${REFRESH_SECONDS} seconds</a></p></noscript>`;
}

/** A short name of all that is news; ages and latencies are none. */
export function newsOf({
  overall: { state, sentence },
  families,
  incidents,
  maintenance,
  messages,
}: StatusReport): string {
  const told = [
    state,
    sentence,
    ...families.slice(0, MOST_FAMILIES).flatMap((family) => {
      const { tip } = family;
      return [family.id, family.state, family.reason, tip?.text, tip?.useUrl, tip?.nugetConfig];
    }),
    ...incidents.slice(0, MOST_INCIDENTS).flatMap(({ id, title, closedAt, postMortemUrl, updates }) => {
      return [id, title, closedAt, postMortemUrl, updates.length, updates.at(-1)?.text];
    }),
    ...maintenance.slice(0, MOST_INCIDENTS).flatMap(({ id, title, startsAt, endsAt }) => [id, title, startsAt, endsAt]),
    ...messages.slice(0, MOST_INCIDENTS).flatMap(({ id, text }) => [id, text]),
  ];
  const hash = createHash('sha256');
  for (const piece of told) hash.update(`${atMost(String(piece ?? ''), 4000)}\u0000`);
  return hash.digest('base64url').slice(0, 12);
}
