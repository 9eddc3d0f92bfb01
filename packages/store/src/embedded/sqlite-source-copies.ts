/** Copies of foreign sources on SQLite. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ProblemError } from '@feedfleet/problems';
import type { RemoveBlob } from '../blob-store.ts';
import type {
  AddCopyOutcome,
  CopiedSource,
  CopyStatistics,
  NewSourceDocument,
  SourceCopies,
  SourceCopy,
  SourceDocument,
} from '../source-copies.ts';
import { claimRemoval, claimRemovalsOf, settleIntent } from './blob-claims.ts';
import { announce, doAllRemovals } from './blob-removals.ts';
import type { BlobClaimParts } from './blob-removals.ts';
import type { Connection } from './connection.ts';
import { readDocuments, writeDocument } from './source-documents.ts';
import { toStoreProblem } from './sqlite-problems.ts';
import { sha512FromHex, sha512ToHex } from './stored-version-row.ts';
import { foldCase } from './version-writer.ts';

type AddCopyOptions = Parameters<SourceCopies['add']>[2];

const DOCUMENTS_PER_READ = 32;
const DOCUMENTS_PER_TRANSACTION = 32;
const REMOVED_PER_TRANSACTION = 500;

export interface SqliteSourceCopiesParts extends BlobClaimParts {
  readonly reader: Connection;
}

export class SqliteSourceCopies implements SourceCopies {
  readonly #parts: SqliteSourceCopiesParts;

  constructor(parts: SqliteSourceCopiesParts) {
    this.#parts = parts;
  }

  // Async, so that what fails is a rejected promise.
  // eslint-disable-next-line @typescript-eslint/require-await
  async find(
    source: CopiedSource,
    { id, normalizedVersion }: Pick<SourceCopy, 'id' | 'normalizedVersion'>,
  ): Promise<Pick<SourceCopy, 'sha512' | 'sizeBytes'> | undefined> {
    const row = this.#read((reader) => copyOf(reader, keyOf(reader, source), { id, normalizedVersion }));
    if (row === undefined) return undefined;
    return { sha512: sha512ToHex(row.sha512 as Uint8Array), sizeBytes: Number(row.size_bytes) };
  }

  intendBlob(sha512: string, owner: string): Promise<void> {
    return announce(this.#parts, sha512, owner);
  }

  async add(source: CopiedSource, copy: SourceCopy, options: AddCopyOptions): Promise<AddCopyOutcome> {
    const outcome = await this.#parts.writeLock.run((connection) => addCopy(connection, { source, copy, ...options }));
    if (outcome !== 'added') await doAllRemovals(this.#parts, options.removeBlob);
    return outcome;
  }

  async abandonBlob(sha512: string, owner: string, removeBlob: RemoveBlob): Promise<void> {
    await this.#parts.writeLock.run((connection) => {
      settleIntent(connection, sha512, owner);
      claimRemoval(connection, sha512FromHex(sha512));
    });
    await doAllRemovals(this.#parts, removeBlob);
  }

  async releaseIntents(owner: string, removeBlob: RemoveBlob): Promise<{ readonly removed: number }> {
    const isOwner = this.#read((reader) => reader.get('SELECT 1 FROM blob_intent WHERE owner = ? LIMIT 1', owner));
    if (isOwner === undefined) return { removed: 0 };
    await this.#parts.writeLock.run((connection) => claimRemovalsOf(connection, owner));
    return { removed: await doAllRemovals(this.#parts, removeBlob) };
  }

  async documents(source: CopiedSource, ids: readonly string[]): Promise<ReadonlyMap<string, SourceDocument>> {
    const found = new Map<string, SourceDocument>();
    for (let start = 0; start < ids.length; start += DOCUMENTS_PER_READ) {
      if (start > 0) await nextTurn();
      const part = ids.slice(start, start + DOCUMENTS_PER_READ);
      const rows = this.#read((reader) => readDocuments(reader, keyOf(reader, source), part));
      for (const [id, document] of rows) found.set(id, document);
    }
    return found;
  }

  async putDocuments(source: CopiedSource, documents: readonly NewSourceDocument[]): Promise<void> {
    for (let start = 0; start < documents.length; start += DOCUMENTS_PER_TRANSACTION) {
      const part = documents.slice(start, start + DOCUMENTS_PER_TRANSACTION);
      await this.#parts.writeLock.run((connection) => {
        const sourceKey = madeKeyOf(connection, source);
        for (const document of part) writeDocument(connection, sourceKey, document);
      });
    }
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async statistics(feedId: string): Promise<readonly CopyStatistics[]> {
    const rows = this.#read((reader) =>
      reader.all(
        `SELECT source_id, sum(packages) AS packages, sum(bytes) AS bytes FROM copied_source
         WHERE feed_id = ? GROUP BY source_id ORDER BY source_id`,
        feedId,
      ),
    );
    return rows.map((row) => ({
      ...{ sourceId: String(row.source_id), packages: Number(row.packages), bytes: Number(row.bytes) },
    }));
  }

  async remove(feedId: string, sourceId: string, removeBlob: RemoveBlob): Promise<{ readonly packages: number }> {
    let packages = 0;
    for (;;) {
      const batch = await this.#parts.writeLock.run((connection) => removeSome(connection, feedId, sourceId));
      await doAllRemovals(this.#parts, removeBlob);
      packages += batch.packages;
      if (!batch.more) return { packages };
      await nextTurn();
    }
  }

  #read<T>(work: (reader: Connection) => T): T {
    try {
      return work(this.#parts.reader);
    } catch (error) {
      throw toStoreProblem(error);
    }
  }
}

function addCopy(
  connection: Connection,
  given: { readonly source: CopiedSource; readonly copy: SourceCopy } & Omit<AddCopyOptions, 'removeBlob'>,
): AddCopyOutcome {
  const { source, copy, owner, maxBytes } = given;
  if (!settleIntent(connection, copy.sha512, owner)) {
    // Somebody has released it, and may have removed the blob with it.
    throw new ProblemError('storeUnavailable', { detail: 'the blob of a copy is no longer announced' });
  }
  const sourceKey = madeKeyOf(connection, source);
  const isKnown = copyOf(connection, sourceKey, copy) !== undefined;
  const isFull = connection.number('SELECT coalesce(sum(bytes), 0) FROM copied_source') + copy.sizeBytes > maxBytes;
  if (isKnown || isFull) {
    claimRemoval(connection, sha512FromHex(copy.sha512));
    return isKnown ? 'known' : 'full';
  }
  connection.run(
    'INSERT INTO source_copy (source_key, id_lower, normalized_lower, size_bytes, sha512) VALUES (?, ?, ?, ?, ?)',
    ...[sourceKey, foldCase(copy.id), foldCase(copy.normalizedVersion), copy.sizeBytes, sha512FromHex(copy.sha512)],
  );
  addToSums(connection, sourceKey, { packages: 1, bytes: copy.sizeBytes });
  return 'added';
}

/** 0 when nothing was kept of it. */
function keyOf(connection: Connection, { feedId, sourceId, origin }: CopiedSource): number {
  const sql = 'SELECT source_key FROM copied_source WHERE feed_id = ? AND source_id = ? AND origin = ?';
  return Number(connection.get(sql, feedId, sourceId, origin)?.source_key ?? 0);
}

