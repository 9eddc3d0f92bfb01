/**
 * The metadata port on SQLite: one connection for reading, and one for writing from the first write on.
 *
 * Reads are synchronous inside and take microseconds to a few milliseconds; they are promises because other stores need them.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ProblemError } from '@feedfleet/problems';
import type {
  AddOutcome,
  AddRules,
  CatalogEntry,
  ChangeOutcome,
  ListPage,
  ListQuery,
  MetadataStore,
  NewPackageVersion,
  ReadOptions,
  StoredVersion,
} from '../metadata-store.ts';
import type { RemoveBlob } from '../blob-store.ts';
import type { IdPage, PackageSearch, SearchPage, SearchQuery } from '../package-search.ts';
import { claimRemoval, claimRemovalsOf, hasDueRemovals, settleIntent } from './blob-claims.ts';
import { announce, doAllRemovals } from './blob-removals.ts';
import type { BlobClaimParts } from './blob-removals.ts';
import type { Connection } from './connection.ts';
import { ListReader } from './list-reader.ts';
import { Revisions } from './revisions.ts';
import { SearchReader } from './search-reader.ts';
import { toStoreProblem } from './sqlite-problems.ts';
import { sha512FromHex, VersionRows } from './stored-version-row.ts';
import { countExpression } from './version-counts.ts';
import { VersionReader } from './version-reader.ts';
import { addVersion, deleteSomeVersions, deleteVersion, setListed } from './version-writer.ts';
import { removeVulnerabilities } from './vulnerabilities.ts';

const DELETES_PER_TRANSACTION = 200;
const MAX_CATALOG_PAGE = 10_000;
const MAX_TAKE = 1000;
const EVERY_VERSION = countExpression('feed', {
  includePrerelease: true,
  includeSemVer2: true,
  includeUnlisted: true,
});

export interface SqliteMetadataStoreParts extends BlobClaimParts {
  readonly reader: Connection;
  /** Refuses every change. */
  readonly readOnly: boolean;
}

export class SqliteMetadataStore implements MetadataStore {
  readonly #parts: SqliteMetadataStoreParts;
  readonly #revisions: Revisions;
  readonly #versions: VersionReader;
  readonly #search: SearchReader;
  readonly #list: ListReader;

  constructor(parts: SqliteMetadataStoreParts) {
    const rows = new VersionRows(parts.reader);
    this.#parts = parts;
    this.#revisions = new Revisions(parts.reader);
    this.#versions = new VersionReader(parts.reader, rows);
    this.#search = new SearchReader(parts.reader, rows);
    this.#list = new ListReader(parts.reader, rows);
  }

  revisionOf(feedId: string): number {
    return this.#revisions.revisionOf(feedId);
  }

