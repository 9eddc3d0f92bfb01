/**
 * The server's half: what a feed answers below `/-/` to the entry of a query. Whether the request is a leaf of a verified chain was decided
 * before; anybody else is told that nothing is served there.
 */
import type { Ask, PackageSource, SourceAnswer } from '@feedfleet/package-sources';
import { ProblemError, problemRegistry } from '@feedfleet/problems';
import type { ProblemName } from '@feedfleet/problems';

import { LEAF_CONTENT_TYPE } from './leaf-format.ts';
import { leafQuestion } from './leaf-paths.ts';
import type { LeafQuestion } from './leaf-paths.ts';
import { LeafWriter } from './leaf-writer.ts';
import { Slices } from './slices.ts';

/** The part of a `FeedQuery` that is asked for. */
export interface LeafQuery {
  readonly path: string;
  readonly search: string;
  readonly signal: AbortSignal;
}

/** A `BytesAnswer`. */
export interface LeafAnswer {
  readonly kind: 'bytes';
  readonly status: 200;
  readonly contentType: string;
  readonly body: Buffer;
  readonly gzip: 'negotiated';
  readonly keep: 'revision';
}

/**
 * @param source - what the feed has itself.
 * @throws {ProblemError} `FF_INVALID_QUERY`, `FF_NO_SUCH_RESOURCE`, or what keeps the source from answering.
 */
export async function leafAnswer({ path, search, signal }: LeafQuery, source: PackageSource): Promise<LeafAnswer> {
  const question = leafQuestion(path, search);
  if (question === undefined) {
    throw new ProblemError('noSuchResource', { detail: 'below /-/ are served: versions, search, complete, page' });
  }
  const body = await documentOf(question, source, signal);
  return { kind: 'bytes', status: 200, contentType: LEAF_CONTENT_TYPE, body, gzip: 'negotiated', keep: 'revision' };
}

async function documentOf(question: LeafQuestion, source: PackageSource, signal: AbortSignal): Promise<Buffer> {
  const writer = new LeafWriter();
  const slices = new Slices(signal);
  const write = async <T>(rows: Iterable<T>, add: (row: T) => void): Promise<void> => {
    for (const row of rows) {
      add(row);
      if (slices.isDue()) await slices.turn();
    }
  };
  const ask = localAsk(signal);
  switch (question.kind) {
    case 'versions': {
      const found = told(await source.versions(question.ids, ask));
      if (typeof found === 'string') return unsupported(found);
      for (const versions of found.values()) await write(versions, (version) => writer.addVersion(version));
      return writer.finish({ kind: 'versions' });
    }
    case 'search': {
      const found = told(await source.search(question.query, ask));
      if (typeof found === 'string') return unsupported(found);
      await write(found.hits, (hit) => writer.addHit(hit));
      return writer.finish({ kind: 'hits', total: found.total });
    }
    case 'complete': {
      const found = told(await source.complete(question.query, ask));
      if (typeof found === 'string') return unsupported(found);
      await write(found.ids, (id) => writer.addId(id));
      return writer.finish({ kind: 'ids', total: found.total });
    }
    case 'page': {
      const found = told(await source.page(question.query, ask));
      if (typeof found === 'string') return unsupported(found);
      await write(found.rows, (row) => writer.addVersion(row));
      return writer.finish({ kind: 'page', total: found.total, hasMore: found.hasMore });
    }
  }
}

/** The source is the own store: it sends nothing to anybody. */
function localAsk(signal: AbortSignal): Ask {
  return { signal, remainingMs: () => Infinity, requestId: '', traceparent: '', chain: '' };
}

function unsupported(detail: string): Buffer {
  return new LeafWriter().finish({ kind: 'unsupported', detail });
}

/** The value, or why the source cannot be asked this. */
function told<T extends object>(answer: SourceAnswer<T>): T | string {
  switch (answer.outcome) {
    case 'answered':
      return answer.value;
    case 'unsupported':
      return answer.detail;
    case 'unavailable': {
      const { code, detail, retryAfterMs } = answer;
      const retryAfterSeconds = Math.ceil(retryAfterMs / 1000);
      throw new ProblemError(problemOf(code), { detail, ...(retryAfterSeconds > 0 && { retryAfterSeconds }) });
    }
  }
}

function problemOf(code: string): ProblemName {
  const names = Object.keys(problemRegistry) as readonly ProblemName[];
  return names.find((name) => problemRegistry[name].code === code) ?? 'unavailable';
}
