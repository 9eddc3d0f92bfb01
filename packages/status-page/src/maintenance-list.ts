/** Planned maintenance: under way and to come, and what was. */
import type { Maintenance } from '@feedfleet/status-model';
import { markup } from '@feedfleet/xml-text';
import type { Markup } from '@feedfleet/xml-text';

import { instantMs, timeElement, timeWithAge } from './instants.ts';
import { familyTitles } from './page-frame.ts';
import type { PageFrame } from './page-frame.ts';
import { paragraphs } from './prose.ts';
import { stateMark } from './state-mark.ts';
import { atMost, duration } from './words.ts';

const MOST_PLANNED = 20;

export function plannedMaintenance(frame: PageFrame): Markup | undefined {
  const planned = frame.report.maintenance.filter((window) => !isOver(window, frame.now)).slice(0, MOST_PLANNED);
  if (planned.length === 0) return undefined;
  return markup`
    <section class="panel" aria-labelledby="maintenance"><h2 id="maintenance">Planned maintenance</h2>
    ${planned.map((window) => maintenanceNote(window, frame))}
    <p class="soft"><a href="${frame.root}maintenance.ics">As a calendar</a> to subscribe to.</p></section>`;
}

export function isOver({ endsAt }: Maintenance, now: number): boolean {
  return (instantMs(endsAt) ?? 0) <= now;
}

export function maintenanceNote(window: Maintenance, { report, now }: PageFrame): Markup {
  const { title, text, components, startsAt, endsAt } = window;
  const start = instantMs(startsAt) ?? 0;
  const length = duration((instantMs(endsAt) ?? 0) - start);
  const affected = familyTitles(components, report);
  const isUnderWay = start <= now && !isOver(window, now);
  return markup`
    <article><h3>${stateMark('maintenance')} ${atMost(title, 200)}</h3>
    <p>${isUnderWay ? markup`<strong>Under way</strong>, since ${timeWithAge(startsAt, now)}, until ${timeWithAge(endsAt, now)}` : markup`${timeWithAge(startsAt, now)} to ${timeElement(endsAt, now)}, ${length}`}
    ${affected.length === 0 ? '' : `: ${affected.map((name) => atMost(name, 100)).join(', ')}`}.</p>
    ${text === null ? undefined : paragraphs(text)}</article>`;
}
