/** What is around the content of every page: head, skip link, navigation, feeds. */
import type { State, StatusReport } from '@feedfleet/status-model';
import { markup, verbatim } from '@feedfleet/xml-text';
import type { Markup } from '@feedfleet/xml-text';

import { exactTime } from './instants.ts';
import type { PageFrame } from './page-frame.ts';
import { webUrl } from './prose.ts';
import { pageScript } from './script.ts';
import { contentPolicy } from './security.ts';
import { markDefinitions, tabIcon } from './state-mark.ts';
import { styleSheet } from './style.ts';
import { atMost } from './words.ts';

export interface PageContent {
  /** Before the title of the site. */
  readonly title: string;
  /** From the folder of the site; `undefined` for a page that may be anywhere, and that no search engine should keep. */
  readonly path: string | undefined;
  readonly state: State;
  readonly body: Markup;
  /** In which a reader who asked for it gets the page again without scripts. */
  readonly refreshSeconds?: number;
  /** What stands in place of the time when the data were made. */
  readonly isTimeless?: boolean;
  /** Changes exactly when there is something new to tell. */
  readonly news?: string;
}

export function layout(content: PageContent, frame: PageFrame): string {
  const { report, root } = frame;
  const { title, state, body, news, path, refreshSeconds } = content;
  const site = siteTitle(report);
  const page = markup`<!doctype html>
    <html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${contentPolicy()}">
    <meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">
    <meta name="referrer" content="no-referrer">
    ${refreshSeconds === undefined ? undefined : markup`<meta http-equiv="refresh" content="${refreshSeconds}">`}
    ${path === undefined || refreshSeconds !== undefined ? markup`<meta name="robots" content="noindex">` : undefined}
    <title>${atMost(title, 200)} - ${site}</title><link rel="icon" id="icon" href="${tabIcon(state)}">${links(path, frame)}
    <style>${verbatim(styleSheet())}</style></head><body><a class="skip" href="#content">Skip to the content</a>${markDefinitions()}
    <header><a class="site" href="${root}index.html">${site}</a>${navigation(path, root)}</header>
    <main id="content" tabindex="-1" data-news="${news}">${body}${content.isTimeless === true ? undefined : madeNote(frame)}</main>${footer(root)}
    ${content.isTimeless === true ? undefined : liveParts()}</body></html>`;
  return page.text;
}

export function siteTitle({ title }: StatusReport): string {
  return title.trim() === '' ? 'Status' : atMost(title, 100);
}

function links(path: string | undefined, { report, root }: PageFrame): Markup {
  const base = webUrl(report.pageUrl)?.replace(/\/+$/, '');
  const canonical =
    base === undefined || path === undefined
      ? undefined
      : markup`<link rel="canonical" href="${base}/${path === 'index.html' ? '' : path}">`;
  return markup`${canonical}
    <link rel="alternate" type="application/atom+xml" title="Incidents and maintenance (Atom)" href="${root}feed.atom">
    <link rel="alternate" type="application/rss+xml" title="Incidents and maintenance (RSS)" href="${root}feed.rss">`;
}

function navigation(path: string | undefined, root: string): Markup {
  const item = (file: string, words: string): Markup =>
    file === path
      ? markup`<li><a href="${root}${file}" aria-current="page">${words}</a></li>`
      : markup`<li><a href="${root}${file}">${words}</a></li>`;
  return markup`<nav aria-label="Pages"><ul>${item('index.html', 'Status')}${item('history.html', 'History')}</ul></nav>`;
}

/** Whoever keeps this page keeps its age: nothing here is true for long after that. */
function madeNote({ report }: PageFrame): Markup {
  return markup`
    <p class="soft" id="made">As of ${exactTime(report.generatedAt)}. All times are UTC. If that is more than a few minutes ago,
    this copy is no longer written, and what it says may have changed.</p>`;
}

function footer(root: string): Markup {
  return markup`
    <footer><ul aria-label="Follow"><li><a href="${root}feed.atom">Atom</a></li><li><a href="${root}feed.rss">RSS</a></li>
    <li><a href="${root}maintenance.ics">Maintenance calendar</a></li><li><a href="${root}status.json">JSON</a></li>
    <li><a href="${root}badge.svg">Badge</a></li></ul><p>No cookies, nothing from elsewhere. Made by feedfleet.</p></footer>`;
}

function liveParts(): Markup {
  return markup`
    <div class="away" id="news" role="status"></div>
    <aside class="stale" id="stale" aria-label="Age of this page">What you see is more than 5 minutes old. <a href="">Load it again</a></aside>
    <script>${verbatim(pageScript())}</script>`;
}

/** A page that is asked for under any address leads home by an address that holds everywhere. */
export function absoluteRoot({ pageUrl }: StatusReport): string {
  const base = webUrl(pageUrl)
    ?.replace(/[?#].*$/, '')
    .replace(/\/+$/, '');
  return base === undefined ? '/' : `${base}/`;
}
