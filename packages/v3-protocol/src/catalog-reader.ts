/** The catalog out of the store: documents with the commit that they end in, which names their content for ever. */
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { FeedQuery } from '@feedfleet/feed-endpoint';
import { ProblemError } from '@feedfleet/problems';
import type { CatalogCommit, FeedCatalog } from '@feedfleet/store';

import { ENTRIES_PER_PAGE, catalogIndex, catalogLeaf, catalogPage } from './catalog-documents.ts';
import type { V3Links } from './v3-links.ts';

/** Pages whose ends are read in one turn. */
const PAGES_PER_TURN = 1000;

export interface CatalogDocument {
  readonly text: string;
  /** Number of the last commit that is in the document: it never changes, but where entries are put behind it. */
  readonly commitNumber: number;
}

export interface CatalogLeafAddress {
  readonly number: number;
  /** `{id}.{version}` in lower case. */
  readonly name: string;
}

export class CatalogReader {
  readonly #catalog: FeedCatalog;

  constructor(catalog: FeedCatalog) {
    this.#catalog = catalog;
  }

  async index({ feed, signal }: FeedQuery, links: V3Links): Promise<CatalogDocument> {
    const head = await this.#catalog.head(feed.id, signal);
    const count = head?.number ?? 0;
    const pages = Math.ceil(count / ENTRIES_PER_PAGE);
    const numbers = Array.from({ length: pages }, (_, page) => Math.min(count, (page + 1) * ENTRIES_PER_PAGE));
    const ends: CatalogCommit[] = [];
    for (let first = 0; first < pages; first += PAGES_PER_TURN) {
      if (first > 0) await nextTurn();
      ends.push(...(await this.#catalog.commits(feed.id, numbers.slice(first, first + PAGES_PER_TURN), signal)));
    }
    return { text: JSON.stringify(catalogIndex(links, ends, feed.createdAt)), commitNumber: count };
  }

  /** @throws {ProblemError} `FF_NO_SUCH_RESOURCE` when there is no such page. */
  async page({ feed, signal }: FeedQuery, links: V3Links, page: number): Promise<CatalogDocument> {
    const range = { from: page * ENTRIES_PER_PAGE + 1, limit: ENTRIES_PER_PAGE };
    const entries = await this.#catalog.entries(feed.id, range, signal);
    const last = entries.at(-1);
    if (last === undefined) throw absent(`the catalog of the feed ${feed.name} has no page ${page}`);
    return { text: JSON.stringify(catalogPage(links, page, entries)), commitNumber: last.number };
  }

  /** @throws {ProblemError} `FF_NO_SUCH_RESOURCE` when there is no such entry. */
  async leaf({ feed, signal }: FeedQuery, links: V3Links, address: CatalogLeafAddress): Promise<CatalogDocument> {
    const snapshot = await this.#catalog.snapshot(feed.id, address.number, signal);
    const name = snapshot === undefined ? undefined : `${snapshot.id}.${snapshot.normalizedVersion}`.toLowerCase();
    if (snapshot === undefined || name !== address.name) {
      throw absent(`the catalog of the feed ${feed.name} has no entry ${address.number} about ${address.name}`);
    }
    return { text: JSON.stringify(catalogLeaf(links, snapshot)), commitNumber: snapshot.number };
  }
}

function absent(what: string): ProblemError {
  return new ProblemError('noSuchResource', { detail: `${what}; catalog/index.json leads to what it has` });
}
