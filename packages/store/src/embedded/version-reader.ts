/** Reads the versions of one id. */
import type { FragmentKind, StoredVersion } from '../metadata-store.ts';
import type { Connection } from './connection.ts';
import { contentJoin, versionColumns } from './stored-version-row.ts';
import type { VersionRows } from './stored-version-row.ts';
import type { VersionAddress } from './version-writer.ts';
import { foldCase } from './version-writer.ts';

/** CROSS JOIN fixes the order: from the id to its versions along the index, never the other way round. */
const select = (fragment: FragmentKind | undefined): string => `SELECT ${versionColumns(fragment)}
  FROM package p CROSS JOIN package_version v ON v.package_key = p.package_key ${contentJoin(fragment)}
  WHERE p.feed_key = (SELECT feed_key FROM feed WHERE feed_id = ?) AND p.id_lower = ?`;

export class VersionReader {
  readonly #reader: Connection;
  readonly #rows: VersionRows;

  constructor(reader: Connection, rows: VersionRows) {
    this.#reader = reader;
    this.#rows = rows;
  }

  versionsOf(feedId: string, id: string, fragment?: FragmentKind): readonly StoredVersion[] {
    return this.#reader
      .all(`${select(fragment)} ORDER BY v.sort_key`, feedId, foldCase(id))
      .map((row) => this.#rows.toVersion(row));
  }

  version(address: VersionAddress, fragment?: FragmentKind): StoredVersion | undefined {
    const row = this.#reader.get(
      `${select(fragment)} AND v.normalized_lower = ?`,
      address.feedId,
      foldCase(address.id),
      foldCase(address.normalizedVersion),
    );
    return row === undefined ? undefined : this.#rows.toVersion(row);
  }
}
