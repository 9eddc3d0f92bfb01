/** The symbols port on SQLite: a look-up is one step along the key of `symbol_file` for each checksum. */
import { ProblemError } from '@feedfleet/problems';
import type { FoundSymbolFile, NewSymbols, PutSymbolsOptions, SymbolQuery, SymbolStore } from '../symbol-store.ts';
import { settleIntent } from './blob-claims.ts';
import { doAllRemovals } from './blob-removals.ts';
import type { BlobClaimParts } from './blob-removals.ts';
import type { Connection, Row } from './connection.ts';
import { bumpRevision } from './feed-changes.ts';
import { toStoreProblem } from './sqlite-problems.ts';
import { sha512ToHex } from './stored-version-row.ts';
import { nameKey, replaceSymbols } from './symbol-writer.ts';
import { foldCase } from './version-writer.ts';

const MAX_CHECKSUMS = 16;
const FILE = `SELECT f.name, f.signature, f.checksum, f.start, f.packed_bytes, f.size_bytes, f.compression, p.sha512, f.version_key
  FROM symbol_file f CROSS JOIN symbol_package p ON p.version_key = f.version_key
  WHERE f.feed_key = (SELECT feed_key FROM feed WHERE feed_id = ?) AND f.signature = ? AND f.name_lower = ?`;
const FIRST = 'ORDER BY f.version_key LIMIT 1';
const VERSION = `SELECT p.feed_key, v.version_key FROM package p CROSS JOIN package_version v ON v.package_key = p.package_key
  WHERE p.feed_key = (SELECT feed_key FROM feed WHERE feed_id = ?) AND p.id_lower = ? AND v.normalized_lower = ?`;

type PutOutcome = Awaited<ReturnType<SymbolStore['putSymbols']>>;

export interface SqliteSymbolStoreParts extends BlobClaimParts {
  readonly reader: Connection;
  /** Refuses every change. */
  readonly readOnly: boolean;
}

export class SqliteSymbolStore implements SymbolStore {
  readonly #parts: SqliteSymbolStoreParts;

  constructor(parts: SqliteSymbolStoreParts) {
    this.#parts = parts;
  }

  async putSymbols(
    feedId: string,
    symbols: NewSymbols,
    { owner, removeBlob, quota }: PutSymbolsOptions,
  ): Promise<PutOutcome> {
    const { writeLock, readOnly } = this.#parts;
    if (readOnly) throw new ProblemError('invalidArgument', { detail: 'the store was opened for reading' });
    const outcome = await writeLock.run((connection) => put(connection, { feedId, symbols, owner, quota }));
    if (outcome === 'replaced') await doAllRemovals(this.#parts, removeBlob);
    return outcome;
  }

  // Async, so that what fails is a rejected promise.
  // eslint-disable-next-line @typescript-eslint/require-await
  async findSymbols(feedId: string, query: SymbolQuery, signal?: AbortSignal): Promise<FoundSymbolFile | undefined> {
    signal?.throwIfAborted();
    if (query.checksums.length > MAX_CHECKSUMS) {
      throw new ProblemError('invalidArgument', { detail: `at most ${MAX_CHECKSUMS} checksums may be asked for` });
    }
    try {
      const row = this.#find(feedId, query);
      return row === undefined ? undefined : fileOf(row);
    } catch (error) {
      throw toStoreProblem(error);
    }
  }

  #find(feedId: string, { fileName, signature, checksums }: SymbolQuery): Row | undefined {
    const address = [feedId, signature, nameKey(fileName)] as const;
    const { reader } = this.#parts;
    if (checksums.length === 0) return reader.get(`${FILE} ${FIRST}`, ...address);
    const rows = checksums.map((checksum) => reader.get(`${FILE} AND f.checksum = ? ${FIRST}`, ...address, checksum));
    return rows
      .filter((row) => row !== undefined)
      .toSorted((a, b) => Number(a.version_key) - Number(b.version_key))
      .at(0);
  }
}

function put(
  connection: Connection,
  given: { readonly feedId: string; readonly symbols: NewSymbols } & Pick<PutSymbolsOptions, 'owner' | 'quota'>,
): PutOutcome {
  const { feedId, symbols, owner, quota } = given;
  const version = connection.get(VERSION, feedId, foldCase(symbols.id), foldCase(symbols.normalizedVersion));
  if (version === undefined) return 'absent';
  if (!settleIntent(connection, symbols.sha512, owner)) {
    // Somebody has released it, and may have removed the blob with it.
    throw new ProblemError('storeUnavailable', { detail: 'the blob is no longer announced; push the symbols again' });
  }
  const feedKey = Number(version.feed_key);
  const outcome = replaceSymbols(connection, { feedKey, versionKey: Number(version.version_key) }, { symbols, quota });
  bumpRevision(connection, feedKey);
  return outcome;
}

function fileOf(row: Row): FoundSymbolFile {
  const checksum = String(row.checksum);
  return {
    fileName: String(row.name),
    signature: String(row.signature),
    checksum: checksum === '' ? null : checksum,
    content: {
      start: Number(row.start),
      packedBytes: Number(row.packed_bytes),
      sizeBytes: Number(row.size_bytes),
      compression: row.compression as FoundSymbolFile['content']['compression'],
    },
    sha512: sha512ToHex(row.sha512 as Uint8Array),
  };
}
