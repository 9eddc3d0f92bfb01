/**
 * Lists the versions of the ids that have words, by pages in order of id, complete and exactly counted however many they are.
 *
 * Not in one transaction: others have their turn between the statements, and what they change belongs to the next revision.
 */
import type { ListQuery } from '../metadata-store.ts';
import type { SearchTerms } from '../search-text.ts';
import { countOfIds, pageOfIds, sortedIds, walkedIds } from './id-walk.ts';
import type { MatchingId, PageOfIds, WalkStart } from './id-walk.ts';
import { latestPointer, viewOf } from './latest-pointers.ts';
import { RecentValues } from './recent-values.ts';
import { packageKeyOf } from './search-index.ts';
import { findMatches } from './search-matches.ts';
import type { SlicedReader } from './turns.ts';
import { countExpression, filterExpression } from './version-counts.ts';

const MAX_REMEMBERED = 1024;
/** More ids than that are not sorted: the feed's ids are walked over in their order. */
const MAX_SORTED = 4000;
/** What the parser reads of a text. */
const MAX_TEXT_IN_KEY = 500;

export interface PageKeys {
  readonly total: number;
  readonly versionKeys: readonly number[];
}

/** The feed as it was when the query came. */
export interface ListedFeed {
  readonly feedKey: number;
  readonly revision: number;
}

export class WordList {
  /** By feed, revision, filter, text and skip: where a page starts. */
  readonly #starts = new RecentValues<WalkStart>(MAX_REMEMBERED);
  /** By feed, revision, filter and text. */
  readonly #totals = new RecentValues<number>(MAX_REMEMBERED);

  async page(reader: SlicedReader, feed: ListedFeed, query: ListQuery, text: SearchTerms): Promise<PageKeys> {
    const isVisible = !query.includeUnlisted || query.versions === 'latest';
    const options = { feedKey: feed.feedKey, view: viewOf(query), packageType: null, isVisible, limit: Infinity };
    const { rows } = await findMatches(reader, text, options);
    await reader.turns.pause();
    const keys = [...new Set(rows.map(packageKeyOf))];
    return keys.length > MAX_SORTED ? this.#walked(reader, { feed, query, keys }) : sorted(reader, query, keys);
  }

  async #walked(
    reader: SlicedReader,
    { feed, query, keys }: { readonly feed: ListedFeed; readonly query: ListQuery; readonly keys: readonly number[] },
  ): Promise<PageKeys> {
    const { own, index, where } = shapeOf(query);
    const shape = `${feed.feedKey} ${feed.revision} ${index} ${own} ${query.text.slice(0, MAX_TEXT_IN_KEY)}`;
    const total = this.#totals.get(shape) ?? (await countOfIds(reader, keys, own));
    this.#totals.set(shape, total);
    if (query.take === 0 || query.skip >= total) {
      return { total, versionKeys: [] };
    }
    const wanted = new Set(keys);
    const start = this.#starts.get(`${shape} ${query.skip}`) ?? { idLower: '', skip: query.skip };
    const walk = { feedKey: feed.feedKey, index, where, own, isWanted: (key: number) => wanted.has(key) };
    const { versionKeys, next } = await pageOfIds(walkedIds(reader, start.idLower, walk), {
      skip: start.skip,
      take: query.take,
      versionsOf: versionsOf(reader, query),
    });
    this.#starts.set(`${shape} ${query.skip + versionKeys.length}`, next);
    return { total, versionKeys };
  }
}

async function sorted(reader: SlicedReader, query: ListQuery, keys: readonly number[]): Promise<PageKeys> {
  const ids = await sortedIds(reader, keys, shapeOf(query).own);
  const total = ids.reduce((sum, { own }) => sum + own, 0);
  if (query.take === 0 || query.skip >= total) {
    return { total, versionKeys: [] };
  }
  const page = { skip: query.skip, take: query.take, versionsOf: versionsOf(reader, query) };
  return { total, versionKeys: (await pageOfIds(inOneBatch(ids), page)).versionKeys };
}

// eslint-disable-next-line @typescript-eslint/require-await
async function* inOneBatch(ids: readonly MatchingId[]): AsyncGenerator<readonly MatchingId[]> {
  yield ids;
}

/** What counts of an id, and by which index ids are walked over. */
function shapeOf(query: ListQuery): { readonly own: string; readonly index: string; readonly where: string } {
  if (query.versions === 'all') return { own: countExpression('p', query), index: 'package_by_id', where: '' };
  const { column, index } = latestPointer(query);
  return { own: `(p.${column} IS NOT NULL)`, index, where: `AND p.${column} IS NOT NULL` };
}

function versionsOf({ connection }: SlicedReader, query: ListQuery): PageOfIds['versionsOf'] {
  const sql =
    query.versions === 'all'
      ? `SELECT v.version_key FROM package_version v WHERE v.package_key = ? ${filterExpression(query)}
         ORDER BY v.sort_key, v.version_key LIMIT ? OFFSET ?`
      : `SELECT p.${latestPointer(query).column} AS version_key FROM package p WHERE p.package_key = ? LIMIT ? OFFSET ?`;
  return ({ packageKey }, { skip, take }) =>
    connection.all(sql, packageKey, take, skip).map((row) => Number(row.version_key));
}
