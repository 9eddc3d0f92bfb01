/** The entries of a v2 query over all pages that its next links lead to, which have to lead on and to come to an end. */
import { readAtomFeed } from './atom-feed.ts';
import type { AtomEntry, AtomFeed } from './atom-feed.ts';
import type { DocumentReader, SourceCall } from './source-call.ts';
import { malformed } from './source-refusal.ts';
import { webAddressOf } from './told-values.ts';
import { Turns } from './turns.ts';
import { versionOfEntry } from './v2-entry.ts';
import type { V2Links } from './v2-links.ts';
import type { WrittenVersion } from './v3-catalog-entry.ts';

/** Servers give 30 to 100 entries a page. */
const MAX_PAGES = 200;
const MAX_ROWS = 20_000;

export interface V2Row {
  readonly version: WrittenVersion;
  /** '' when the source does not say. */
  readonly contentUrl: string;
}

interface V2Page {
  readonly rows: readonly V2Row[];
  readonly nextUrl: string | undefined;
  readonly count: number | undefined;
}

export interface V2Rows {
  readonly rows: readonly V2Row[];
  readonly count: number | undefined;
  /** There are more behind those. */
  readonly hasMore: boolean;
  readonly digests: readonly string[];
}

export const pageReader: DocumentReader<V2Page> = {
  accept: 'application/atom+xml, application/xml',
  read: async (body, signal) => {
    const feed: AtomFeed = await readAtomFeed(body, signal);
    const turns = new Turns(signal);
    const rows: V2Row[] = [];
    for (const entry of feed.entries) {
      if (turns.isOver) await turns.next();
      rows.push(rowOf(entry));
    }
    return { rows, nextUrl: feed.nextUrl, count: feed.count };
  },
};

function rowOf(entry: AtomEntry): V2Row {
  return { version: versionOfEntry(entry), contentUrl: webAddressOf(entry.contentUrl) };
}

/**
 * @param enough - how many rows are wanted; all, when it is not given.
 * @returns undefined when the source says that there is no such resource.
 * @throws {SourceRefusal} for next links that lead away, in circles or nowhere, and past the bounds.
 */
export async function readPages(
  call: SourceCall,
  links: V2Links,
  first: string,
  enough = Infinity,
): Promise<V2Rows | undefined> {
  const rows: V2Row[] = [];
  const digests: string[] = [];
  const seen = new Set<string>();
  let count: number | undefined;
  let url = first;
  while (seen.size < MAX_PAGES) {
    if (seen.has(url)) throw malformed('The source answered with a next link that leads in a circle');
    const isFirst = seen.size === 0;
    seen.add(url);
    const page = await call.read(url, pageReader);
    if (page === undefined && isFirst) return undefined;
    if (page === undefined) throw malformed('The source answered with a next link that leads nowhere');
    const { value } = page;
    rows.push(...value.rows);
    digests.push(page.digest);
    count ??= value.count;
    if (rows.length > MAX_ROWS) throw malformed(`The source answered with more than ${MAX_ROWS} entries`);
    const isEnough = rows.length > enough;
    if (value.nextUrl === undefined || isEnough) return { rows, count, hasMore: isEnough, digests };
    if (value.rows.length === 0)
      throw malformed('The source answered with a page without entries that has a next link');
    const next = links.next(value.nextUrl, url);
    if (next === undefined) throw malformed('The source answered with a next link that leads away from it');
    url = next;
  }
  throw malformed(`The source answered with more than ${MAX_PAGES} pages`);
}
