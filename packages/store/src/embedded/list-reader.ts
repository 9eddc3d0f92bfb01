/**
 * Lists a whole feed by pages, in order of id and version.
 *
 * Somebody who mirrors a feed asks for page after page. Where each page ended is remembered for the feed's revision, so that
 * the next one starts there. Any other page is found by the counts of each id, which costs a row an id and not one a version.
 */
import type { FragmentKind, ListPage, ListQuery, ReadOptions, StoredVersion } from '../metadata-store.ts';
import { parseSearchText } from '../search-text.ts';
import type { Connection, Row } from './connection.ts';
import type { WalkStart } from './id-walk.ts';
import { latestPointer } from './latest-pointers.ts';
import { RecentValues } from './recent-values.ts';
import { contentJoin, versionColumns } from './stored-version-row.ts';
import type { VersionRows } from './stored-version-row.ts';
import { Turns } from './turns.ts';
import { countExpression, filterExpression } from './version-counts.ts';
import { WordList } from './word-list.ts';
import type { PageKeys } from './word-list.ts';

const MAX_REMEMBERED = 1024;
const IN_ORDER = 'ORDER BY p.id_lower, v.sort_key, v.version_key LIMIT ?';

const NOTHING: PageKeys = { total: 0, versionKeys: [] };

export class ListReader {
  readonly #reader: Connection;
  readonly #rows: VersionRows;
  readonly #now: (() => number) | undefined;
  /** By feed, revision, filter and skip. */
  readonly #starts = new RecentValues<WalkStart>(MAX_REMEMBERED);
  readonly #words = new WordList();

  /** @param now - milliseconds from any moment on, by which others get their turn. */
  constructor(reader: Connection, rows: VersionRows, now?: () => number) {
    this.#reader = reader;
    this.#rows = rows;
    this.#now = now;
  }

  async list(feedId: string, query: ListQuery, { fragment, signal }: ReadOptions = {}): Promise<ListPage> {
    const text = parseSearchText(query.text);
    if (text.kind === 'nothing') {
      return { total: 0, versions: [] };
    }
    if (text.kind === 'terms') {
      const row = this.#feed(feedId, query);
      const reader = { connection: this.#reader, turns: new Turns({ signal, now: this.#now }) };
      const feed = { feedKey: Number(row?.feed_key), revision: Number(row?.revision) };
      const { total, versionKeys } = row === undefined ? NOTHING : await this.#words.page(reader, feed, query, text);
      return { total, versions: this.#versions(versionKeys, fragment) };
    }
    return this.#reader.reading(() => {
      const feed = this.#feed(feedId, query);
      const { total, versionKeys } = feed === undefined ? NOTHING : this.#everything(feed, query);
      return { total, versions: this.#versions(versionKeys, fragment) };
    });
  }

  #feed(feedId: string, query: ListQuery): Row | undefined {
    return this.#reader.get(
      `SELECT feed_key, revision, ${countExpression('feed', query)} AS total, ${latestPointer(query).count} AS latest_total
       FROM feed WHERE feed_id = ?`,
      feedId,
    );
  }

  #everything(feed: Row, query: ListQuery): PageKeys {
    return query.versions === 'all' ? this.#everyVersion(feed, query) : this.#everyLatest(feed, query);
  }

  /** Stepping over the ids of earlier pages touches nothing but their index. */
  #everyLatest(feed: Row, query: ListQuery): PageKeys {
    const { column, index } = latestPointer(query);
    const rows = this.#reader.all(
      `SELECT p.${column} AS version_key
       FROM (SELECT package_key FROM package INDEXED BY ${index} WHERE feed_key = ? AND ${column} IS NOT NULL
         ORDER BY id_lower LIMIT ? OFFSET ?) page CROSS JOIN package p ON p.package_key = page.package_key
       ORDER BY p.id_lower`,
      Number(feed.feed_key),
      query.take,
      query.skip,
    );
    return { total: Number(feed.latest_total), versionKeys: rows.map((row) => Number(row.version_key)) };
  }

  #everyVersion(feed: Row, query: ListQuery): PageKeys {
    const total = Number(feed.total);
    if (query.take === 0 || query.skip >= total) {
      return { total, versionKeys: [] };
    }
    const filter = filterExpression(query);
    const shape = `${Number(feed.feed_key)} ${Number(feed.revision)} ${filter}`;
    const start = this.#starts.get(`${shape} ${query.skip}`) ?? this.#startByCounts(Number(feed.feed_key), query);
    const rows = this.#reader.all(
      `SELECT v.version_key, p.id_lower
       FROM package p INDEXED BY package_by_id CROSS JOIN package_version v ON v.package_key = p.package_key
       WHERE p.feed_key = ? AND p.id_lower >= ? ${filter} ${IN_ORDER} OFFSET ?`,
      Number(feed.feed_key),
      start.idLower,
      query.take,
      start.skip,
    );
    this.#starts.set(`${shape} ${query.skip + rows.length}`, nextStart(start, rows));
    return { total, versionKeys: rows.map((row) => Number(row.version_key)) };
  }

  #startByCounts(feedKey: number, query: ListQuery): WalkStart {
    if (query.skip === 0) {
      return { idLower: '', skip: 0 };
    }
    const row = this.#reader.get(
      `SELECT id_lower, through - own AS before FROM (
         SELECT p.id_lower, ${countExpression('p', query)} AS own,
           sum(${countExpression('p', query)}) OVER (ORDER BY p.id_lower ROWS UNBOUNDED PRECEDING) AS through
         FROM package p INDEXED BY package_by_id WHERE p.feed_key = ?)
       WHERE through > ? LIMIT 1`,
      feedKey,
      query.skip,
    );
    return { idLower: String(row?.id_lower), skip: query.skip - Number(row?.before) };
  }

  #versions(versionKeys: readonly number[], fragment: FragmentKind | undefined): readonly StoredVersion[] {
    const rows = this.#reader.all(
      `SELECT ${versionColumns(fragment)}
       FROM json_each(?) AS page CROSS JOIN package_version v ON v.version_key = page.value
         JOIN package p ON p.package_key = v.package_key ${contentJoin(fragment)} ORDER BY page.key`,
      JSON.stringify(versionKeys),
    );
    return rows.map((row) => this.#rows.toVersion(row));
  }
}

/** After a page: at its last id, behind those of its versions that were on it or before. */
function nextStart(start: WalkStart, rows: readonly Row[]): WalkStart {
  const idLower = String(rows.at(-1)?.id_lower ?? start.idLower);
  const onPage = rows.filter((row) => row.id_lower === idLower).length;
  return { idLower, skip: onPage + (rows[0]?.id_lower === idLower && start.idLower === idLower ? start.skip : 0) };
}
