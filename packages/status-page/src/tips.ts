/** What to do now: which address serves the same, for every family in trouble, with the lines to paste. */
import type { FamilyReport, Message, Tip } from '@feedfleet/status-model';
import { markup, verbatim } from '@feedfleet/xml-text';
import type { Markup } from '@feedfleet/xml-text';

import { timeWithAge } from './instants.ts';
import { MOST_FAMILIES } from './page-frame.ts';
import type { PageFrame } from './page-frame.ts';
import { paragraphs } from './prose.ts';
import { stateMark } from './state-mark.ts';
import { atMost, STATE_WORDS } from './words.ts';

/** On all of the page. */
const MOST_MESSAGES = 40;
const LONGEST_CONFIG = 2000;
const NO_ADDRESS = verbatim(
  '<p>No other address is known to serve the same right now. This page looks for one all the time.</p>',
);

export function adviceForAll(frame: PageFrame): Markup | undefined {
  const troubled = frame.report.families.slice(0, MOST_FAMILIES).filter(needsTip);
  if (troubled.length === 0) return undefined;
  const isAdvised = (family: FamilyReport): boolean => family.tip !== null || messagesFor(family.id, frame).length > 0;
  const others = troubled.filter((family) => !isAdvised(family));
  return markup`
    <section class="panel steps" aria-labelledby="steps"><h2 id="steps">What to do now</h2>
    ${troubled.filter(isAdvised).map((family) => advice(family, frame))}
    ${others.length === 0 ? undefined : markup`<div class="advice">${others.map(nameOf)}${NO_ADDRESS}</div>`}</section>`;
}

/** Messages to all (`family` is `null`), or about one family. */
export function messagesFor(family: string | null, { report, now }: PageFrame): readonly Markup[] {
  return report.messages
    .slice(0, MOST_MESSAGES)
    .filter((message) => message.family === family)
    .map((message) => messageNote(message, now));
}

export function advice(family: FamilyReport, frame: PageFrame): Markup {
  const { tip } = family;
  return markup`
    <div class="advice">${nameOf(family)}
    ${tip === null ? NO_ADDRESS : tipText(tip, frame.now)}
    ${messagesFor(family.id, frame)}</div>`;
}

function nameOf({ state, title }: FamilyReport): Markup {
  return markup`<h3>${stateMark(state)} ${atMost(title, 100)} <span class="soft">${STATE_WORDS[state].toLowerCase()}</span></h3>`;
}

export function needsTip({ state, tip }: FamilyReport): boolean {
  return tip !== null || state === 'down' || state === 'degraded';
}

function tipText({ text, useUrl, insteadOfUrl, nugetConfig, checkedAt }: Tip, now: number): Markup {
  const checked =
    checkedAt === null
      ? markup`<p class="soft">Said by an operator.</p>`
      : markup`<p class="soft">Found to work by a probe at ${timeWithAge(checkedAt, now)}.</p>`;
  const addresses =
    useUrl === null
      ? undefined
      : markup`<dl class="swap">
        ${insteadOfUrl === null ? undefined : markup`<dt>Instead of</dt><dd><code class="old">${atMost(insteadOfUrl, 500)}</code></dd>`}
        <dt>Use</dt><dd><code class="new">${atMost(useUrl, 500)}</code></dd></dl>`;
  const lines =
    nugetConfig === null
      ? undefined
      : markup`<p>The exact lines for <code>nuget.config</code>${nugetConfig.includes('<feed>') ? markup`, with the name of your feed in place of <code>${'<feed>'}</code>` : undefined}:</p>
        <pre><code>${atMost(nugetConfig, LONGEST_CONFIG)}</code></pre>`;
  return markup`${paragraphs(atMost(text, 1000))}${addresses}${lines}${checked}`;
}

function messageNote({ kind, text, postedAt, until }: Message, now: number): Markup {
  const end = until === null ? undefined : markup`, until ${timeWithAge(until, now)}`;
  return markup`
    <div class="note"><p class="kind">${kind === 'tip' ? 'Tip of an operator' : 'Message of an operator'}</p>${paragraphs(text)}
    <p class="soft">${timeWithAge(postedAt, now)}${end}</p></div>`;
}
