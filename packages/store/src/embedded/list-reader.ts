/**
 * Lists a whole feed by pages, in order of id and version.
 *
 * Somebody who mirrors a feed asks for page after page. Where each page ended is remembered for the feed's revision, so that
 * the next one starts there instead of counting its way through everything before it; totals likewise.
 */
import type { SQLInputValue } from 'node:sqlite';
import type { FragmentKind, ListPage, ListQuery, StoredVersion } from '../metadata-store.ts';
import type { Connection, Row } from './connection.ts';
import { latestPointer } from './latest-pointers.ts';
import { searchExpression } from './search-words.ts';
import { contentJoin, versionColumns } from './stored-version-row.ts';
import type { VersionRows } from './stored-version-row.ts';

const MAX_REMEMBERED = 1024;

interface PagePosition {
  readonly idLower: string;
  readonly sortKey: string;
  readonly versionKey: number;
}

/** A `FROM ... WHERE ...` with its values, in which `v` is each version of `p` that matches. */
interface Matching {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
  /** Distinguishes this query from every other one on any revision; undefined when it is not worth remembering. */
  readonly shape: string | undefined;
}

export class ListReader {
  readonly #reader: Connection;
  readonly #rows: VersionRows;
  readonly #totals = new Recent<number>();
  readonly #positions = new Recent<PagePosition>();

  constructor(reader: Connection, rows: VersionRows) {
    this.#reader = reader;
    this.#rows = rows;
  }

  list(feedId: string, query: ListQuery, fragment?: FragmentKind): ListPage {
    return this.#reader.reading(() => {
      const feed = this.#reader.get('SELECT feed_key, revision FROM feed WHERE feed_id = ?', feedId);
      const matching = feed === undefined ? undefined : matchingVersions(feed, query);
      if (matching === undefined) {
        return { total: 0, versions: [] };
      }
      const total = this.#total(matching);
      const hasPage = query.take > 0 && query.skip < total;
      return { total, versions: hasPage ? this.#versions(this.#page(matching, query), fragment) : [] };
    });
  }

  #total({ sql, values, shape }: Matching): number {
    const count = (): number => this.#reader.number(`SELECT count(*) ${sql}`, ...values);
    if (shape === undefined) {
      return count();
    }
    const total = this.#totals.get(shape) ?? count();
    this.#totals.set(shape, total);
    return total;
  }

  #page({ sql, values, shape }: Matching, { skip, take }: ListQuery): readonly Row[] {
    const from = shape === undefined ? undefined : this.#positions.get(`${shape} ${skip}`);
    const select = `SELECT v.version_key, p.id_lower, v.sort_key ${sql}`;
    const order = 'ORDER BY p.id_lower, v.sort_key, v.version_key LIMIT ?';
    const rows =
      from === undefined
        ? this.#reader.all(`${select} ${order} OFFSET ?`, ...values, take, skip)
        : this.#reader.all(
            `${select} AND p.id_lower >= ? AND (p.id_lower > ? OR (v.sort_key, v.version_key) > (?, ?)) ${order}`,
            ...values,
            from.idLower,
            from.idLower,
            from.sortKey,
            from.versionKey,
            take,
          );
    const last = rows.at(-1);
    if (shape !== undefined && last !== undefined) {
      this.#positions.set(`${shape} ${skip + rows.length}`, {
        idLower: String(last.id_lower),
        sortKey: String(last.sort_key),
        versionKey: Number(last.version_key),
      });
    }
    return rows;
  }

  #versions(page: readonly Row[], fragment: FragmentKind | undefined): readonly StoredVersion[] {
    const rows = this.#reader.all(
      `SELECT ${versionColumns(fragment)}
       FROM json_each(?) AS page CROSS JOIN package_version v ON v.version_key = page.value
         JOIN package p ON p.package_key = v.package_key ${contentJoin(fragment)} ORDER BY page.key`,
      JSON.stringify(page.map((row) => row.version_key)),
    );
    return rows.map((row) => this.#rows.toVersion(row));
  }
}

function matchingVersions(feed: Row, query: ListQuery): Matching | undefined {
  const feedKey = Number(feed.feed_key);
  const { includePrerelease, includeSemVer2, includeUnlisted } = query;
  const { column, index } = latestPointer(query);
  const hasText = query.text.trim() !== '';
  const expression = hasText ? searchExpression(feedKey, query.text) : '';
  if (expression === undefined) {
    return undefined;
  }
  const isLatestOnly = query.versions === 'latest';
  const packages = hasText
    ? 'package_search CROSS JOIN package p ON p.package_key = package_search.rowid'
    : `package p INDEXED BY ${isLatestOnly ? index : 'package_by_id'}`;
  const join = isLatestOnly ? `v.version_key = p.${column}` : 'v.package_key = p.package_key';
  const allowed = [
    ...(hasText ? ['package_search MATCH ?'] : []),
    'p.feed_key = ?',
    ...(isLatestOnly ? [`p.${column} IS NOT NULL`] : []),
    ...(isLatestOnly || includePrerelease ? [] : ['v.is_prerelease = 0']),
    ...(isLatestOnly || includeSemVer2 ? [] : ['v.is_semver2 = 0']),
    ...(isLatestOnly || includeUnlisted ? [] : ['v.listed = 1']),
  ];
  return {
    sql: `FROM ${packages} CROSS JOIN package_version v ON ${join} WHERE ${allowed.join(' AND ')}`,
    values: hasText ? [expression, feedKey] : [feedKey],
    shape: hasText
      ? undefined
      : `${feedKey} ${feed.revision as number} ${query.versions} ${includePrerelease} ${includeSemVer2} ${includeUnlisted}`,
  };
}

/** A bounded map that forgets what was set longest ago. */
class Recent<V> {
  readonly #entries = new Map<string, V>();

  get(key: string): V | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    const oldest = this.#entries.size > MAX_REMEMBERED ? this.#entries.keys().next() : undefined;
    if (oldest?.done === false) {
      this.#entries.delete(oldest.value);
    }
  }
}
