/**
 * Search: which ids of a feed match, in which order, and the versions of those on the page. Matching reads one row an id;
 * versions are loaded for the page alone.
 *
 * Source: NuGet documentation, "Search" (the parameters), and SQLite documentation, "SQLite FTS5 Extension", section
 * "The bm25() function".
 */
import type { SQLInputValue } from 'node:sqlite';
import type { FragmentKind, SearchHit, SearchPage, SearchQuery } from '../metadata-store.ts';
import type { Connection, Row } from './connection.ts';
import { latestPointer } from './latest-pointers.ts';
import { searchExpression } from './search-words.ts';
import { contentJoin, versionColumns } from './stored-version-row.ts';
import type { VersionRows } from './stored-version-row.ts';
import { foldCase, typeList, USUAL_TYPE } from './version-writer.ts';

/** Above this many hits, ranking by text costs more than it tells: the order is then exact id, prefix, downloads, id. */
const MAX_RANKED_BY_TEXT = 2000;

/** How much a word counts in: id, parts of the id, title, tags, description, authors. */
const RANK_BY_TEXT = 'bm25(package_search, 10, 6, 4, 4, 1, 2)';

type IdQuery = Pick<SearchQuery, 'includePrerelease' | 'includeSemVer2' | 'packageType'>;

/** A `FROM ... WHERE ...` with its values, in which `p` is each id that matches. */
interface Matching {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

export class SearchReader {
  readonly #reader: Connection;
  readonly #rows: VersionRows;

  constructor(reader: Connection, rows: VersionRows) {
    this.#reader = reader;
    this.#rows = rows;
  }

  search(feedId: string, query: SearchQuery, fragment?: FragmentKind): SearchPage {
    return this.#reader.reading(() => {
      const feedKey = feedKeyOf(this.#reader, feedId);
      const matching = feedKey === undefined ? undefined : matchingIds(feedKey, query);
      if (matching === undefined) {
        return { total: 0, hits: [] };
      }
      const total = this.#reader.number(`SELECT count(*) ${matching.sql}`, ...matching.values);
      const hasPage = query.take > 0 && query.skip < total;
      const order = orderOf(query, total);
      const page = !hasPage
        ? []
        : this.#reader.all(
            `SELECT p.package_key, p.id ${matching.sql} ORDER BY ${order.sql} LIMIT ? OFFSET ?`,
            ...matching.values,
            ...order.values,
            query.take,
            query.skip,
          );
      return { total, hits: this.#hits(page, query, fragment) };
    });
  }

  idsStartingWith(
    feedId: string,
    prefix: string,
    query: IdQuery & Pick<SearchQuery, 'skip' | 'take'>,
  ): { readonly total: number; readonly ids: readonly string[] } {
    return this.#reader.reading(() => {
      const feedKey = feedKeyOf(this.#reader, feedId);
      if (feedKey === undefined) {
        return { total: 0, ids: [] };
      }
      const all = everyId(feedKey, query);
      const sql = `${all.sql} AND p.id_lower >= ? AND p.id_lower < ?`;
      const values = [...all.values, foldCase(prefix), `${foldCase(prefix)}\u{10ffff}`];
      const total = this.#reader.number(`SELECT count(*) ${sql}`, ...values);
      const rows = this.#reader.all(
        `SELECT p.id ${sql} ORDER BY p.id_lower LIMIT ? OFFSET ?`,
        ...values,
        query.take,
        query.skip,
      );
      return { total, ids: rows.map((row) => String(row.id)) };
    });
  }

  /** One statement an id: its versions lie together and in order, so nothing is sorted. */
  #hits(page: readonly Row[], query: SearchQuery, fragment: FragmentKind | undefined): readonly SearchHit[] {
    const sql = `SELECT ${versionColumns(fragment)}
       FROM package p CROSS JOIN package_version v ON v.package_key = p.package_key ${contentJoin(fragment)}
       WHERE p.package_key = ? AND v.listed = 1 AND v.is_prerelease <= ? AND v.is_semver2 <= ? ORDER BY v.sort_key`;
    const filter = [query.includePrerelease ? 1 : 0, query.includeSemVer2 ? 1 : 0];
    return page.map((row) => ({
      id: String(row.id),
      versions: this.#reader
        .all(sql, Number(row.package_key), ...filter)
        .map((version) => this.#rows.toVersion(version)),
    }));
  }
}

function feedKeyOf(reader: Connection, feedId: string): number | undefined {
  const row = reader.get('SELECT feed_key FROM feed WHERE feed_id = ?', feedId);
  return row === undefined ? undefined : Number(row.feed_key);
}

function matchingIds(feedKey: number, query: SearchQuery): Matching | undefined {
  if (query.text.trim() === '') {
    return everyId(feedKey, query);
  }
  const expression = searchExpression(feedKey, query.text);
  if (expression === undefined) {
    return undefined;
  }
  const ofType = typeFilter(feedKey, query);
  return {
    sql: `FROM package_search CROSS JOIN package p ON p.package_key = package_search.rowid
      WHERE package_search MATCH ? AND p.feed_key = ? AND p.${latestPointer(query).column} IS NOT NULL ${ofType.sql}`,
    values: [expression, feedKey, ...ofType.values],
  };
}

function everyId(feedKey: number, query: IdQuery): Matching {
  const { column, index } = latestPointer(query);
  const ofType = typeFilter(feedKey, query);
  const indexed = query.packageType === null ? `INDEXED BY ${index}` : '';
  return {
    sql: `FROM package p ${indexed} WHERE p.feed_key = ? AND p.${column} IS NOT NULL ${ofType.sql}`,
    values: [feedKey, ...ofType.values],
  };
}

function typeFilter(feedKey: number, query: IdQuery): Matching {
  if (query.packageType === null) {
    return { sql: '', values: [] };
  }
  const name = foldCase(query.packageType);
  const newestHasIt = `instr((SELECT n.package_types FROM package_version n WHERE n.version_key = p.${latestPointer(query).column}), ?) > 0`;
  return name === USUAL_TYPE
    ? { sql: `AND ${newestHasIt}`, values: [typeList([name])] }
    : {
        sql: `AND p.package_key IN (SELECT package_key FROM package_type WHERE feed_key = ? AND name = ?) AND ${newestHasIt}`,
        values: [feedKey, name, typeList([name])],
      };
}

function orderOf(query: SearchQuery, total: number): Matching {
  const id = foldCase(query.text.trim());
  if (query.order === 'id' || id === '') {
    return { sql: 'p.id_lower', values: [] };
  }
  const rest = total <= MAX_RANKED_BY_TEXT ? RANK_BY_TEXT : 'p.total_downloads DESC';
  return {
    sql: `p.id_lower = ? DESC, substr(p.id_lower, 1, ?) = ? DESC, ${rest}, p.id_lower`,
    values: [id, id.length, id],
  };
}
