/**
 * A page of the versions of many ids, in order of id, without sorting the versions: whole ids are stepped over by their counts.
 *
 * Very many ids are not sorted either: the ids of the feed are walked over in their order, from where the page starts to where it
 * is full.
 */
import type { Row } from './connection.ts';
import type { SlicedReader } from './turns.ts';

const BATCH = 500;

/** An id that matches. */
export interface MatchingId {
  readonly packageKey: number;
  readonly idLower: string;
  /** How many of its versions match. */
  readonly own: number;
}

export interface WalkStart {
  /** The first id to look at. */
  readonly idLower: string;
  /** How many matches from there on were on earlier pages. */
  readonly skip: number;
}

export interface WalkPage {
  readonly versionKeys: readonly number[];
  /** Where the next page starts. */
  readonly next: WalkStart;
}

export interface PageOfIds {
  /** Matches that are left out. */
  readonly skip: number;
  readonly take: number;
  /** Keys of an id's matching versions in order. */
  readonly versionsOf: (id: MatchingId, part: { readonly skip: number; readonly take: number }) => readonly number[];
}

/** @param batches - ids in order. */
export async function pageOfIds(
  batches: AsyncIterable<readonly MatchingId[]>,
  { skip, take, versionsOf }: PageOfIds,
): Promise<WalkPage> {
  const versionKeys: number[] = [];
  let rest = skip;
  let last = '';
  for await (const batch of batches) {
    for (const id of batch) {
      last = id.idLower;
      if (rest >= id.own) {
        rest -= id.own;
        continue;
      }
      const found = versionsOf(id, { skip: rest, take: take - versionKeys.length });
      versionKeys.push(...found);
      if (versionKeys.length >= take) {
        return { versionKeys, next: { idLower: id.idLower, skip: rest + found.length } };
      }
      rest = 0;
    }
  }
  return { versionKeys, next: { idLower: `${last}\u0000`, skip: rest } };
}

export interface WalkOptions {
  readonly feedKey: number;
  /** Index of ids in their order, and which of them are in it. */
  readonly index: string;
  readonly where: string;
  /** Counts the matches of an id `p`. */
  readonly own: string;
  readonly isWanted: (packageKey: number) => boolean;
}

/** Wanted ids of a feed in their order, from the first one on. */
export async function* walkedIds(
  { connection, turns }: SlicedReader,
  first: string,
  { feedKey, index, where, own, isWanted }: WalkOptions,
): AsyncGenerator<readonly MatchingId[]> {
  const sql = `SELECT p.package_key, p.id_lower, ${own} AS own FROM package p INDEXED BY ${index}
    WHERE p.feed_key = ? AND p.id_lower >= ? ${where} ORDER BY p.id_lower LIMIT ${BATCH} OFFSET ?`;
  let idLower = first;
  for (let offset = 0, batch: readonly Row[] = []; offset === 0 || batch.length === BATCH; offset = 1) {
    batch = connection.all(sql, feedKey, idLower, offset);
    idLower = String(batch.at(-1)?.id_lower ?? idLower);
    yield batch.map(toId).filter(({ packageKey }) => isWanted(packageKey));
    await turns.pause();
  }
}

/** Ids of some keys in their order. */
export async function sortedIds(
  { connection, turns }: SlicedReader,
  keys: readonly number[],
  own: string,
): Promise<readonly MatchingId[]> {
  const sql = `SELECT p.package_key, p.id_lower, ${own} AS own
    FROM json_each(?) AS found CROSS JOIN package p ON p.package_key = found.value`;
  const ids: MatchingId[] = [];
  for (let start = 0; start < keys.length; start += BATCH) {
    ids.push(...connection.all(sql, JSON.stringify(keys.slice(start, start + BATCH))).map(toId));
    await turns.pause();
  }
  return ids.sort((left, right) => (left.idLower < right.idLower ? -1 : 1));
}

/** How many versions of some ids match. */
export async function countOfIds(
  { connection, turns }: SlicedReader,
  keys: readonly number[],
  own: string,
): Promise<number> {
  const sql = `SELECT coalesce(sum(${own}), 0) FROM json_each(?) AS found CROSS JOIN package p ON p.package_key = found.value`;
  let count = 0;
  for (let start = 0; start < keys.length; start += BATCH) {
    count += connection.number(sql, JSON.stringify(keys.slice(start, start + BATCH)));
    await turns.pause();
  }
  return count;
}

function toId(row: Row): MatchingId {
  return { packageKey: Number(row.package_key), idLower: String(row.id_lower), own: Number(row.own) };
}
