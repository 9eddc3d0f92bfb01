/**
 * Scans of versions on SQLite. Every statement begins at its cursor by way of an index and reads no more rows than it is
 * told, so that a chunk costs the same wherever in the feed it lies.
 */
import type { SQLInputValue } from 'node:sqlite';
import { ProblemError } from '@feedfleet/problems';
import type { ReadOptions } from '../metadata-store.ts';
import type {
  IdChunk,
  ScanChunk,
  ScanPosition,
  ScannedVersion,
  SubstringMatch,
  VersionScan,
  VersionSource,
} from '../version-scan.ts';
import type { Connection, Row } from './connection.ts';
import { latestPointer } from './latest-pointers.ts';
import { toStoreProblem } from './sqlite-problems.ts';
import { contentJoin, versionColumns } from './stored-version-row.ts';
import type { VersionRows } from './stored-version-row.ts';
import { substringExpression } from './substring-index.ts';
import { foldCase } from './version-writer.ts';

const MAX_ROWS = 1000;
const MAX_IDS = 10_000;
/** Behind every sort key. */
const LAST_SORT_KEY = '\u007f';
const scanColumns = (fragment?: ReadOptions['fragment']): string =>
  `p.id_lower, p.total_downloads AS id_downloads, v.sort_key, v.title, v.tags, ${versionColumns(fragment)}`;

type ByIdSource = Extract<VersionSource, { order: 'id' }>;
type ByDownloadsSource = Extract<VersionSource, { order: 'downloads' }>;
type ByInstantSource = Extract<VersionSource, { order: 'created' | 'edited' }>;

interface Start {
  readonly feedKey: number;
  readonly after: ScanPosition | null;
  readonly limit: number;
}

/** Rows of a chunk, of which some may be ids without a version. */
interface Found {
  readonly rows: readonly Row[];
  /** More than the rows when ids were looked for in vain. */
  readonly examined: number;
  /** Where to go on when it is not behind the last row. */
  readonly stoppedAt?: ScanPosition;
}

export class SqliteVersionScan implements VersionScan {
  readonly #reader: Connection;
  readonly #rows: VersionRows;

  constructor(reader: Connection, rows: VersionRows) {
    this.#reader = reader;
    this.#rows = rows;
  }

