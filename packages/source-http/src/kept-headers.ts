/** Headers of an answer that somebody has a use for; the others may hold anything. */
import type { IncomingMessage } from 'node:http';
import { codingOf } from './body.ts';

const KEPT: readonly string[] = [
  'content-type',
  'content-length',
  'etag',
  'last-modified',
  'cache-control',
  'age',
  'vary',
  'www-authenticate',
  'x-feedfleet-partial',
  'x-feedfleet-stale',
  'x-feedfleet-count',
];

export function keptHeaders(response: IncomingMessage): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const name of KEPT) {
    const value = response.headers[name];
    if (typeof value === 'string') kept[name] = value;
  }
  // The length is that of the compressed body.
  if (codingOf(response) !== '') delete kept['content-length'];
  return kept;
}
