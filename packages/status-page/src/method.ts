/** How the figures come about. What is said here is what `packages/uptime` computes. */
import { SAMPLE_VALID_ROUNDS } from '@feedfleet/status-model';
import { markup } from '@feedfleet/xml-text';
import type { Markup } from '@feedfleet/xml-text';

import { timeWithAge } from './instants.ts';
import type { PageFrame } from './page-frame.ts';
import { stateWord } from './state-mark.ts';
import { atMost, count } from './words.ts';

const MOST_OBSERVERS = 20;

export function method(frame: PageFrame): Markup {
  return markup`
    <section class="panel" aria-labelledby="method"><h2 id="method">How this is measured</h2>${observers(frame)}
    <details id="formulas"><summary>States and formulas</summary>
    <p>Observers ask every endpoint as clients do: read its service document, look up and search packages, download one and
    check its hash, push one, fetch its debugging symbols. A sample speaks of its endpoint for ${SAMPLE_VALID_ROUNDS} rounds of its observer; after that, this observer knows nothing.</p>
    <dl class="states"><dt>${stateWord('up')}</dt><dd>no observer that knows says failed or slow</dd>
    <dt>${stateWord('degraded')}</dt><dd>some say failed or slow, but not more than half say failed</dd>
    <dt>${stateWord('down')}</dt><dd>more than half of the observers that know say failed</dd>
    <dt>${stateWord('maintenance')}</dt><dd>announced before</dd>
    <dt>${stateWord('unknown')}</dt><dd>nobody looked, which never counts as up, or it has not answered yet since this page was started, for a minute at most</dd></dl>
    <p><strong>Uptime</strong> is weighted by time, in UTC months. Maintenance and unknown time are in neither part, and shown.</p>
    <p class="formula"><code>uptime = (up + degraded) / (up + degraded + down)</code></p>
    <p>An average is the mean of its months, each counting the same.</p>
    <p><strong>Requests answered</strong> counts what clients really asked, as the balancer saw it: the questions of the observers are not among it.</p>
    <p class="formula"><code>availability = good answers / all answers</code></p>
    <p>The state that is shown changes after 2 bad rounds in a row, or 2 of the last 4, and back after 3 good ones in a row; the figures count every moment as it was.</p>
    </details></section>`;
}

function observers({ report, now }: PageFrame): Markup {
  const all = report.observers.slice(0, MOST_OBSERVERS);
  const silent = report.observers.filter(({ isSilent }) => isSilent).length;
  const summary =
    report.observers.length === 0
      ? 'Nobody observes at the moment.'
      : `${count(report.observers.length, 'observer')}, ${silent === 0 ? 'none' : silent} of them silent.`;
  const items = all.map(
    ({ name, lastSeenAt, isSilent }) => markup`
      <li>${stateWord(isSilent ? 'unknown' : 'up', isSilent ? 'Silent' : 'Reports')} <span>${atMost(name, 60)}, ${lastSeenAt === null ? 'never heard of' : markup`heard of at ${timeWithAge(lastSeenAt, now)}`}</span></li>`,
  );
  return all.length === 0
    ? markup`<p>${summary}</p>`
    : markup`<details id="observers"><summary>${summary}</summary><ul class="list">${items}</ul></details>`;
}
