/**
 * The newest changes of a feed for feed readers: Atom and RSS. Pure: entries of the catalog in, documents out.
 *
 * What identifies the feed and its entries says nothing of how the reader reached them, so that a change of host name or of a key
 * in the URL makes nothing unread.
 *
 * Source: RFC 4287, "The Atom Syndication Format", sections 4.1 and 4.2; RSS 2.0 specification, "Required channel elements" and
 * "Elements of <item>"; RFC 5322, section 3.3 (dates in RSS).
 */
import type { CatalogSnapshot } from '@feedfleet/store';
import { escapeXml } from '@feedfleet/xml-text';

import { catalogLeafUrl } from './catalog-documents.ts';
import { commitInstant } from './commit.ts';
import { fullVersion } from './full-version.ts';
import type { V3Links } from './v3-links.ts';

type ChangeKind = CatalogSnapshot['kind'];

/** What a reader is told of each kind of change; empty for a push, which is what they expect. */
const ADDITION: Readonly<Record<ChangeKind, string>> = {
  pushed: '',
  unlisted: ' (unlisted)',
  relisted: ' (listed again)',
  deleted: ' (deleted)',
  deprecated: ' (deprecated)',
  undeprecated: ' (no longer deprecated)',
};

export const CHANGE_KINDS = Object.keys(ADDITION) as readonly ChangeKind[];

export interface Changes {
  readonly links: V3Links;
  /** Name of the feed, and what identifies it wherever it is. */
  readonly feed: { readonly id: string; readonly name: string; readonly createdAt: string };
  /** How the reader reached this document. */
  readonly selfUrl: string;
  /** Newest first. */
  readonly entries: readonly CatalogSnapshot[];
}

const DECLARATION = '<?xml version="1.0" encoding="utf-8"?>';

export function atomOf({ links, feed, selfUrl, entries }: Changes): string {
  const updated = entries[0] === undefined ? feed.createdAt : commitInstant(entries[0].committedUs);
  return (
    `${DECLARATION}<feed xmlns="http://www.w3.org/2005/Atom">` +
    element('id', urnOf(feed.id)) +
    element('title', titleOf(feed.name)) +
    element('updated', updated) +
    `<link rel="self" type="application/atom+xml" href="${escapeXml(selfUrl)}"/>` +
    element('generator', 'feedfleet') +
    `${entries.map((entry) => atomEntry(entry, feed.id, links)).join('')}</feed>`
  );
}

function atomEntry(entry: CatalogSnapshot, feedId: string, links: V3Links): string {
  const { metadata, kind } = entry;
  return (
    `<entry>${element('id', urnOf(feedId, entry.number))}${element('title', changeTitle(entry))}` +
    element('updated', commitInstant(entry.committedUs)) +
    `<author>${element('name', metadata.authors === '' ? entry.id : metadata.authors)}</author>` +
    `<link rel="alternate" href="${escapeXml(pageUrl(entry, links))}"/>` +
    `<category term="${kind}"/>` +
    `<content type="text">${escapeXml(metadata.description)}</content></entry>`
  );
}

export function rssOf({ links, feed, selfUrl, entries }: Changes): string {
  const built = entries[0] === undefined ? '' : element('lastBuildDate', rssDate(entries[0].committedUs));
  return (
    `${DECLARATION}<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>` +
    element('title', titleOf(feed.name)) +
    element('link', links.feedUrl) +
    element('description', `The newest changes of the NuGet feed ${feed.name}`) +
    `<atom:link rel="self" type="application/rss+xml" href="${escapeXml(selfUrl)}"/>` +
    `${built}${element('generator', 'feedfleet')}` +
    `${entries.map((entry) => rssItem(entry, feed.id, links)).join('')}</channel></rss>`
  );
}

function rssItem(entry: CatalogSnapshot, feedId: string, links: V3Links): string {
  return (
    `<item>${element('title', changeTitle(entry))}${element('link', pageUrl(entry, links))}` +
    `<guid isPermaLink="false">${escapeXml(urnOf(feedId, entry.number))}</guid>` +
    element('pubDate', rssDate(entry.committedUs)) +
    element('category', entry.kind) +
    `${element('description', entry.metadata.description)}</item>`
  );
}

function element(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`;
}

function titleOf(feedName: string): string {
  return `${feedName}: changes`;
}

function changeTitle(entry: CatalogSnapshot): string {
  return `${entry.id} ${fullVersion(entry)}${ADDITION[entry.kind]}`;
}

/** A deleted version has no page any more, but its entry in the catalog. */
function pageUrl(entry: CatalogSnapshot, links: V3Links): string {
  return entry.kind === 'deleted' ? catalogLeafUrl(links, entry) : links.packagePage(entry.id, entry.normalizedVersion);
}

/** Of the feed, or of one of its changes. */
function urnOf(feedId: string, number?: number): string {
  return `urn:feedfleet:changes:${encodeURIComponent(feedId)}${number === undefined ? '' : `:${number}`}`;
}

/** `Fri, 02 Jan 2026 03:04:05 GMT`. */
function rssDate(committedUs: number): string {
  return new Date(Math.floor(committedUs / 1000)).toUTCString();
}
