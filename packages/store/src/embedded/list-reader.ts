/**
 * Lists a whole feed by pages, in order of id and version.
 *
 * Somebody who mirrors a feed asks for page after page. Where each page ended is remembered for the feed's revision, so that
 * the next one starts there. Any other page is found by the counts of each id, which costs a row an id and not one a version.
 */
import type { FragmentKind, ListPage, ListQuery, ReadOptions, StoredVersion } from '../metadata-store.ts';
import { parseSearchText } from '../search-text.ts';
import type { SearchTerms } from '../search-text.ts';
import type { Connection, Row } from './connection.ts';
import { latestPointer, viewOf } from './latest-pointers.ts';
import { walkLatest } from './latest-walk.ts';
import { packageKeyOf } from './search-index.ts';
import { findMatches } from './search-matches.ts';
import { contentJoin, versionColumns } from './stored-version-row.ts';
import type { VersionRows } from './stored-version-row.ts';
import { Turns } from './turns.ts';
import { countExpression } from './version-counts.ts';

const MAX_REMEMBERED = 1024;
/** More ids than that are not sorted: the feed's ids are walked over in their order. */
const MAX_SORTED = 4000;
/** What the parser reads of a text. */
const MAX_TEXT_IN_KEY = 500;
const IN_ORDER = 'ORDER BY p.id_lower, v.sort_key, v.version_key LIMIT ?';

interface PageKeys {
  readonly total: number;
  readonly versionKeys: readonly number[];
}

const NOTHING: PageKeys = { total: 0, versionKeys: [] };

/** Where a page starts: at the first id from `idLower` on, `skip` of whose matching versions were on earlier pages. */
interface PageStart {
  readonly idLower: string;
  readonly skip: number;
}

/** A `FROM ...` with the keys of the ids as its value, in which `p` is each id that matches. */
interface Matching {
  readonly sql: string;
  /** Counts all versions that match. */
  readonly count: string;
  /** Which versions `v` of `p` match. */
  readonly join: string;
}

export class ListReader {
  readonly #reader: Connection;
  readonly #rows: VersionRows;
  readonly #now: (() => number) | undefined;
  /** By feed, revision, filter and skip. */
  readonly #starts = new Map<string, PageStart>();

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
      const feed = this.#feed(feedId, query);
      const turns = new Turns({ signal, now: this.#now });
      const { total, versionKeys } = feed === undefined ? NOTHING : await this.#matching(feed, query, { text, turns });
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

  /** Not in one transaction: others have their turn between its statements, and what they change belongs to the next revision. */
  async #matching(
    feed: Row,
    query: ListQuery,
    { text, turns }: { readonly text: SearchTerms; readonly turns: Turns },
  ): Promise<PageKeys> {
    const isVisible = !query.includeUnlisted || query.versions === 'latest';
    const view = viewOf(query);
    const options = { feedKey: Number(feed.feed_key), view, packageType: null, isVisible, limit: Infinity };
    const { rows } = await findMatches({ connection: this.#reader, turns }, text, options);
    await turns.pause();
    const keys = rows.map(packageKeyOf);
    if (query.versions === 'latest' && keys.length > MAX_SORTED) {
      return { total: keys.length, versionKeys: await this.#latestOfMany(feed, query, { keys: new Set(keys), turns }) };
    }
    return this.#sorted(query, keys);
  }

  #sorted(query: ListQuery, keys: readonly number[]): PageKeys {
    const { sql, count, join } = matchingVersions(query);
    const total = this.#reader.number(`SELECT ${count} ${sql}`, JSON.stringify(keys));
    const rows =
      query.take === 0 || query.skip >= total
        ? []
        : this.#reader.all(
            `SELECT v.version_key FROM (SELECT p.* ${sql}) p CROSS JOIN package_version v ON ${join} ${IN_ORDER} OFFSET ?`,
            JSON.stringify(keys),
            query.take,
            query.skip,
          );
    return { total, versionKeys: rows.map((row) => Number(row.version_key)) };
  }

  async #latestOfMany(
    feed: Row,
    query: ListQuery,
    { keys, turns }: { readonly keys: ReadonlySet<number>; readonly turns: Turns },
  ): Promise<readonly number[]> {
    if (query.take === 0 || query.skip >= keys.size) {
      return [];
    }
    const pointer = latestPointer(query);
    const shape = `${Number(feed.feed_key)} ${Number(feed.revision)} ${pointer.column} ${query.text.slice(0, MAX_TEXT_IN_KEY)}`;
    const start = this.#starts.get(`${shape} ${query.skip}`) ?? { idLower: '', skip: query.skip };
    const { versionKeys, next } = await walkLatest({ connection: this.#reader, turns }, start, {
      feedKey: Number(feed.feed_key),
      pointer,
      isWanted: (packageKey) => keys.has(packageKey),
      take: query.take,
    });
    this.#remember(`${shape} ${query.skip + versionKeys.length}`, next);
    return versionKeys;
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
    const filter = filterOf(query);
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
    this.#remember(`${shape} ${query.skip + rows.length}`, nextStart(start, rows));
    return { total, versionKeys: rows.map((row) => Number(row.version_key)) };
  }

  #startByCounts(feedKey: number, query: ListQuery): PageStart {
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

  #remember(key: string, start: PageStart): void {
    this.#starts.delete(key);
    this.#starts.set(key, start);
    const oldest = this.#starts.size > MAX_REMEMBERED ? this.#starts.keys().next() : undefined;
    if (oldest?.done === false) {
      this.#starts.delete(oldest.value);
    }
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
function nextStart(start: PageStart, rows: readonly Row[]): PageStart {
  const idLower = String(rows.at(-1)?.id_lower ?? start.idLower);
  const onPage = rows.filter((row) => row.id_lower === idLower).length;
  return { idLower, skip: onPage + (rows[0]?.id_lower === idLower && start.idLower === idLower ? start.skip : 0) };
}

function filterOf(query: ListQuery): string {
  return [
    query.includePrerelease ? '' : 'AND v.is_prerelease = 0',
    query.includeSemVer2 ? '' : 'AND v.is_semver2 = 0',
    query.includeUnlisted ? '' : 'AND v.listed = 1',
  ].join(' ');
}

function matchingVersions(query: ListQuery): Matching {
  const isLatestOnly = query.versions === 'latest';
  return {
    sql: 'FROM json_each(?) AS found CROSS JOIN package p ON p.package_key = found.value',
    count: isLatestOnly ? 'count(*)' : `coalesce(sum(${countExpression('p', query)}), 0)`,
    join: isLatestOnly
      ? `v.version_key = p.${latestPointer(query).column}`
      : `v.package_key = p.package_key ${filterOf(query)}`,
  };
}
