/** Incidents: those that are open in full, the others as a list that leads to their pages. */
import type { Incident, IncidentUpdate } from '@feedfleet/status-model';
import { markup } from '@feedfleet/xml-text';
import type { Markup } from '@feedfleet/xml-text';

import { byNewest, instantMs, timeElement, timeWithAge } from './instants.ts';
import { familyTitles, incidentPath } from './page-frame.ts';
import type { PageFrame } from './page-frame.ts';
import { paragraphs, webUrl } from './prose.ts';
import { stateMark } from './state-mark.ts';
import { atMost, duration, STATE_WORDS } from './words.ts';

const SHOWN_UPDATES = 3;
/** Newest ones; an incident that needed more has become a book. */
const MOST_UPDATES = 50;
const MOST_OPEN = 10;

export function openIncidents(frame: PageFrame): Markup | undefined {
  const open = frame.report.incidents.filter(({ closedAt }) => closedAt === null);
  if (open.length === 0) return undefined;
  const rest = open.length - MOST_OPEN;
  return markup`
    <section class="panel" aria-labelledby="open"><h2 id="open">Open incidents</h2>
    ${open.slice(0, MOST_OPEN).map((incident) => openIncident(incident, frame))}
    ${rest > 0 ? markup`<p>And ${rest} more in the <a href="${frame.root}history.html">history</a>.</p>` : undefined}</section>`;
}

function openIncident(incident: Incident, frame: PageFrame): Markup {
  const rest = incident.updates.length - SHOWN_UPDATES;
  const path = incidentPath(incident.id);
  const more =
    rest > 0 && path !== undefined
      ? markup`<p><a href="${frame.root}${path}">All ${incident.updates.length} updates</a></p>`
      : undefined;
  return markup`
    <article><h3>${stateMark(incident.state)} ${linkTo(incident, frame)}</h3>${incidentFacts(incident, frame)}
    ${timeline(incident.updates, frame.now, SHOWN_UPDATES)}${more}</article>`;
}

function incidentFacts(incident: Incident, { report, now }: PageFrame): Markup {
  const { openedAt, closedAt, state, components, isAutomatic, postMortemUrl } = incident;
  const affected = familyTitles(components, report);
  const url = webUrl(postMortemUrl);
  const times =
    closedAt === null
      ? markup`Open since ${timeWithAge(openedAt, now)}`
      : markup`${timeElement(openedAt, now)} to ${timeElement(closedAt, now)} <span class="soft">(${lengthOf(incident)})</span>`;
  return markup`
    <p>${times}. At worst ${STATE_WORDS[state].toLowerCase()}${affected.length === 0 ? '' : `: ${affected.map((title) => atMost(title, 100)).join(', ')}`}.
    ${isAutomatic ? markup` <span class="soft">Opened by the probes.</span>` : undefined}
    ${url === undefined ? undefined : markup` <a href="${url}" rel="noreferrer nofollow">Post-mortem</a>`}</p>`;
}

/** All of one, for a page of its own. */
export function incidentStory(incident: Incident, frame: PageFrame): Markup {
  const isOpen = incident.closedAt === null;
  const state = isOpen ? incident.state : 'up';
  return markup`
    <section class="overall ${state}"><h1 id="now">${stateMark(state)} ${atMost(incident.title, 200)}</h1>
    <p>${isOpen ? 'This incident is open.' : 'This incident is closed.'}</p></section>
    <section class="panel" aria-labelledby="what"><h2 id="what">What happened</h2>${incidentFacts(incident, frame)}${timeline(incident.updates, frame.now)}</section>`;
}

/** Newest first, so that the news stand where the eye begins. */
function timeline(updates: readonly IncidentUpdate[], now: number, most = MOST_UPDATES): Markup | undefined {
  if (updates.length === 0) return undefined;
  const shown = byNewest(updates.slice(-most), ({ at }) => at);
  return markup`<ol class="timeline" reversed="">
    ${shown.map(({ at, by, text }) => markup`<li><p class="soft">${timeWithAge(at, now)}, ${atMost(by, 80)}</p>${paragraphs(text)}</li>`)}</ol>`;
}

/** Rows of one line each. */
export function incidentList(incidents: readonly Incident[], frame: PageFrame): Markup {
  return markup`<ul class="list">${incidents.map(
    (incident) => markup`
      <li>${stateMark(incident.state)}<span>${linkTo(incident, frame)}<br>
      <span class="soft">${timeElement(incident.openedAt, frame.now)}, ${incident.closedAt === null ? 'still open' : lengthOf(incident)}, ${STATE_WORDS[incident.state].toLowerCase()}
      ${webUrl(incident.postMortemUrl) === undefined ? '' : ', with post-mortem'}</span></span></li>`,
  )}</ul>`;
}

function linkTo({ id, title }: Incident, { root }: PageFrame): Markup {
  const path = incidentPath(id);
  const words = atMost(title, 200);
  return path === undefined ? markup`${words}` : markup`<a href="${root}${path}">${words}</a>`;
}

function lengthOf({ openedAt, closedAt }: Incident): string {
  return duration((instantMs(closedAt) ?? 0) - (instantMs(openedAt) ?? 0));
}
