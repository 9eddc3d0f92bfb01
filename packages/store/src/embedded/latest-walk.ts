/**
 * A page of the newest versions of very many ids, in order of id: the ids of the feed are walked over in their order, from where
 * the page starts to where it is full, instead of sorting all that were found.
 */
import type { Row } from './connection.ts';
import type { LatestPointer } from './latest-pointers.ts';
import type { SlicedReader } from './turns.ts';

const BATCH = 500;

export interface WalkStart {
  /** The first id to look at. */
  readonly idLower: string;
  /** How many of the wanted ids from there on were on earlier pages. */
  readonly skip: number;
}

export interface WalkPage {
  readonly versionKeys: readonly number[];
  /** Where the next page starts. */
  readonly next: WalkStart;
}

export interface WalkOptions {
  readonly feedKey: number;
  readonly pointer: LatestPointer;
  readonly isWanted: (packageKey: number) => boolean;
  readonly take: number;
}

export async function walkLatest(
  { connection, turns }: SlicedReader,
  from: WalkStart,
  options: WalkOptions,
): Promise<WalkPage> {
  const { column, index } = options.pointer;
  const sql = `SELECT package_key, id_lower, ${column} AS version_key FROM package INDEXED BY ${index}
    WHERE feed_key = ? AND ${column} IS NOT NULL AND id_lower >= ? ORDER BY id_lower LIMIT ${BATCH} OFFSET ?`;
  const versionKeys: number[] = [];
  let { idLower, skip } = from;
  let offset = 0;
  for (let batch: readonly Row[] = [], isLast = false; !isLast && versionKeys.length < options.take;) {
    batch = connection.all(sql, options.feedKey, idLower, offset);
    isLast = batch.length < BATCH;
    for (const row of batch) {
      if (versionKeys.length === options.take) break;
      idLower = String(row.id_lower);
      if (!options.isWanted(Number(row.package_key))) continue;
      if (skip > 0) skip -= 1;
      else versionKeys.push(Number(row.version_key));
    }
    offset = 1;
    await turns.pause();
  }
  // The last id that was looked at is behind this page.
  return { versionKeys, next: { idLower: `${idLower}\u0000`, skip } };
}
