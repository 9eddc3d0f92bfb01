/**
 * Search: which ids of a feed match, in which order, and the versions of those on the page.
 *
 * The work is bounded whatever a feed has. Finding takes the keys of at most `MAX_FOUND` documents from each table of the index, the
 * most downloaded ones; ranking looks at the first 500 of them, and at the ids that are or begin with what was typed
 * wherever they are. What is found behind the ranked ones follows in the index's own order, so that pages add up.
 *
 * Source: NuGet documentation, "Search" and "Autocomplete" (the parameters).
 */
import type { FragmentKind } from '../metadata-store.ts';
import { MAX_FOUND } from '../package-search.ts';
import type { IdPage, SearchHit, SearchPage, SearchQuery } from '../package-search.ts';
import { byRelevance, rankedText } from '../search-rank.ts';
import type { Candidate } from '../search-rank.ts';
import { parseSearchText } from '../search-text.ts';
import type { SearchTerms, SearchText } from '../search-text.ts';
import { wordsOf } from '../search-words.ts';
import type { Connection, Row } from './connection.ts';
import { latestPointer, viewOf } from './latest-pointers.ts';
import { wholeIdExpression } from './search-expression.ts';
import { packageKeyOf } from './search-index.ts';
import { findMatches, rowsOf } from './search-matches.ts';
import type { MatchOptions } from './search-matches.ts';
import { contentJoin, versionColumns } from './stored-version-row.ts';
import type { VersionRows } from './stored-version-row.ts';
import { foldCase } from './version-writer.ts';

/** Most ids that are compared for their order. */
const MAX_RANKED = 500;
/** Most ids that are taken into the comparison for their beginning, and for being the words without separators. */
const MAX_BEGINNINGS = 200;
const MAX_WHOLE = 50;

type IdFilter = Pick<SearchQuery, 'includePrerelease' | 'includeSemVer2' | 'skip' | 'take'>;

interface FoundId {
  readonly packageKey: number;
  readonly id: string;
}

interface FoundPage {
  readonly total: number;
  readonly ids: readonly FoundId[];
}

interface RankedId extends Candidate, FoundId {}

export class SearchReader {
  readonly #reader: Connection;
  readonly #rows: VersionRows;

  constructor(reader: Connection, rows: VersionRows) {
    this.#reader = reader;
    this.#rows = rows;
  }

