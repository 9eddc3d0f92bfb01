/**
 * A foreign source that speaks NuGet v3.
 *
 * Source: NuGet server API, "Overview"; what is not in a source's service index is not asked for.
 */
import { chainVariant } from '@feedfleet/feedchain';
import { Flights } from '@feedfleet/flights';

import { boundedMap } from './bounded-map.ts';
import { hitsOf, namedId, possibleId } from './id-search.ts';
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
} from './package-source.ts';
import { answering, tagOf } from './source-call.ts';
import type { ForeignSourceOptions, ReadDocument, SourceCall } from './source-call.ts';
import { contentFrom } from './source-content.ts';
import { malformed } from './source-refusal.ts';
import { v3ById } from './v3-by-id.ts';
import { latestQueryOf, latestRows } from './v3-rows.ts';
import { v3Completion, v3Search } from './v3-search.ts';
import { serviceIndexReader } from './v3-service-index.ts';
import type { V3Resources } from './v3-service-index.ts';

/** Ids of one question that are asked for at a time. */
const IDS_AT_A_TIME = 8;
/** How long a service index is taken for true. NuGet clients take it for 40 minutes. */
const INDEX_FRESH_MS = 10 * 60_000;

const NO_SEARCH =
  'The source has no search: its service index names no SearchQueryService. Package ids are found by their whole name.';
const NO_PAGES = 'The source speaks NuGet v3, which answers no OData queries beyond searches for the latest versions';

export function v3Source(options: ForeignSourceOptions): PackageSource {
  return new V3Source(options);
}

class V3Source implements PackageSource {
  readonly #options: ForeignSourceOptions;
  readonly #indexFlights = new Flights<ReadDocument<V3Resources>>();
  #index: { readonly resources: V3Resources; readonly readAtMs: number } | undefined;

  constructor(options: ForeignSourceOptions) {
    this.#options = options;
  }

  versions(ids: readonly string[], ask: Ask): Promise<SourceAnswer<VersionsById>> {
    return answering(this.#options, ask, async (call) => {
      const resources = await this.#resources(call);
      const found = await boundedMap(ids, IDS_AT_A_TIME, (id) => v3ById(call, resources, id, this.#report));
      const value = new Map(
        found.flatMap(({ versions }, at) => (versions.length > 0 ? [[ids[at] ?? '', versions]] : [])),
      );
      return { value, tag: tagOf(found.flatMap(({ digests }) => digests)) };
    });
  }

  search(query: SourceSearch, ask: Ask): Promise<SourceAnswer<SourceHits>> {
    return answering(
      this.#options,
      { ...ask, isClientShaped: true },
      async (call) => (await this.#hits(call, query)) ?? { unsupported: NO_SEARCH },
    );
  }

  complete(query: SourceSearch, ask: Ask): Promise<SourceAnswer<SourceIds>> {
    return answering(this.#options, { ...ask, isClientShaped: true }, async (call) => {
      const { autocomplete } = await this.#resources(call);
      if (autocomplete.length > 0) return v3Completion(call, autocomplete, query);
      const found = await this.#hits(call, query);
      if (found === undefined) return { unsupported: NO_SEARCH };
      const ids = found.value.hits.map(({ id }) => id);
      return { value: { total: found.value.total, ids }, tag: found.tag };
    });
  }

  page(query: SourcePageQuery, ask: Ask): Promise<SourceAnswer<SourceRows>> {
    const search = latestQueryOf(query);
    if (search === undefined) return Promise.resolve({ outcome: 'unsupported', detail: NO_PAGES });
    return answering(this.#options, { ...ask, isClientShaped: true }, async (call) => {
      const found = await this.#hits(call, search);
      if (found === undefined) return { unsupported: NO_SEARCH };
      return { value: latestRows(found.value, query), tag: found.tag };
    });
  }

  content(
    of: { readonly id: string; readonly normalizedVersion: string },
    ask: Ask,
  ): Promise<SourceAnswer<SourceContent | null>> {
    return answering(this.#options, ask, async (call) => {
      const resources = await this.#resources(call);
      const url = await this.#contentUrl(call, resources, of);
      const content = url === undefined ? null : await contentFrom(call, url, { sizeBytes: null, sha512: null });
      return { value: content, tag: content === null ? 'none' : `${of.id}/${of.normalizedVersion}`.toLowerCase() };
    });
  }

  readonly #report: NonNullable<ForeignSourceOptions['report']> = (oddity) => this.#options.report?.(oddity);

  /** What names an id is asked by that. Without a search, a text that may be one is too; undefined when it can be none. */
  async #hits(call: SourceCall, query: SourceSearch): Promise<{ value: SourceHits; tag: string } | undefined> {
    const resources = await this.#resources(call);
    const named = namedId(query.text);
    const id = named ?? (resources.search.length > 0 ? undefined : possibleId(query.text));
    if (id !== undefined) {
      // A search would find more than the package of that name.
      if (named === undefined) call.notePartial();
      const { versions, digests } = await v3ById(call, resources, id, this.#report);
      const hits = hitsOf(versions, query);
      return { value: { total: hits.length, hits }, tag: tagOf(digests) };
    }
    return resources.search.length > 0 ? v3Search(call, resources.search, query, this.#report) : undefined;
  }

  async #contentUrl(
    call: SourceCall,
    resources: V3Resources,
    { id, normalizedVersion }: { readonly id: string; readonly normalizedVersion: string },
  ): Promise<string | undefined> {
    const [lowerId, lowerVersion] = [id.toLowerCase(), normalizedVersion.toLowerCase()];
    const [base] = resources.content;
    if (base === undefined) {
      const { contentUrls } = await v3ById(call, resources, lowerId, this.#report);
      return contentUrls.get(lowerVersion);
    }
    const [idPart, versionPart] = [encodeURIComponent(lowerId), encodeURIComponent(lowerVersion)];
    return `${base}/${idPart}/${versionPart}/${idPart}.${versionPart}.nupkg`;
  }

  /** One request for all who need it at the time and came the same way. An older index stands in for one that cannot be had: what it names is asked anyway. */
  async #resources(call: SourceCall): Promise<V3Resources> {
    const known = this.#index;
    const now = this.#options.now();
    if (known !== undefined && now - known.readAtMs < INDEX_FRESH_MS) return known.resources;
    let isOwn = false;
    const read = async (signal: AbortSignal): Promise<ReadDocument<V3Resources>> => {
      isOwn = true;
      const document = await call.within(signal).read(this.#options.url, serviceIndexReader(this.#options.url));
      if (document !== undefined) return document;
      throw malformed('The source has no service index at its URL: it says that there is nothing (404)');
    };
    const variant = chainVariant(call.ask.chain);
    const join = (): Promise<ReadDocument<V3Resources>> => this.#indexFlights.join(variant, read, call.ask.signal);
    try {
      // Who began it may have had less time left than this one.
      const document = await join().catch((error: unknown) => (isOwn ? Promise.reject(error as Error) : join()));
      const { value, variesByChain } = document;
      if (variesByChain) call.noteVarying();
      else this.#index = { resources: value, readAtMs: now };
      return value;
    } catch (error) {
      call.ask.signal.throwIfAborted();
      if (known === undefined) throw error;
      return known.resources;
    }
  }
}