function madeKeyOf(connection: Connection, source: CopiedSource): number {
  const known = keyOf(connection, source);
  if (known !== 0) return known;
  const { feedId, sourceId, origin } = source;
  connection.run('INSERT INTO copied_source (feed_id, source_id, origin) VALUES (?, ?, ?)', feedId, sourceId, origin);
  return keyOf(connection, source);
}

function copyOf(
  connection: Connection,
  sourceKey: number,
  { id, normalizedVersion }: Pick<SourceCopy, 'id' | 'normalizedVersion'>,
): ReturnType<Connection['get']> {
  return connection.get(
    'SELECT sha512, size_bytes FROM source_copy WHERE source_key = ? AND id_lower = ? AND normalized_lower = ?',
    ...[sourceKey, foldCase(id), foldCase(normalizedVersion)],
  );
}

function addToSums(
  connection: Connection,
  sourceKey: number,
  { packages, bytes }: { readonly packages: number; readonly bytes: number },
): void {
  const sql = 'UPDATE copied_source SET packages = packages + ?, bytes = bytes + ? WHERE source_key = ?';
  connection.run(sql, packages, bytes, sourceKey);
}

/** Copies first, then words; at last the source itself. */
function removeSome(
  connection: Connection,
  feedId: string,
  sourceId: string,
): { readonly packages: number; readonly more: boolean } {
  const source = connection.get(
    'SELECT source_key FROM copied_source WHERE feed_id = ? AND source_id = ? LIMIT 1',
    feedId,
    sourceId,
  );
  if (source === undefined) return { packages: 0, more: false };
  const sourceKey = Number(source.source_key);
  const copies = connection.all(
    'SELECT id_lower, normalized_lower, size_bytes, sha512 FROM source_copy WHERE source_key = ? LIMIT ?',
    sourceKey,
    REMOVED_PER_TRANSACTION,
  );
  for (const copy of copies) {
    claimRemoval(connection, copy.sha512 as Uint8Array);
    connection.run(
      'DELETE FROM source_copy WHERE source_key = ? AND id_lower = ? AND normalized_lower = ?',
      ...[sourceKey, String(copy.id_lower), String(copy.normalized_lower)],
    );
    addToSums(connection, sourceKey, { packages: -1, bytes: -Number(copy.size_bytes) });
  }
  if (copies.length === REMOVED_PER_TRANSACTION) return { packages: copies.length, more: true };
  const { changes } = connection.run(
    `DELETE FROM source_document WHERE document_key IN
       (SELECT document_key FROM source_document WHERE source_key = ? LIMIT ?)`,
    sourceKey,
    REMOVED_PER_TRANSACTION,
  );
  if (changes < REMOVED_PER_TRANSACTION) {
    connection.run('DELETE FROM copied_source WHERE source_key = ?', sourceKey);
  }
  // There may be the same source at another place.
  return { packages: copies.length, more: true };
}
