/**
 * The packages that a feed has itself, as a package source: what the feed's own queries are merged from, and what it answers to the
 * entry of a query that reached it through a feed chain.
 */
import { addAbortSignal } from 'node:stream';

import type {
  Ask,
  PackageSource,
  SourceAnswer,
  SourceContent,
  SourceHits,
  SourceIds,
  SourcePageQuery,
  SourceRows,
  SourceSearch,
  VersionsById,
} from '@feedfleet/package-sources';
import { ProblemError } from '@feedfleet/problems';
import type { StoredBlob, StoredVersion } from '@feedfleet/store';

import { Slices } from './slices.ts';
import { StoreRows } from './store-rows.ts';
import type { StorePorts } from './store-rows.ts';
import { StoreSearch } from './store-search.ts';

/** Rows of an OData query, as the engine of v2 finds them; it heeds the query's filters. */
export interface StoredPage {
  readonly total: number | null;
  readonly rows: readonly StoredVersion[];
  readonly hasMore: boolean;
}

export interface StoreSourcePorts extends StorePorts {
  /** Default: pages cannot be asked for. */
  readonly page?: (query: SourcePageQuery, signal: AbortSignal) => Promise<StoredPage>;
}

/** How often a read is begun anew because the feed changed under it. */
const MAX_REPEATS = 2;

/**
 * @example
 * const own = storeSource({ ...store, page: (query, signal) => pageOf(query, signal) }, feed.id);
 */
export function storeSource(ports: StoreSourcePorts, feedId: string): PackageSource {
  return new StoreSource(ports, feedId);
}

class StoreSource implements PackageSource {
  readonly #ports: StoreSourcePorts;
  readonly #feedId: string;

  constructor(ports: StoreSourcePorts, feedId: string) {
    this.#ports = ports;
    this.#feedId = feedId;
  }

  versions(ids: readonly string[], ask: Ask): Promise<SourceAnswer<VersionsById>> {
    return this.#answer(ask, ({ rows }) => rows.byId(ids));
  }

  search(query: SourceSearch, ask: Ask): Promise<SourceAnswer<SourceHits>> {
    return this.#answer(ask, (parts) => new StoreSearch({ ...parts, ...this.#of(ask) }, query).hits());
  }

  complete(query: SourceSearch, ask: Ask): Promise<SourceAnswer<SourceIds>> {
    return this.#answer(ask, (parts) => new StoreSearch({ ...parts, ...this.#of(ask) }, query).ids());
  }

  async page(query: SourcePageQuery, ask: Ask): Promise<SourceAnswer<SourceRows>> {
    const { page } = this.#ports;
    if (page === undefined) return { outcome: 'unsupported', detail: 'OData queries are not answered here' };
    return this.#answer(ask, async ({ rows }) => {
      const found = await page(query, ask.signal);
      return { total: found.total, rows: await rows.told(found.rows), hasMore: found.hasMore };
    });
  }

  content(
    of: { readonly id: string; readonly normalizedVersion: string },
    ask: Ask,
  ): Promise<SourceAnswer<SourceContent | null>> {
    return this.#answer(ask, async () => {
      const version = await this.#version(of, ask);
      if (version === undefined) return null;
      const blob = await this.#ports.blobs.open(version.sha512);
      if (blob !== undefined) return contentOf(blob, version);
      // It may have been deleted since it was read, and another one pushed in its place.
      const now = await this.#version(of, ask);
      if (now === undefined) return null;
      const replaced = now.sha512 === version.sha512 ? undefined : await this.#ports.blobs.open(now.sha512);
      if (replaced !== undefined) return contentOf(replaced, now);
      throw new ProblemError('corrupt', { detail: `the file of ${of.id}.${of.normalizedVersion} is missing` });
    });
  }

  #version(of: { readonly id: string; readonly normalizedVersion: string }, { signal }: Ask) {
    return this.#ports.metadata.version(this.#feedId, of.id, of.normalizedVersion, { signal });
  }

  #of({ signal }: Ask) {
    return { ports: this.#ports, feedId: this.#feedId, signal };
  }

  async #answer<T>(
    ask: Ask,
    read: (parts: { readonly rows: StoreRows; readonly slices: Slices }) => Promise<T>,
  ): Promise<SourceAnswer<T>> {
    const start = performance.now();
    const { signal } = ask;
    signal.throwIfAborted();
    try {
      const slices = new Slices(signal);
      const rows = new StoreRows(this.#ports, { feedId: this.#feedId, signal, slices });
      const { value, revision } = await this.#readOnce(() => read({ rows, slices }));
      const tag = `r${revision.toString(36)}`;
      const tookMs = performance.now() - start;
      return { outcome: 'answered', value, tag, ageMs: 0, isStale: false, requests: 0, tookMs };
    } catch (error) {
      signal.throwIfAborted();
      return refusalOf(error, performance.now() - start);
    }
  }

  /** What is told is of one state, unless the feed changes again and again. */
  async #readOnce<T>(read: () => Promise<T>): Promise<{ readonly value: T; readonly revision: number }> {
    const { metadata } = this.#ports;
    for (let repeats = 0; ; repeats += 1) {
      const revision = metadata.revisionOf(this.#feedId);
      const value = await read();
      if (repeats === MAX_REPEATS || metadata.revisionOf(this.#feedId) === revision) return { value, revision };
    }
  }
}

function contentOf(blob: StoredBlob, { key }: StoredVersion): SourceContent {
  const { sizeBytes, sha512 } = blob;
  return { sizeBytes, sha512, blob, countsFor: key, open: (signal) => addAbortSignal(signal, blob.stream()) };
}

/** @throws what is a defect and no state of the store. */
function refusalOf(error: unknown, tookMs: number): Exclude<SourceAnswer<never>, { readonly outcome: 'answered' }> {
  if (!(error instanceof ProblemError)) throw error;
  const { code, status, detail = error.definition.title, retryAfterSeconds = 0 } = error;
  if (status === 400) return { outcome: 'unsupported', detail };
  if (status < 503) throw error;
  return { outcome: 'unavailable', code, detail, retryAfterMs: retryAfterSeconds * 1000, requests: 0, tookMs };
}
