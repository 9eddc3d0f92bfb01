/**
 * Feeds and entries as whole documents: stored fragments, completed and concatenated.
 *
 * Source: RFC 4287; OData Atom format 2.0.
 */
import type { BytesAnswer } from '@feedfleet/feed-endpoint';
import type { StoredVersion } from '@feedfleet/store';
import { escapeXml } from '@feedfleet/xml-text';
import type { EntityShape } from './entity-shape.ts';
import { entryObject, selectProperties } from './entry-properties.ts';
import { ENTRY_START } from './entry.ts';
import type { Viewpoint } from './package-property.ts';

/** Version of what stands around the entries, and of how they are completed. */
export const DOCUMENT_FORMAT = 2;

export const XML_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>';
const DATA_NAMESPACE = 'http://schemas.microsoft.com/ado/2007/08/dataservices';
const NAMESPACES =
  `xmlns="http://www.w3.org/2005/Atom" xmlns:d="${DATA_NAMESPACE}" ` + `xmlns:m="${DATA_NAMESPACE}/metadata"`;
const EPOCH = '1970-01-01T00:00:00Z';

export interface FeedDocument {
  readonly entity: EntityShape;
  readonly baseUrl: string;
  /** `Packages`, `Search` and so on: title of the feed and the end of its id. */
  readonly name: string;
  readonly rows: readonly StoredVersion[];
  /** All matches, when they were asked for. */
  readonly count: number | null;
  /** Absolute URL of the next page; null on the last one. */
  readonly next: string | null;
  readonly viewpoint: Viewpoint;
  readonly shape: DocumentShape;
}

/** How documents are written: `$format` and `$select`. */
export interface DocumentShape {
  readonly format: 'atom' | 'json';
  /** Null for all properties. */
  readonly select: ReadonlySet<string> | null;
}

export function feedAnswer(feed: FeedDocument): BytesAnswer {
  const { entity, baseUrl, name, rows, count, next, viewpoint, shape } = feed;
  const base = escapeXml(baseUrl);
  const entries = rows.map((row) => shaped(entity.entry(row, base, viewpoint), shape));
  if (shape.format === 'json') {
    const results = entries.map(entryObject);
    return jsonAnswer({
      results,
      ...(count === null ? {} : { __count: String(count) }),
      ...(next === null ? {} : { __next: next }),
    });
  }
  const updated = rows.reduce((latest, { lastEdited }) => (lastEdited > latest ? lastEdited : latest), EPOCH);
  const parts = [
    `${XML_DECLARATION}<feed xml:base="${base}/" ${NAMESPACES}>`,
    count === null ? '' : `<m:count>${count}</m:count>`,
    `<id>${base}/${name}</id><title type="text">${name}</title><updated>${escapeXml(updated)}</updated>`,
    `<link rel="self" title="${name}" href="${base}/${name}"/>`,
    ...entries,
    next === null ? '' : `<link rel="next" href="${escapeXml(next)}"/>`,
    '</feed>',
  ];
  return documentAnswer('application/atom+xml;type=feed;charset=utf-8', parts.join(''));
}

/** One entry as a document of its own. */
export function entryAnswer(
  row: StoredVersion,
  { entity, baseUrl, viewpoint, shape }: Pick<FeedDocument, 'entity' | 'baseUrl' | 'viewpoint' | 'shape'>,
): BytesAnswer {
  const base = escapeXml(baseUrl);
  const whole = shaped(entity.entry(row, base, viewpoint), shape);
  if (shape.format === 'json') return jsonAnswer(entryObject(whole));
  const entry = whole.slice(ENTRY_START.length);
  const document = `${XML_DECLARATION}<entry xml:base="${base}/" ${NAMESPACES}>${entry}`;
  return documentAnswer('application/atom+xml;type=entry;charset=utf-8', document);
}

function shaped(entry: string, { select }: DocumentShape): string {
  return select === null ? entry : selectProperties(entry, select);
}

/** Verbose JSON: everything is in a member `d`. */
function jsonAnswer(value: unknown): BytesAnswer {
  return documentAnswer('application/json;odata=verbose;charset=utf-8', JSON.stringify({ d: value }));
}

/** One property as a document of its own, for clients that only ask whether a package exists. */
export function propertyAnswer(name: string, value: string): BytesAnswer {
  const document = `${XML_DECLARATION}<${name} xmlns="${DATA_NAMESPACE}">${escapeXml(value)}</${name}>`;
  return documentAnswer('application/xml;charset=utf-8', document);
}

/** An answer that depends on the feed's packages and the URL alone. */
export function documentAnswer(contentType: string, document: string): BytesAnswer {
  return {
    kind: 'bytes',
    status: 200,
    contentType,
    body: Buffer.from(document, 'utf8'),
    gzip: 'negotiated',
    keep: 'revision',
    headers: { DataServiceVersion: '2.0;' },
  };
}