  search(feedId: string, query: SearchQuery, fragment?: FragmentKind): SearchPage {
    return this.#reader.reading(() => {
      const { total, ids } = this.#page(feedId, query, parseSearchText(query.text));
      return { total, hits: this.#hits(ids, query, fragment) };
    });
  }

  completeIds(feedId: string, query: SearchQuery): IdPage {
    return this.#reader.reading(() => {
      const { total, ids } = this.#page(feedId, query, idText(query.text));
      return { total, ids: ids.map(({ id }) => id) };
    });
  }

  idsStartingWith(feedId: string, prefix: string, query: IdFilter): IdPage {
    return this.#reader.reading(() => {
      const { column, count, index } = latestPointer(query);
      const feed = this.#reader.get(`SELECT feed_key, ${count} AS total FROM feed WHERE feed_id = ?`, feedId);
      const sql = `FROM package p INDEXED BY ${index}
        WHERE p.feed_key = ? AND p.${column} IS NOT NULL AND p.id_lower >= ? AND p.id_lower < ?`;
      const values = [Number(feed?.feed_key ?? 0), ...rangeOf(foldCase(prefix))];
      const total =
        prefix === ''
          ? Number(feed?.total ?? 0)
          : this.#reader.number(`SELECT count(*) FROM (SELECT 1 ${sql} LIMIT ${MAX_FOUND})`, ...values);
      const page = `SELECT p.id ${sql} ORDER BY p.id_lower LIMIT ? OFFSET ?`;
      const rows = total === 0 ? [] : this.#reader.all(page, ...values, query.take, query.skip);
      return { total, ids: rows.map((row) => String(row.id)) };
    });
  }

  #page(feedId: string, query: SearchQuery, text: SearchText): FoundPage {
    const { count } = latestPointer(query);
    const feed = this.#reader.get(`SELECT feed_key, ${count} AS total FROM feed WHERE feed_id = ?`, feedId);
    if (feed === undefined || text.kind === 'nothing') {
      return { total: 0, ids: [] };
    }
    if (text.kind === 'everything' && query.packageType === null) {
      return { total: Number(feed.total), ids: this.#mostDownloaded(Number(feed.feed_key), query) };
    }
    const terms = text.kind === 'terms' ? text : NO_TERMS;
    return this.#found(Number(feed.feed_key), query, terms);
  }

  #mostDownloaded(feedKey: number, query: SearchQuery): readonly FoundId[] {
    const { column, popularIndex } = latestPointer(query);
    return this.#reader
      .all(
        `SELECT p.package_key, p.id FROM package p INDEXED BY ${popularIndex} WHERE p.feed_key = ? AND p.${column} IS NOT NULL
         ORDER BY p.total_downloads DESC, p.id_lower LIMIT ? OFFSET ?`,
        feedKey,
        query.take,
        query.skip,
      )
      .map((row) => ({ packageKey: Number(row.package_key), id: String(row.id) }));
  }

  #found(feedKey: number, query: SearchQuery, terms: SearchTerms): FoundPage {
    const { packageType } = query;
    const options = { feedKey, view: viewOf(query), packageType, isVisible: true, limit: MAX_FOUND };
    const { rows, named } = findMatches(this.#reader, terms, options);
    const total = Math.min(rows.length, MAX_FOUND);
    if (query.take === 0 || query.skip >= total) {
      return { total, ids: [] };
    }
    const first = rows.slice(0, MAX_RANKED);
    const best = rows.length > MAX_RANKED ? [...new Set([...this.#bestIds(query, terms, options), ...first])] : first;
    const ranked = this.#ranked({ rows: best, named: new Set(rows.slice(0, named)) }, query, terms);
    return { total, ids: this.#slice(ranked, rows, query) };
  }

  /** Rows of the ids that must not be missed however many others there are: what was typed, with and without separators. */
  #bestIds(query: SearchQuery, terms: SearchTerms, options: MatchOptions): readonly number[] {
    const { typed, compact } = rankedText(query.text, terms);
    const isPlain = terms.terms.every(({ field }) => field === null || field === 'id');
    if (!isPlain || terms.versions.length + terms.owners.length > 0 || options.packageType !== null) {
      return [];
    }
    const { column, index } = latestPointer(query);
    const beginnings = this.#reader.all(
      `SELECT p.search_row FROM package p INDEXED BY ${index}
       WHERE p.feed_key = ? AND p.${column} IS NOT NULL AND p.id_lower >= ? AND p.id_lower < ? ORDER BY p.id_lower LIMIT ?`,
      ...[options.feedKey, ...rangeOf(typed), MAX_BEGINNINGS],
    );
    const whole = { table: 'package_names', expression: wholeIdExpression(options.feedKey, compact) } as const;
    return [
      ...beginnings.map((row) => Number(row.search_row)),
      ...rowsOf(this.#reader, whole, { ...options, limit: MAX_WHOLE }),
    ];
  }

  #ranked(
    { rows, named }: { readonly rows: readonly number[]; readonly named: ReadonlySet<number> },
    query: SearchQuery,
    terms: SearchTerms,
  ): readonly RankedId[] {
    const found = this.#idsOf(rows, 'p.id, p.total_downloads, p.search_row').map((row) => ({
      packageKey: Number(row.package_key),
      id: String(row.id),
      downloads: Number(row.total_downloads),
      isNamed: named.has(Number(row.search_row)),
    }));
    return byRelevance(found, rankedText(query.text, terms));
  }

  /** The page out of the ranked ids and, after them, the others that were found. */
  #slice(ranked: readonly RankedId[], rows: readonly number[], { skip, take }: SearchQuery): readonly FoundId[] {
    const end = Math.min(skip + take, MAX_FOUND);
    const page: FoundId[] = ranked.slice(skip, end);
    if (end <= ranked.length || rows.length <= MAX_RANKED) {
      return page;
    }
    const known = new Set(ranked.map(({ packageKey }) => packageKey));
    const others = rows.filter((row) => !known.has(packageKeyOf(row)));
    const rest = others.slice(Math.max(0, skip - ranked.length), end - ranked.length);
    const ids = this.#idsOf(rest, 'p.id').map((row) => ({ packageKey: Number(row.package_key), id: String(row.id) }));
    return [...page, ...ids];
  }

  #idsOf(rows: readonly number[], columns: string): readonly Row[] {
    return this.#reader.all(
      `SELECT p.package_key, ${columns} FROM json_each(?) AS found CROSS JOIN package p ON p.package_key = found.value
       ORDER BY found.key`,
      JSON.stringify(rows.map(packageKeyOf)),
    );
  }

  /** One statement an id: its versions lie together and in order, so nothing is sorted. */
  #hits(page: readonly FoundId[], query: IdFilter, fragment: FragmentKind | undefined): readonly SearchHit[] {
    const sql = `SELECT ${versionColumns(fragment)}
       FROM package p CROSS JOIN package_version v ON v.package_key = p.package_key ${contentJoin(fragment)}
       WHERE p.package_key = ? AND v.listed = 1 AND v.is_prerelease <= ? AND v.is_semver2 <= ? ORDER BY v.sort_key`;
    const filter = [query.includePrerelease ? 1 : 0, query.includeSemVer2 ? 1 : 0];
    return page.map(({ packageKey, id }) => ({
      id,
      versions: this.#reader.all(sql, packageKey, ...filter).map((version) => this.#rows.toVersion(version)),
    }));
  }
}

const NO_TERMS: SearchTerms = { kind: 'terms', terms: [], packageIds: [], versions: [], owners: [] };

/** A text that is about ids alone, whatever stands in it. */
function idText(text: string): SearchText {
  if (text.trim() === '') {
    return { kind: 'everything' };
  }
  const words = wordsOf(text.slice(0, 128)).slice(0, 16);
  return words.length === 0 ? { kind: 'nothing' } : { ...NO_TERMS, terms: [{ field: 'id', words, isPhrase: false }] };
}

/** Where the texts that begin with this one lie among all. */
function rangeOf(beginning: string): readonly [string, string] {
  return [beginning, `${beginning}\u{10ffff}`];
}
