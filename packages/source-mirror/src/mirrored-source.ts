/**
 * A package source of which everything is kept that was downloaded. A package that is kept is given without asking; what the source says
 * about ids is asked each time, and its last words stand in, marked, while it does not answer. Searches are the source's alone. Of an id
 * that it denies, nothing is given until it tells of it again.
 */
import { createHash } from 'node:crypto';
import { addAbortSignal } from 'node:stream';

import { readKeptVersions } from '@feedfleet/leaf-protocol';
import { isDenial } from '@feedfleet/package-sources';
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
  SourceVersion,
  VersionsById,
} from '@feedfleet/package-sources';
import type { CopiedSource, SourceDocument } from '@feedfleet/store';

import { DENIED_TAG } from './mirror-options.ts';
import type { CopiedVersion, Keeping, MirrorOptions } from './mirror-options.ts';

export interface MirroredSourceParts extends Pick<MirrorOptions, 'copies' | 'blobs' | 'now' | 'onFault'> {
  readonly source: PackageSource;
  readonly copied: CopiedSource;
  readonly staleMs: number;
  readonly mirror: Keeping;
}

export class MirroredSource implements PackageSource {
  readonly #parts: MirroredSourceParts;

  constructor(parts: MirroredSourceParts) {
    this.#parts = parts;
  }

  async versions(ids: readonly string[], ask: Ask): Promise<SourceAnswer<VersionsById>> {
    const { source, copied, mirror, now } = this.#parts;
    const answer = await source.versions(ids, ask);
    if (isDenial(answer)) {
      if (!hasChain(ask)) mirror.deny(copied, ids);
      return answer;
    }
    if (answer.outcome === 'unavailable') return (await this.#lastWords(ids, ask, answer)) ?? answer;
    if (answer.outcome === 'answered' && isForAll(answer, ask)) {
      const said = new Map(ids.map((id) => [id, answer.value.get(id) ?? []]));
      mirror.remember(copied, said, { tag: answer.tag, toldMs: Math.floor(now() - answer.ageMs) });
    }
    return answer;
  }

  search(query: SourceSearch, ask: Ask): Promise<SourceAnswer<SourceHits>> {
    return this.#parts.source.search(query, ask);
  }

  complete(query: SourceSearch, ask: Ask): Promise<SourceAnswer<SourceIds>> {
    return this.#parts.source.complete(query, ask);
  }

  page(query: SourcePageQuery, ask: Ask): Promise<SourceAnswer<SourceRows>> {
    return this.#parts.source.page(query, ask);
  }

  async content(of: CopiedVersion, ask: Ask): Promise<SourceAnswer<SourceContent | null>> {
    const { source, copied, mirror } = this.#parts;
    ask.signal.throwIfAborted();
    const start = performance.now();
    const kept = await this.#guarded(ask.signal, () => this.#copyOf(of));
    if (kept !== undefined) {
      const tookMs = performance.now() - start;
      return {
        ...{ outcome: 'answered', ageMs: 0, isStale: false, requests: 0, tookMs },
        value: kept,
        tag: kept.sha512 ?? '',
      };
    }
    const answer = await source.content(of, ask);
    if (answer.outcome !== 'answered' || answer.value === null || !isForAll(answer, ask)) return answer;
    return { ...answer, value: mirror.copying(copied, of, answer.value) };
  }

  async #copyOf(of: CopiedVersion): Promise<SourceContent | undefined> {
    const { copies, blobs, copied } = this.#parts;
    const copy = await copies.find(copied, of);
    if (copy === undefined) return undefined;
    const id = of.id.toLowerCase();
    if ((await copies.documents(copied, [id])).get(id)?.tag === DENIED_TAG) return undefined;
    const blob = await blobs.open(copy.sha512);
    if (blob === undefined) return undefined;
    const { sizeBytes, sha512 } = blob;
    return { sizeBytes, sha512, blob, open: (signal) => addAbortSignal(signal, blob.stream()) };
  }

  /** What the source last said about all of the ids; undefined when that is not known of each, or is too old. */
  async #lastWords(
    ids: readonly string[],
    { signal }: Ask,
    { requests, tookMs }: { readonly requests: number; readonly tookMs: number },
  ): Promise<SourceAnswer<VersionsById> | undefined> {
    const { copies, copied, staleMs, now } = this.#parts;
    const nowMs = now();
    const documents = await this.#guarded(signal, () => copies.documents(copied, ids));
    const said = ids.map((id) => documents?.get(id));
    if (
      !said.every(
        (each): each is SourceDocument =>
          each !== undefined && each.tag !== DENIED_TAG && nowMs - each.toldMs <= staleMs,
      )
    )
      return undefined;
    const value = await this.#guarded(signal, () => versionsIn(ids, said, signal));
    if (value === undefined) return undefined;
    const tag = createHash('sha256')
      .update(said.map((each) => each.tag).join())
      .digest('base64url');
    const ageMs = Math.max(0, nowMs - Math.min(...said.map(({ toldMs }) => toldMs)));
    return { outcome: 'answered', value, tag: `mirror ${tag}`, ageMs, isStale: true, requests, tookMs };
  }

  /** A store that fails is no reason to fail for a source that may answer. */
  async #guarded<T>(signal: AbortSignal, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      signal.throwIfAborted();
      this.#parts.onFault(error);
      return undefined;
    }
  }
}

/** Whether what the source answers may be because of somebody's feed chain. */
function hasChain(ask: Ask): boolean {
  return ask.isNested === true || ask.isRelayed === true;
}

/** Whether an answer may be given to whoever asks: it is whole, and not for one feed chain alone. */
function isForAll(answer: Extract<SourceAnswer<unknown>, { readonly outcome: 'answered' }>, ask: Ask): boolean {
  return !answer.isStale && answer.isPartial !== true && answer.variesByChain !== true && !hasChain(ask);
}

async function versionsIn(
  ids: readonly string[],
  said: readonly SourceDocument[],
  signal: AbortSignal,
): Promise<VersionsById> {
  const value = new Map<string, readonly SourceVersion[]>();
  for (const [index, { content }] of said.entries()) {
    const versions = await readKeptVersions(content, signal);
    const id = ids[index];
    if (id !== undefined && versions.length > 0) value.set(id, versions);
  }
  return value;
}
