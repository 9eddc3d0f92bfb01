/** Certificates as they were last seen, by place: what was told of one is true also after a restart, and while it does not answer. */
import { certificateSchema } from '@feedfleet/status-model';
import type { Certificate } from '@feedfleet/status-model';

import { readKept } from '../storage/kept-json.ts';
import type { Migration, StatusDatabase } from '../storage/status-database.ts';

const createTable: Migration = (database) => {
  database.exec('CREATE TABLE certificate_seen (place TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID');
};

export const certificateMigrations: readonly Migration[] = [createTable];

export class CertificateStore {
  readonly #database: StatusDatabase;

  constructor(database: StatusDatabase) {
    this.#database = database;
  }

  all(): readonly Certificate[] {
    const rows = this.#database.all('SELECT value FROM certificate_seen ORDER BY place');
    return rows.map(({ value }) => readKept(certificateSchema, value));
  }

  keep(certificate: Certificate): void {
    const upsert =
      'INSERT INTO certificate_seen VALUES (?, ?) ON CONFLICT (place) DO UPDATE SET value = excluded.value';
    this.#database.quickTransaction(() => this.#database.run(upsert, certificate.where, JSON.stringify(certificate)));
  }

  forget(place: string): void {
    this.#database.run('DELETE FROM certificate_seen WHERE place = ?', place);
  }
}