  async intendBlob(sha512: string, owner: string): Promise<void> {
    this.#refuseReadOnly();
    await announce(this.#parts, sha512, owner);
  }

  addVersion(feedId: string, added: NewPackageVersion, owner: string, rules: AddRules = {}): Promise<AddOutcome> {
    return this.#write((connection) =>
      addVersion(connection, feedId, added, { owner, rules, atMs: this.#parts.now(), at: this.#instant() }),
    );
  }

  async collectBlobs(removeBlob: RemoveBlob): Promise<{ readonly removed: number }> {
    const isDue = await this.#read({}, () => hasDueRemovals(this.#parts.reader, this.#parts.now()));
    return { removed: isDue ? await this.#doRemovals(removeBlob) : 0 };
  }

  async abandonBlob(sha512: string, owner: string, removeBlob: RemoveBlob): Promise<void> {
    await this.#write((connection) => {
      settleIntent(connection, sha512, owner);
      claimRemoval(connection, sha512FromHex(sha512));
    });
    await this.#doRemovals(removeBlob);
  }

  async releaseIntents(owner: string, removeBlob: RemoveBlob): Promise<{ readonly removed: number }> {
    await this.#write((connection) => claimRemovalsOf(connection, owner));
    return { removed: await this.#doRemovals(removeBlob) };
  }

  setListed(feedId: string, id: string, normalizedVersion: string, listed: boolean): Promise<ChangeOutcome> {
    return this.#write((connection) =>
      setListed(connection, { feedId, id, normalizedVersion }, { listed, at: this.#instant() }),
    );
  }

  async deleteVersion(
    feedId: string,
    id: string,
    normalizedVersion: string,
    removeBlob: RemoveBlob,
  ): Promise<ChangeOutcome> {
    const outcome = await this.#write((connection) =>
      deleteVersion(connection, { feedId, id, normalizedVersion }, this.#instant()),
    );
    if (outcome === 'changed') {
      await this.#doRemovals(removeBlob);
    }
    return outcome;
  }

  versionsOf(feedId: string, id: string, options: ReadOptions = {}): Promise<readonly StoredVersion[]> {
    return this.#read(options, () => this.#versions.versionsOf(feedId, id, options.fragment));
  }

  version(
    feedId: string,
    id: string,
    normalizedVersion: string,
    options: ReadOptions = {},
  ): Promise<StoredVersion | undefined> {
    return this.#read(options, () => this.#versions.version({ feedId, id, normalizedVersion }, options.fragment));
  }

  search(feedId: string, query: SearchQuery, options: ReadOptions = {}): Promise<SearchPage> {
    return this.#read(options, () => this.#search.search(feedId, bounded(query), options));
  }

  list(feedId: string, query: ListQuery, options: ReadOptions = {}): Promise<ListPage> {
    return this.#read(options, () => this.#list.list(feedId, bounded(query), options));
  }

  completeIds(feedId: string, query: SearchQuery): Promise<IdPage> {
    return this.#read({}, () => this.#search.completeIds(feedId, bounded(query)));
  }

  idsStartingWith(
    feedId: string,
    prefix: string,
    query: Parameters<PackageSearch['idsStartingWith']>[2],
  ): Promise<IdPage> {
    return this.#read({}, () => this.#search.idsStartingWith(feedId, prefix, bounded(query)));
  }

  catalogAfter(sequence: number, limit: number): Promise<readonly CatalogEntry[]> {
    return this.#read({}, () => {
      const rows = this.#parts.reader.all(
        `SELECT c.sequence, f.feed_id, c.at, c.kind, c.id, c.normalized FROM catalog c JOIN feed f ON f.feed_key = c.feed_key
         WHERE c.sequence > ? ORDER BY c.sequence LIMIT ?`,
        sequence,
        Math.min(limit, MAX_CATALOG_PAGE),
      );
      return rows.map((row) => ({
        sequence: Number(row.sequence),
        feedId: String(row.feed_id),
        at: String(row.at),
        kind: row.kind as CatalogEntry['kind'],
        id: String(row.id),
        normalizedVersion: String(row.normalized),
      }));
    });
  }

  async deleteFeed(feedId: string, removeBlob: RemoveBlob): Promise<{ readonly removed: number }> {
    const options = { limit: DELETES_PER_TRANSACTION, at: this.#instant() };
    let removed = 0;
    for (let batch = options.limit; batch === options.limit; removed += batch) {
      batch = await this.#write((connection) => deleteSomeVersions(connection, feedId, options));
      await this.#doRemovals(removeBlob);
      await nextTurn();
    }
    await this.#write((connection) => removeVulnerabilities(connection, { feedId, source: null }));
    return { removed };
  }

  statistics(
    feedId: string,
  ): Promise<{ readonly packages: number; readonly versions: number; readonly bytes: number }> {
    return this.#read({}, () => {
      const row = this.#parts.reader.get(
        `SELECT package_count, ${EVERY_VERSION} AS version_count, byte_count FROM feed WHERE feed_id = ?`,
        feedId,
      );
      return {
        packages: Number(row?.package_count ?? 0),
        versions: Number(row?.version_count ?? 0),
        bytes: Number(row?.byte_count ?? 0),
      };
    });
  }

  close(): void {
    this.#parts.writeLock.close();
    this.#parts.reader.close();
  }

  #doRemovals(removeBlob: RemoveBlob): Promise<number> {
    return doAllRemovals(this.#parts, removeBlob);
  }

  async #write<T>(work: (connection: Connection) => T): Promise<T> {
    this.#refuseReadOnly();
    return this.#parts.writeLock.run(work);
  }

  #refuseReadOnly(): void {
    if (!this.#parts.readOnly) return;
    throw new ProblemError('invalidArgument', { detail: 'the store was opened for reading' });
  }

  async #read<T>({ signal }: ReadOptions, work: () => T | Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (signal?.aborted === true && error === signal.reason) throw error;
      throw toStoreProblem(error);
    }
  }

  #instant(): string {
    return new Date(this.#parts.now()).toISOString();
  }
}

function bounded<Q extends { readonly skip: number; readonly take: number }>(query: Q): Q {
  const isBounded = query.skip >= 0 && query.take >= 0 && query.take <= MAX_TAKE;
  if (!isBounded || !Number.isSafeInteger(query.skip) || !Number.isInteger(query.take)) {
    throw new ProblemError('invalidArgument', {
      detail: `skip must be an integer from 0 on, take one from 0 to ${MAX_TAKE}`,
    });
  }
  return query;
}
