/**
 * Searches of a v3 source, by whichever instance of the resource answers.
 *
 * Source: NuGet server API, "Search" and "Autocomplete".
 */
import { SourceFailure } from '@feedfleet/source-http';

import type { SourceHit, SourceHits, SourceIds, SourceSearch } from './package-source.ts';
import { tagOf } from './source-call.ts';
import type { DocumentReader, ReadDocument, SourceCall } from './source-call.ts';
import { SourceRefusal, malformed } from './source-refusal.ts';
import type { ReportOddity } from './told-version.ts';
import { MAX_TAKE, idsReader, searchReader } from './v3-search-documents.ts';

/** The protocol's own bound. */
const MAX_SKIP = 3000;
/** Sources that give fewer hits at a time than they are asked for are asked again, so often. */
const MAX_REQUESTS = 10;

/** @param instances - URLs of the resource; at least one. */
export async function v3Search(
  call: SourceCall,
  instances: readonly string[],
  query: SourceSearch,
  report: ReportOddity,
): Promise<{ readonly value: SourceHits; readonly tag: string }> {
  const hits = new Map<string, SourceHit>();
  const digests: string[] = [];
  let [sent, total] = [0, 0];
  for (let request = 0; request < MAX_REQUESTS && sent <= MAX_SKIP; request += 1) {
    const part = { ...query, skip: sent, take: Math.min(MAX_TAKE, query.take - sent) };
    const page = await byAny(call, instances, part, searchReader(report, part.take));
    for (const hit of page.value.hits) {
      if (!hits.has(hit.id.toLowerCase())) hits.set(hit.id.toLowerCase(), hit);
    }
    digests.push(page.digest);
    sent += page.value.sent;
    total = page.value.total;
    if (page.value.sent === 0 || sent >= total || sent >= query.take) break;
  }
  return { value: { total, hits: [...hits.values()].slice(0, query.take) }, tag: tagOf(digests) };
}

/** @param instances - URLs of the resource; at least one. */
export async function v3Completion(
  call: SourceCall,
  instances: readonly string[],
  query: SourceSearch,
): Promise<{ readonly value: SourceIds; readonly tag: string }> {
  const part = { ...query, skip: 0, take: Math.min(MAX_TAKE, query.take) };
  const { value, digest } = await byAny(call, instances, part, idsReader(part.take));
  return { value: { total: value.total, ids: value.ids.slice(0, query.take) }, tag: tagOf([digest]) };
}

/** The answer of the first instance that gives one. */
async function byAny<T>(
  call: SourceCall,
  instances: readonly string[],
  query: SourceSearch & { readonly skip: number },
  reader: DocumentReader<T>,
): Promise<ReadDocument<T>> {
  let lastFailure: unknown;
  for (const instance of instances) {
    try {
      const document = await call.read(searchUrl(instance, query), reader);
      if (document !== undefined) return document;
      lastFailure = malformed('The source names a search in its service index that is not there (404)');
    } catch (error) {
      call.ask.signal.throwIfAborted();
      if (!(error instanceof SourceFailure || error instanceof SourceRefusal)) throw error;
      lastFailure = error;
    }
  }
  throw lastFailure;
}

function searchUrl(instance: string, query: SourceSearch & { readonly skip: number }): string {
  const url = new URL(instance);
  const set = (name: string, value: string): void => url.searchParams.set(name, value);
  set('q', query.text);
  set('skip', String(query.skip));
  set('take', String(query.take));
  set('prerelease', String(query.includePrerelease));
  if (query.includeSemVer2) set('semVerLevel', '2.0.0');
  if (query.packageType !== null) set('packageType', query.packageType);
  return url.href;
}
