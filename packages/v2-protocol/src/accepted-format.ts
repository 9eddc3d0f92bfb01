/**
 * Whether the client wants JSON where it can have Atom, too: by `Accept`, or, which counts more, by `$format`.
 *
 * Atom is what every NuGet client reads, so JSON is given only to who prefers it: `application/json` alone, or with a higher weight
 * than all that Atom is. Libraries that ask for "JSON or anything" and read XML go on to do so.
 *
 * Source: RFC 9110, section 12.5.1 "Accept"; OData 2.0, "URI Conventions", section 4.8.
 */
import type { FeedProtocol, FeedQuery } from '@feedfleet/feed-endpoint';
import type { QueryOptions } from './odata-url.ts';

const JSON_VARIANT = 'json';
const JSON_TYPES: ReadonlySet<string> = new Set(['application/json', 'text/json']);
const ATOM_TYPES: ReadonlySet<string> = new Set([
  ...['application/atom+xml', 'application/xml', 'text/xml'],
  ...['application/*', 'text/*', '*/*'],
]);

/** For `FeedProtocol.variesBy`. */
export const BY_ACCEPT: NonNullable<FeedProtocol['variesBy']> = {
  header: 'accept',
  variantOf: (accept) => (prefersJson(accept) ? JSON_VARIANT : ''),
};

/** The options with the format that the client accepts, unless they name one. */
export function withAcceptedFormat(options: QueryOptions, { variant }: Pick<FeedQuery, 'variant'>): QueryOptions {
  if (variant !== JSON_VARIANT || options.has('$format')) return options;
  return new Map([...options, ['$format', 'json']]);
}

function prefersJson(accept: string): boolean {
  const text = accept.toLowerCase();
  // What nearly every client sends, and sends none of.
  if (!text.includes('json')) return false;
  let [json, atom] = [0, 0];
  for (const range of text.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    if (JSON_TYPES.has(type)) json = Math.max(json, weightOf(parameters));
    else if (ATOM_TYPES.has(type)) atom = Math.max(atom, weightOf(parameters));
  }
  return json > atom;
}

function weightOf(parameters: readonly string[]): number {
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  const value = weight === undefined ? 1 : Number(weight.slice(2));
  return value >= 0 && value <= 1 ? value : 0;
}
