/** A feed of the fleet as a package source: asked through the balancer, on the family of the query, with the credential of the edge. */
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

import { failureOf } from './fleet-exchange.ts';
import { FleetFailure } from './fleet-failure.ts';
import type { LeafAsker, Told } from './leaf-asker.ts';
import { LeafMalformedError } from './leaf-malformed-error.ts';
import { MAX_IDS } from './leaf-paths.ts';
import { readHits, readIds, readVersions } from './leaf-reader.ts';

/** Of the ids in one URL: with the rest of a request's head, it stays below what hosts take. */
const MAX_ID_CHARACTERS = 6000;

export class FleetSource implements PackageSource {
  readonly #asker: LeafAsker;

  constructor(asker: LeafAsker) {
    this.#asker = asker;
  }

  async versions(ids: readonly string[], ask: Ask): Promise<SourceAnswer<VersionsById>> {
    const parts = partsOf(ids);
    const [only] = parts;
    if (only !== undefined && parts.length === 1) return this.#versions(only, ask);
    const start = performance.now();
    const answers = await Promise.all(parts.map((part) => this.#versions(part, ask)));
    return joined(answers, performance.now() - start);
  }

  search(query: SourceSearch, ask: Ask): Promise<SourceAnswer<SourceHits>> {
    const question = { kind: 'search', query } as const;
    return this.#answer(ask, { total: 0, hits: [] }, () =>
      this.#asker.ask(question, 'hits', ask, async (body, slices) => {
        const { head, rows } = await readHits(body, slices);
        return { head, value: { total: atLeast(head.total, rows.length), hits: rows } };
      }),
    );
  }

  complete(query: SourceSearch, ask: Ask): Promise<SourceAnswer<SourceIds>> {
    const question = { kind: 'complete', query } as const;
    return this.#answer(ask, { total: 0, ids: [] }, () =>
      this.#asker.ask(question, 'ids', ask, async (body, slices) => {
        const { head, rows } = await readIds(body, slices);
        return { head, value: { total: atLeast(head.total, rows.length), ids: rows } };
      }),
    );
  }

  page(query: SourcePageQuery, ask: Ask): Promise<SourceAnswer<SourceRows>> {
    const question = { kind: 'page', query } as const;
    const nothing = { total: query.withCount ? 0 : null, rows: [], hasMore: false };
    return this.#answer(ask, nothing, () =>
      this.#asker.ask(question, 'page', ask, async (body, slices) => {
        const { head, rows } = await readVersions(body, slices);
        return { head, value: { total: head.total, rows, hasMore: head.hasMore } };
      }),
    );
  }

  content(
    of: { readonly id: string; readonly normalizedVersion: string },
    ask: Ask,
  ): Promise<SourceAnswer<SourceContent | null>> {
    return this.#answer<SourceContent | null>(ask, null, () => this.#asker.content(of, ask));
  }

  #versions(ids: readonly string[], ask: Ask): Promise<SourceAnswer<VersionsById>> {
    const question = { kind: 'versions', ids } as const;
    return this.#answer<VersionsById>(ask, new Map(), () =>
      this.#asker.ask(question, 'versions', ask, async (body, slices) => {
        const { head, rows } = await readVersions(body, slices);
        return { head, value: byId(rows, new Set(ids)) };
      }),
    );
  }

  /** @param nothing - what somebody who may not see the feed sees of it. */
  async #answer<T>(ask: Ask, nothing: T, tell: () => Promise<Told<T>>): Promise<SourceAnswer<T>> {
    const start = performance.now();
    try {
      const told = await tell();
      const tookMs = performance.now() - start;
      switch (told.outcome) {
        case 'told':
          return { ...ANSWERED, value: told.value, tag: told.tag, requests: told.requests, tookMs };
        case 'denied':
          return { ...ANSWERED, value: nothing, tag: 'denied', requests: told.requests, tookMs };
        case 'unsupported':
          return { outcome: 'unsupported', detail: told.detail };
      }
    } catch (error) {
      ask.signal.throwIfAborted();
      const { code, message, retryAfterMs } = refused(error);
      const tookMs = performance.now() - start;
      return { outcome: 'unavailable', code, detail: message, retryAfterMs, requests: 1, tookMs };
    }
  }
}

const ANSWERED = { outcome: 'answered', ageMs: 0, isStale: false } as const;

function refused(error: unknown): FleetFailure {
  if (error instanceof LeafMalformedError) {
    const detail = `a feed of the fleet answered what is no answer: ${error.message}`;
    return new FleetFailure('FF_SOURCE_MALFORMED', detail, { cause: error });
  }
  return failureOf(error);
}

function atLeast(total: number | null, rows: number): number {
  return Math.max(total ?? 0, rows);
}

/** As few requests as URLs can hold the ids. */
function partsOf(ids: readonly string[]): readonly (readonly string[])[] {
  const parts: string[][] = [];
  let characters = 0;
  let part: string[] = [];
  for (const id of new Set(ids)) {
    const length = encodeURIComponent(id).length + 1;
    if (part.length > 0 && (part.length >= MAX_IDS || characters + length > MAX_ID_CHARACTERS)) {
      parts.push(part);
      [part, characters] = [[], 0];
    }
    part.push(id);
    characters += length;
  }
  return part.length === 0 ? parts : [...parts, part];
}

/** @throws {LeafMalformedError} when ids were not asked for, or versions are out of order. */
function byId(rows: readonly SourceVersion[], asked: ReadonlySet<string>): VersionsById {
  const found = new Map<string, SourceVersion[]>();
  for (const row of rows) {
    const id = row.id.toLowerCase();
    const known = found.get(id);
    if (known === undefined) {
      if (!asked.has(id)) throw new LeafMalformedError('an id that was not asked for');
      found.set(id, [row]);
    } else {
      if ((known.at(-1)?.sortKey ?? '') >= row.sortKey) throw new LeafMalformedError('versions out of order');
      known.push(row);
    }
  }
  return found;
}

/** Parts of one question: all of them are answered, or it is not. */
function joined(answers: readonly SourceAnswer<VersionsById>[], tookMs: number): SourceAnswer<VersionsById> {
  const value = new Map<string, readonly SourceVersion[]>();
  const tags: string[] = [];
  let requests = 0;
  for (const answer of answers) {
    if (answer.outcome !== 'answered') return answer;
    for (const [id, versions] of answer.value) value.set(id, versions);
    tags.push(answer.tag);
    requests += answer.requests;
  }
  return { ...ANSWERED, value, tag: tags.join(' '), requests, tookMs };
}
