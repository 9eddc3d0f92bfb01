/** One endpoint family on the page. */
import type { FamilyReport } from '@feedfleet/status-model';
import { markup } from '@feedfleet/xml-text';
import type { Markup } from '@feedfleet/xml-text';

import { dayBars } from './day-bars.ts';
import { timeWithAge } from './instants.ts';
import { familyPath } from './page-frame.ts';
import type { PageFrame } from './page-frame.ts';
import { latencyLine } from './sparkline.ts';
import { stateWord } from './state-mark.ts';
import { messagesFor, needsTip } from './tips.ts';
import { atMost } from './words.ts';

export function familySection(family: FamilyReport, frame: PageFrame): Markup {
  const path = familyPath(family);
  const name = atMost(family.title, 100);
  return markup`
    <article class="family"><h3>${path === undefined ? name : markup`<a href="${frame.root}${path}">${name}</a>`}</h3>
    ${familyState(family, frame.now)}<p class="address"><code>${atMost(family.urlPattern, 300)}</code></p>
    ${needsTip(family) ? undefined : messagesFor(family.id, frame)}${dayBars(family)}${latencyLine(family.latency)}</article>`;
}

/** The state, and where it is not calm: since when, and why. */
export function familyState({ state, since, reason }: FamilyReport, now: number): Markup {
  const isCalm = state === 'up' || (since === null && reason === null);
  const why = reason === null ? undefined : markup` <span>${atMost(reason, 300)}</span>`;
  return markup`
    <p class="now">${stateWord(state)}</p>
    ${isCalm ? undefined : markup`<p class="reason">${since === null ? undefined : markup`Since ${timeWithAge(since, now)}.`}${why}</p>`}`;
}
