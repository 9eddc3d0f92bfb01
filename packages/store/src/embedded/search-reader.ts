/**
 * Search: which ids of a feed match, in which order, and the versions of those on the page.
 *
 * The work is bounded whatever a feed has. Finding takes the keys of at most `MAX_FOUND` documents from each table of the index, the
 * most downloaded ones; ranking looks at the first few hundred of them, and at the ids that are or begin with what was typed
 * wherever they are. What is found behind the ranked ones follows in the index's own order, so that pages add up.
 *
 * Source: NuGet documentation, "Search" and "Autocomplete" (the parameters).
 */
import type { FragmentKind, ReadOptions } from '../metadata-store.ts';
import { MAX_COMPLETED, MAX_FOUND } from '../package-search.ts';
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
import { Turns } from './turns.ts';
import { foldCase } from './version-writer.ts';

/** How far somebody looks. */
interface Reach {
  /** Most ids that are found. */
  readonly found: number;
  /** Most of them that are compared for their order. */
  readonly ranked: number;
  /** Most ids that are taken into the comparison for their beginning. */
  readonly beginnings: number;
}

const SEARCH: Reach = { found: MAX_FOUND, ranked: 250, beginnings: 100 };
/** With each letter that somebody types. */
const COMPLETION: Reach = { found: MAX_COMPLETED, ranked: 100, beginnings: 50 };
/** Most ids that are taken into the comparison for being the words without separators. */
const MAX_WHOLE = 50;
/** Ids of which one statement reads the versions. */
const HITS_AT_ONCE = 20;

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

interface IndexedId extends FoundId {
  readonly downloads: number;
}

/** One search on its way. */
interface Asked {
  readonly query: SearchQuery;
  readonly terms: SearchTerms;
  readonly turns: Turns;
  readonly reach: Reach;
}

export class SearchReader {
  readonly #reader: Connection;
  readonly #rows: VersionRows;
  readonly #now: (() => number) | undefined;

  /** @param now - milliseconds from any moment on, by which others get their turn. */
  constructor(reader: Connection, rows: VersionRows, now?: () => number) {
    this.#reader = reader;
    this.#rows = rows;
    this.#now = now;
  }