  scan(
    feedId: string,
    source: VersionSource,
    { after, limit }: { readonly after: ScanPosition | null; readonly limit: number },
    { signal }: Pick<ReadOptions, 'signal'> = {},
  ): Promise<ScanChunk> {
    return this.#read(signal, () => {
      assertLimit(limit, MAX_ROWS);
      return this.#reader.reading(() => {
        const feedKey = this.#feedKeyOf(feedId);
        if (feedKey === undefined) return { rows: [], examined: 0, next: null };
        return this.#chunk(this.#found(source, { feedKey, after, limit }), source, limit);
      });
    });
  }

  scanned(keys: readonly number[], { fragment, signal }: ReadOptions = {}): Promise<readonly ScannedVersion[]> {
    return this.#read(signal, () => {
      if (keys.length === 0) return [];
      assertLimit(keys.length, MAX_ROWS);
      const rows = this.#reader.all(
        `SELECT ${scanColumns(fragment)}
         FROM json_each(?) AS page CROSS JOIN package_version v ON v.version_key = page.value
           JOIN package p ON p.package_key = v.package_key ${contentJoin(fragment)} ORDER BY page.key`,
        JSON.stringify(keys),
      );
      return rows.map((row) => this.#rows.toScanned(row));
    });
  }

  idsContaining(
    feedId: string,
    match: SubstringMatch,
    { after, limit }: { readonly after: number; readonly limit: number },
  ): Promise<IdChunk> {
    return this.#read(undefined, () => {
      assertLimit(limit, MAX_IDS);
      const feedKey = this.#feedKeyOf(feedId);
      if (feedKey === undefined) return { ids: [], next: null };
      const rows = this.#reader.all(
        `SELECT s.rowid AS package_key, p.id_lower FROM package_substring s CROSS JOIN package p ON p.package_key = s.rowid
         WHERE package_substring MATCH ? AND s.rowid > ? AND p.feed_key = ? ORDER BY s.rowid LIMIT ?`,
        substringExpression(feedKey, match),
        after,
        feedKey,
        limit,
      );
      const last = rows.length < limit ? undefined : rows.at(-1);
      return {
        ids: rows.map((row) => String(row.id_lower)),
        next: last === undefined ? null : Number(last.package_key),
      };
    });
  }

  #found(source: VersionSource, start: Start): Found {
    switch (source.order) {
      case 'id':
        return source.ids.kind === 'named'
          ? this.#ofNamedIds(source, source.ids.ids, start)
          : this.#ofIdRange(source, start);
      case 'downloads':
        return this.#byDownloads(source, start);
      case 'created':
      case 'edited':
        return this.#byInstant(source, start);
    }
  }

  #chunk({ rows, examined, stoppedAt }: Found, source: VersionSource, limit: number): ScanChunk {
    const last = rows.at(-1);
    const isCut = rows.length >= limit && last !== undefined;
    return {
      rows: rows.filter((row) => row.version_key !== null).map((row) => this.#rows.toScanned(row)),
      examined: Math.max(examined, rows.length),
      next: stoppedAt ?? (isCut ? positionOf(last, source) : null),
    };
  }

  /** The rest of the id behind the cursor, then the ids behind it. */
  #ofIdRange(source: ByIdSource, { feedKey, after, limit }: Start): Found {
    const rest = after === null ? [] : this.#ofId(source, { feedKey, id: after.id, after, limit });
    if (rest.length >= limit) return { rows: rest, examined: rest.length };
    const from = source.ids.kind === 'prefix' ? foldCase(source.ids.prefix) : '';
    const to = `${from}\u{10ffff}`;
    // One bound a side: of two, SQLite may take the one that is of no use for its start.
    const [low, above, below] = source.descending
      ? ['>=', from, after?.id ?? to]
      : [after === null ? '>=' : '>', after?.id ?? from, to];
    const byVersion = source.versions.kind === 'all' ? `, ${versionOrder(source)}` : '';
    const rows = this.#reader.all(
      `SELECT ${scanColumns()} ${joinOf(source, { indexed: true })}
       WHERE p.feed_key = ? AND p.id_lower ${low} ? AND p.id_lower < ? ${pointed(source)}
       ORDER BY p.id_lower ${source.descending ? 'DESC' : ''} ${byVersion} LIMIT ?`,
      ...[feedKey, above, below, limit - rest.length],
    );
    return { rows: [...rest, ...rows], examined: rest.length + rows.length };
  }

  /** One statement an id. Ids that are looked for in vain count as rows, so that a chunk ends. */
  #ofNamedIds(source: ByIdSource, named: readonly string[], { feedKey, after, limit }: Start): Found {
    const rows: Row[] = [];
    let misses = 0;
    for (const id of idsFrom(named, source.descending, after)) {
      const rest = limit - rows.length;
      const found = this.#ofId(source, { feedKey, id, after: after?.id === id ? after : null, limit: rest });
      rows.push(...found);
      misses += found.length === 0 && after?.id !== id ? 1 : 0;
      if (rows.length >= limit) break;
      if (rows.length + misses >= limit) {
        return { rows, examined: rows.length + misses, stoppedAt: behindId(id, source) };
      }
    }
    return { rows, examined: rows.length + misses };
  }

  #ofId(
    source: ByIdSource,
    { feedKey, id, after, limit }: { feedKey: number; id: string; after: ScanPosition | null; limit: number },
  ): readonly Row[] {
    const { versions, newestFirst } = source;
    if (versions.kind === 'latest') {
      if (after !== null) return [];
      return this.#reader.all(
        `SELECT ${scanColumns()} ${joinOf(source, { indexed: false })} WHERE p.feed_key = ? AND p.id_lower = ?`,
        ...[feedKey, id],
      );
    }
    const isNamed = source.ids.kind === 'named';
    const values: SQLInputValue[] = [feedKey, id];
    let bounds = '';
    const bound = (comparison: string, sortKey: string | undefined): void => {
      if (sortKey === undefined) return;
      bounds += ` AND v.sort_key ${comparison} ?`;
      values.push(sortKey);
    };
    if (isNamed) {
      bound('>=', versions.from);
      bound('<=', versions.to);
    }
    bound(newestFirst ? '<' : '>', after?.sortKey);
    return this.#reader.all(
      `SELECT ${scanColumns()} ${joinOf(source, { indexed: false })}
       WHERE p.feed_key = ? AND p.id_lower = ? ${bounds} ORDER BY ${versionOrder(source)} LIMIT ?`,
      ...values,
      limit,
    );
  }

  /** The rest of the id behind the cursor, then the ids with as many downloads, then those with fewer. */
  #byDownloads(source: ByDownloadsSource, { feedKey, after, limit }: Start): Found {
    const rows: Row[] = [];
    const read = (where: string, ...values: SQLInputValue[]): void => {
      if (rows.length >= limit) return;
      const sql = `SELECT ${scanColumns()} FROM package p INDEXED BY package_by_downloads
        ${source.versions.kind === 'all' ? 'CROSS' : 'LEFT'} JOIN package_version v ON ${versionsOn(source)}
        WHERE p.feed_key = ? ${where} ORDER BY p.total_downloads DESC, p.id_lower, v.sort_key LIMIT ?`;
      rows.push(...this.#reader.all(sql, feedKey, ...values, limit - rows.length));
    };
    if (after === null) {
      read('');
    } else {
      const { downloads, id, sortKey } = after;
      if (source.versions.kind === 'all') {
        read('AND p.total_downloads = ? AND p.id_lower = ? AND v.sort_key > ?', downloads, id, sortKey);
      }
      read('AND p.total_downloads = ? AND p.id_lower > ?', downloads, id);
      read('AND p.total_downloads < ?', downloads);
    }
    return { rows, examined: rows.length };
  }

  #byInstant(source: ByInstantSource, { feedKey, after, limit }: Start): Found {
    const column = source.order === 'created' ? 'created' : 'last_edited';
    const values: SQLInputValue[] = [feedKey];
    const { from, to } = narrowed(source, after);
    let where = '';
    if (from !== undefined) {
      where += ` AND v.${column} >= ?`;
      values.push(from);
    }
    if (to !== undefined) {
      where += ` AND v.${column} <= ?`;
      values.push(to);
    }
    if (after !== null) {
      where += ` AND (v.${column} ${source.descending ? '<' : '>'} ? OR (p.id_lower, v.sort_key) > (?, ?))`;
      values.push(after.instant, after.id, after.sortKey);
    }
    const rows = this.#reader.all(
      `SELECT ${scanColumns()} FROM package_version v INDEXED BY package_version_by_${source.order}
         CROSS JOIN package p ON p.package_key = v.package_key
       WHERE v.feed_key = ? ${where}
       ORDER BY v.${column} ${source.descending ? 'DESC' : ''}, p.id_lower, v.sort_key LIMIT ?`,
      ...values,
      limit,
    );
    return { rows, examined: rows.length };
  }

  #feedKeyOf(feedId: string): number | undefined {
    const row = this.#reader.get('SELECT feed_key FROM feed WHERE feed_id = ?', feedId);
    return row === undefined ? undefined : Number(row.feed_key);
  }

  // Async, so that what fails is a rejected promise.
  // eslint-disable-next-line @typescript-eslint/require-await
  async #read<T>(signal: AbortSignal | undefined, work: () => T): Promise<T> {
    signal?.throwIfAborted();
    try {
      return work();
    } catch (error) {
      throw toStoreProblem(error);
    }
  }
}

