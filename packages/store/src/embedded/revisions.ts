/**
 * The number of each feed's last change, asked on every request and kept until any connection has written.
 *
 * `PRAGMA data_version` changes when another connection, of this process or of another one, has committed. Reading is done
 * on a connection that never writes, so there is no write that it misses.
 *
 * Source: SQLite documentation, "PRAGMA data_version".
 */
import type { Connection } from './connection.ts';
import { toStoreProblem } from './sqlite-problems.ts';

const MAX_FEEDS = 10_000;

export class Revisions {
  readonly #reader: Connection;
  readonly #revisions = new Map<string, number>();
  #dataVersion = -1;

  constructor(reader: Connection) {
    this.#reader = reader;
  }

  /** @throws ProblemError `FF_STORE_UNAVAILABLE` */
  revisionOf(feedId: string): number {
    try {
      // Order matters: what is read after the data version may be newer than it, and is then read once more; never older.
      const dataVersion = this.#reader.number('PRAGMA data_version');
      if (dataVersion !== this.#dataVersion || this.#revisions.size >= MAX_FEEDS) {
        this.#revisions.clear();
        this.#dataVersion = dataVersion;
      }
      const known = this.#revisions.get(feedId);
      if (known !== undefined) {
        return known;
      }
      const row = this.#reader.get('SELECT revision FROM feed WHERE feed_id = ?', feedId);
      const revision = Number(row?.revision ?? 0);
      this.#revisions.set(feedId, revision);
      return revision;
    } catch (error) {
      throw toStoreProblem(error);
    }
  }
}