  async search(feedId: string, query: SearchQuery, { fragment, signal }: ReadOptions = {}): Promise<SearchPage> {
    const turns = new Turns({ signal, now: this.#now });
    const { total, ids } = await this.#page(feedId, { query, turns, reach: SEARCH }, parseSearchText(query.text));
    return { total, hits: await this.#hits(ids, { query, turns }, fragment) };
  }

  async completeIds(feedId: string, query: SearchQuery): Promise<IdPage> {
    const turns = new Turns({ now: this.#now });
    const { total, ids } = await this.#page(feedId, { query, turns, reach: COMPLETION }, idText(query.text));
    return { total, ids: ids.map(({ id }) => id) };
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

  async #page(feedId: string, asked: Omit<Asked, 'terms'>, text: SearchText): Promise<FoundPage> {
    const { query } = asked;
    const { count } = latestPointer(query);
    const feed = this.#reader.get(`SELECT feed_key, ${count} AS total FROM feed WHERE feed_id = ?`, feedId);
    if (feed === undefined || text.kind === 'nothing') {
      return { total: 0, ids: [] };
    }
    if (text.kind === 'everything' && query.packageType === null) {
      return { total: Number(feed.total), ids: this.#mostDownloaded(Number(feed.feed_key), query) };
    }
    return this.#found(Number(feed.feed_key), { ...asked, terms: text.kind === 'terms' ? text : NO_TERMS });
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

  async #found(feedKey: number, asked: Asked): Promise<FoundPage> {
    const { query, terms, turns, reach } = asked;
    const { packageType } = query;
    const options = { feedKey, view: viewOf(query), packageType, isVisible: true, limit: reach.found };
    const { rows, named } = await findMatches({ connection: this.#reader, turns }, terms, options);
    const total = Math.min(rows.length, reach.found);
    if (query.take === 0 || query.skip >= total) {
      return { total, ids: [] };
    }
    await turns.pause();
    const best = rows.length > reach.ranked ? await this.#bestIds(asked, options) : [];
    const compared = [...best, ...rows.slice(0, reach.ranked)].map(packageKeyOf);
    // What begins with the text, or is it, answers by its id.
    const isNamed = new Set(compared.slice(0, best.length + Math.min(named, reach.ranked)));
    const ranked = this.#ranked(compared, isNamed, asked);
    return { total, ids: this.#slice(ranked, rows, asked) };
  }

  /**
   * Rows of the ids that must not be missed however many others there are: what was typed, with and without separators. One word
   * is looked up among the ids: the full-text index would look for it in every document that has it elsewhere.
   */
  async #bestIds({ query, terms, turns, reach }: Asked, options: MatchOptions): Promise<readonly number[]> {
    const { typed, words, compact } = rankedText(query.text, terms);
    const isPlain = terms.terms.every(({ field }) => field === null || field === 'id');
    if (!isPlain || terms.versions.length + terms.owners.length > 0 || options.packageType !== null) {
      return [];
    }
    const { column, index } = latestPointer(query);
    const beginnings = [...new Set(words.length === 1 ? [typed, compact] : [typed])].flatMap((beginning) =>
      this.#reader.all(
        `SELECT p.search_row FROM package p INDEXED BY ${index}
         WHERE p.feed_key = ? AND p.${column} IS NOT NULL AND p.id_lower >= ? AND p.id_lower < ? ORDER BY p.id_lower LIMIT ?`,
        ...[options.feedKey, ...rangeOf(beginning), reach.beginnings],
      ),
    );
    const whole = words.length < 2 ? null : wholeIdExpression(options.feedKey, compact);
    return [
      ...beginnings.map((row) => Number(row.search_row)),
      ...(await rowsOf(
        { connection: this.#reader, turns },
        { table: 'package_names', expression: whole },
        {
          ...options,
          limit: MAX_WHOLE,
        },
      )),
    ];
  }

  #ranked(
    keys: readonly number[],
    named: ReadonlySet<number>,
    { query, terms }: Pick<Asked, 'query' | 'terms'>,
  ): readonly RankedId[] {
    const found = Array.from(this.#idsOf(keys).values(), (each) => ({ ...each, isNamed: named.has(each.packageKey) }));
    return byRelevance(found, rankedText(query.text, terms));
  }

  /** The page out of the ranked ids and, after them, the others that were found. */
  #slice(ranked: readonly RankedId[], rows: readonly number[], { query, reach }: Asked): readonly FoundId[] {
    const { skip, take } = query;
    const end = Math.min(skip + take, reach.found);
    const page: FoundId[] = ranked.slice(skip, end);
    if (end <= ranked.length || rows.length <= reach.ranked) {
      return page;
    }
    const known = new Set(ranked.map(({ packageKey }) => packageKey));
    const others = [...new Set(rows.map(packageKeyOf))].filter((key) => !known.has(key));
    const rest = others.slice(Math.max(0, skip - ranked.length), end - ranked.length);
    const ids = this.#idsOf(rest);
    return [...page, ...rest.flatMap((key) => ids.get(key) ?? [])];
  }

  /** In no order, which would cost as much again; texts with all of them cost half of one object for each. */
  #idsOf(packageKeys: readonly number[]): ReadonlyMap<number, IndexedId> {
    const found = this.#reader.get(
      `SELECT json_group_array(p.package_key) AS keys, json_group_array(p.id) AS ids, json_group_array(p.total_downloads) AS downloads
       FROM json_each(?) AS found CROSS JOIN package p ON p.package_key = found.value`,
      JSON.stringify([...new Set(packageKeys)]),
    );
    const ids = JSON.parse(String(found?.ids)) as readonly string[];
    const downloads = JSON.parse(String(found?.downloads)) as readonly number[];
    return new Map(
      (JSON.parse(String(found?.keys)) as readonly number[]).map((packageKey, at) => [
        packageKey,
        { packageKey, id: ids[at] ?? '', downloads: downloads[at] ?? 0 },
      ]),
    );
  }

  /** The versions of an id lie together and in order, so nothing is sorted; only the newest one is read whole. */
  async #hits(
    page: readonly FoundId[],
    { query, turns }: Pick<Asked, 'query' | 'turns'>,
    fragment: FragmentKind | undefined,
  ): Promise<readonly SearchHit[]> {
    const sql = `SELECT p.id AS found_id, ${versionColumns(fragment)}, (
        SELECT json_group_array(json_array(each.version, each.normalized, each.downloads) ORDER BY each.sort_key)
        FROM package_version each WHERE each.package_key = p.package_key
          AND each.listed = 1 AND each.is_prerelease <= ?1 AND each.is_semver2 <= ?2) AS versions
      FROM json_each(?3) AS page CROSS JOIN package p ON p.package_key = page.value
        CROSS JOIN package_version v ON v.version_key = p.${latestPointer(query).column} ${contentJoin(fragment)}
      ORDER BY page.key`;
    const filter = [query.includePrerelease ? 1 : 0, query.includeSemVer2 ? 1 : 0];
    const hits: SearchHit[] = [];
    for (let start = 0; start < page.length; start += HITS_AT_ONCE) {
      await turns.pause();
      const keys = page.slice(start, start + HITS_AT_ONCE).map(({ packageKey }) => packageKey);
      hits.push(...this.#reader.all(sql, ...filter, JSON.stringify(keys)).map((row) => this.#toHit(row)));
    }
    return hits;
  }

  #toHit(row: Row): SearchHit {
    const versions = JSON.parse(String(row.versions)) as readonly (readonly [string, string, number])[];
    return {
      id: String(row.found_id),
      newest: this.#rows.toVersion(row),
      versions: versions.map(([version, normalizedVersion, downloads]) => ({ version, normalizedVersion, downloads })),
    };
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
