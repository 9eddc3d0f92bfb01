/**
 * Reads the document of a leaf, in slices, and believes nothing: a text that is no such document is refused, wherever it begins to be
 * none.
 */
import type { SourceHit, SourceVersion } from '@feedfleet/package-sources';

import { LEAF_FORMAT } from './leaf-format.ts';
import type { LeafHead } from './leaf-format.ts';
import { LeafRows } from './leaf-rows.ts';
import { isRecord, isWhole, LeafMalformedError } from './leaf-malformed-error.ts';
import type { Slices } from './slices.ts';

const NEW_LINE = 0x0a;
/** A chunk may hold one large value; a longer line is none of ours. */
const MAX_LINE_BYTES = 16 * 1024 ** 2;

export interface ReadDocument<T> {
  readonly head: LeafHead;
  readonly rows: readonly T[];
}

export function readVersions(body: Buffer, slices: Slices): Promise<ReadDocument<SourceVersion>> {
  return readDocument(body, slices, (rows, row) => rows.version(row));
}

export function readHits(body: Buffer, slices: Slices): Promise<ReadDocument<SourceHit>> {
  return readDocument(body, slices, (rows, row) => rows.hit(row));
}

export function readIds(body: Buffer, slices: Slices): Promise<ReadDocument<string>> {
  return readDocument(body, slices, (rows, row) => rows.id(row));
}

/** @throws {LeafMalformedError} */
async function readDocument<T>(
  body: Buffer,
  slices: Slices,
  read: (rows: LeafRows, row: unknown) => T,
): Promise<ReadDocument<T>> {
  const lines = linesOf(body);
  const head = headOf(lines.next().value);
  const values = new LeafRows();
  const rows: T[] = [];
  for (const line of lines) {
    if (!isRecord(line) || !Array.isArray(line.rows)) throw new LeafMalformedError('a chunk without rows');
    values.add(line);
    for (const row of line.rows as readonly unknown[]) rows.push(read(values, row));
    if (rows.length > head.rows) break;
    if (slices.isDue()) await slices.turn();
  }
  if (rows.length === head.rows) return { head, rows };
  throw new LeafMalformedError(`${rows.length} rows, where ${head.rows} were announced`);
}

function* linesOf(body: Buffer): Generator<unknown, undefined> {
  let start = 0;
  while (start < body.length) {
    const end = body.indexOf(NEW_LINE, start);
    if (end === -1) throw new LeafMalformedError('a line without an end');
    if (end - start > MAX_LINE_BYTES) throw new LeafMalformedError('a line that is too long');
    yield parsed(body.toString('utf8', start, end));
    start = end + 1;
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new LeafMalformedError('a line that is no JSON', { cause: error });
  }
}

const KINDS: readonly unknown[] = ['versions', 'hits', 'ids', 'page', 'unsupported'] satisfies LeafHead['kind'][];

function headOf(line: unknown): LeafHead {
  if (!isRecord(line)) throw new LeafMalformedError('no head');
  if (line.format !== LEAF_FORMAT) throw new LeafMalformedError('a format that is not known here');
  const { kind, total, hasMore, detail, rows } = line;
  const isHead =
    KINDS.includes(kind) &&
    (total === null || isWhole(total)) &&
    typeof hasMore === 'boolean' &&
    typeof detail === 'string' &&
    isWhole(rows);
  if (!isHead) throw new LeafMalformedError('a head that is none');
  return { format: LEAF_FORMAT, kind: kind as LeafHead['kind'], total, hasMore, detail, rows };
}