function versionsOn({ versions }: ByIdSource | ByDownloadsSource): string {
  return versions.kind === 'all'
    ? 'v.package_key = p.package_key'
    : `v.version_key = p.${latestPointer(versions).column}`;
}

/** CROSS JOIN fixes the order: from the id to its versions. */
function joinOf(source: ByIdSource, { indexed }: { readonly indexed: boolean }): string {
  const index = source.versions.kind === 'all' ? 'package_by_id' : latestPointer(source.versions).index;
  return `FROM package p ${indexed ? `INDEXED BY ${index}` : ''} CROSS JOIN package_version v ON ${versionsOn(source)}`;
}

function pointed({ versions }: ByIdSource): string {
  return versions.kind === 'all' ? '' : `AND p.${latestPointer(versions).column} IS NOT NULL`;
}

function versionOrder({ newestFirst }: ByIdSource): string {
  return newestFirst ? 'v.sort_key DESC, v.version_key DESC' : 'v.sort_key, v.version_key';
}

function idsFrom(named: readonly string[], descending: boolean, after: ScanPosition | null): readonly string[] {
  const ids = descending ? named.toReversed() : named;
  if (after === null) return ids;
  const start = ids.findIndex((id) => (descending ? id <= after.id : id >= after.id));
  return start < 0 ? [] : ids.slice(start);
}

function behindId(id: string, { newestFirst }: ByIdSource): ScanPosition {
  return { id, sortKey: newestFirst ? '' : LAST_SORT_KEY, downloads: 0, instant: '' };
}

/** The interval behind the cursor, with the cursor's own instant. */
function narrowed(
  { descending, from, to }: ByInstantSource,
  after: ScanPosition | null,
): { readonly from: string | undefined; readonly to: string | undefined } {
  if (after === null) return { from, to };
  const { instant } = after;
  return descending
    ? { from, to: to === undefined || instant < to ? instant : to }
    : { from: from === undefined || instant > from ? instant : from, to };
}

function positionOf(row: Row, source: VersionSource): ScanPosition {
  return {
    id: String(row.id_lower),
    sortKey: String(row.sort_key ?? LAST_SORT_KEY),
    downloads: Number(row.id_downloads),
    instant: String((source.order === 'edited' ? row.last_edited : row.created) ?? ''),
  };
}

function assertLimit(count: number, most: number): void {
  if (!Number.isInteger(count) || count < 1 || count > most) {
    throw new ProblemError('invalidArgument', { detail: `a scan takes from 1 to ${most} rows at once, got ${count}` });
  }
}
