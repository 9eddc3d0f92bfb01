/** Certificates as they are served, and their days left. */
import type { Certificate, State } from '@feedfleet/status-model';
import { markup } from '@feedfleet/xml-text';
import type { Markup } from '@feedfleet/xml-text';

import { daysUntil, timeElement } from './instants.ts';
import type { PageFrame } from './page-frame.ts';
import { stateWord } from './state-mark.ts';
import { scrollable } from './tables.ts';
import { atMost } from './words.ts';

const MOST_CERTIFICATES = 50;
/** Alerts begin at 30 days, and from 14 on somebody is late. */
const SOON_DAYS = 14;

interface Verdict {
  readonly state: State;
  readonly word: string;
}

export function certificateTable({ report, now }: PageFrame): Markup | undefined {
  const shown = report.certificates.slice(0, MOST_CERTIFICATES);
  if (shown.length === 0) return undefined;
  const rest = report.certificates.length - shown.length;
  const table = markup`
    <table><caption>Certificates as they are served, and when they end</caption>
    <thead><tr><th scope="col">Where</th><th scope="col">State</th><th scope="col">Days left</th><th scope="col">Ends</th></tr></thead>
    <tbody>${shown.map((certificate) => certificateRow(certificate, now))}</tbody></table>`;
  return markup`
    <section class="panel" aria-labelledby="certificates"><h2 id="certificates">Certificates</h2>
    ${scrollable('Certificates', table)}${rest > 0 ? markup`<p>And ${rest} more.</p>` : undefined}</section>`;
}

function certificateRow(certificate: Certificate, now: number): Markup {
  const { where, problem, validTo } = certificate;
  const left = daysUntil(validTo, now);
  const { state, word } = verdictOf(certificate, left);
  return markup`
    <tr><th scope="row">${atMost(where, 200)}</th><td class="wrap">${stateWord(state, word)}
    ${problem === null ? undefined : markup`<br><span class="soft">${atMost(problem, 300)}</span>`}</td>
    <td class="number">${left === undefined ? 'unknown' : Math.max(0, Math.min(left, 99_999))}</td><td>${timeElement(validTo, now)}</td></tr>`;
}

function verdictOf({ problem }: Certificate, left: number | undefined): Verdict {
  if (left !== undefined && left < 0) return { state: 'down', word: 'Ended' };
  if (problem !== null) return { state: 'down', word: 'Not good' };
  if (left === undefined) return { state: 'unknown', word: 'Unknown' };
  return left < SOON_DAYS ? { state: 'degraded', word: 'Ends soon' } : { state: 'up', word: 'Good' };
}
