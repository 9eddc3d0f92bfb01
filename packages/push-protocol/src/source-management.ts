/** What managers of a feed see and name of its package sources, also of those that are gone. */
import type { ServerResponse } from 'node:http';
import type { Feed, RegistryView, Source } from '@feedfleet/registry-client';

/** The name is null when the source is gone. */
export function shownSource(
  view: RegistryView,
  sourceId: string,
): { readonly id: string; readonly name: string | null } {
  return { id: sourceId, name: view.sourceById(sourceId)?.name ?? null };
}

/** A source that is gone has no name any more, and is known by its id. */
export function sourceIdOf(view: RegistryView, feed: Feed, named: string): string {
  return namedSource(view, feed, named)?.id ?? named;
}

/** By name, without case; ids are names too. */
export function namedSource(view: RegistryView, feed: Feed, named: string): Source | undefined {
  const wanted = named.toLowerCase();
  const sources = view.sourcesOf(feed.id);
  return sources.find(({ name }) => name.toLowerCase() === wanted) ?? sources.find(({ id }) => id === named);
}

export function sendDocument(response: ServerResponse, document: object): void {
  if (response.destroyed) return;
  const body = Buffer.from(JSON.stringify(document));
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(body.length),
    'cache-control': 'no-store',
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
