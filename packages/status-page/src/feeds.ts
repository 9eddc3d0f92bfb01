/**
 * Incidents and maintenance for feed readers: Atom and RSS.
 *
 * Source: RFC 4287, "The Atom Syndication Format", sections 4.1 and 4.2; RSS 2.0 specification, "Required channel elements" and
 * "Elements of <item>"; RFC 5322, section 3.3 (dates in RSS).
 */
import type { StatusReport } from '@feedfleet/status-model';
import { markup, verbatim } from '@feedfleet/xml-text';

import { instantMs, isoSeconds } from './instants.ts';
import { absoluteRoot, siteTitle } from './layout.ts';
import { statusEvents } from './status-events.ts';

const DECLARATION = verbatim('<?xml version="1.0" encoding="utf-8"?>');

export function atomFeed(report: StatusReport): string {
  const events = statusEvents(report);
  const root = absoluteRoot(report);
  const entries = events.map(
    ({ id, at, title, text, path, kind }) => markup`
      <entry><id>${id}</id><title>${title}</title><updated>${iso(at)}</updated><published>${iso(at)}</published>
      <link rel="alternate" type="text/html" href="${root}${path}"/><category term="${kind}"/><content type="text">${text}</content></entry>`,
  );
  return markup`${DECLARATION}
    <feed xmlns="http://www.w3.org/2005/Atom"><id>urn:feedfleet:status:${encodeURIComponent(root)}</id><title>${siteTitle(report)}</title>
    <updated>${iso(events[0]?.at ?? report.generatedAt)}</updated><author><name>feedfleet</name></author><generator>feedfleet</generator>
    <link rel="self" type="application/atom+xml" href="${root}feed.atom"/><link rel="alternate" type="text/html" href="${root}"/>${entries}</feed>`
    .text;
}

export function rssFeed(report: StatusReport): string {
  const root = absoluteRoot(report);
  const items = statusEvents(report).map(
    ({ id, at, title, text, path, kind }) => markup`
      <item><title>${title}</title><link>${root}${path}</link><guid isPermaLink="false">${id}</guid>
      <pubDate>${new Date(instantMs(at) ?? 0).toUTCString()}</pubDate><category>${kind}</category><description>${text}</description></item>`,
  );
  return markup`${DECLARATION}
    <rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>${siteTitle(report)}</title><link>${root}</link>
    <description>Incidents and planned maintenance</description><language>en</language><ttl>5</ttl><generator>feedfleet</generator>
    <atom:link rel="self" type="application/rss+xml" href="${root}feed.rss"/>${items}</channel></rss>`.text;
}

function iso(instant: string): string {
  return isoSeconds(instantMs(instant) ?? 0);
}
