/** Who changed what on the page. The newest are kept. */
import type { AuditEntry } from '@feedfleet/status-model';

import type { StatusDatabase } from '../storage/status-database.ts';

const KEPT = 10_000;

export class AuditLog {
  readonly #database: StatusDatabase;
  readonly #now: () => number;

  constructor(database: StatusDatabase, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /** In the transaction of the change. @param detail - no secrets. */
  add(action: string, subject: string, detail: unknown): void {
    this.#database.run(
      'INSERT INTO audit (at, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?)',
      this.#now(),
      'operator',
      action,
      subject,
      JSON.stringify(detail).slice(0, 2000),
    );
    this.#database.run('DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?', KEPT);
  }

  /** Newest first. */
  list(limit: number): readonly AuditEntry[] {
    return this.#database.all('SELECT * FROM audit ORDER BY id DESC LIMIT ?', limit).map((row) => ({
      at: new Date(Number(row.at)).toISOString(),
      actor: String(row.actor),
      action: String(row.action),
      subject: String(row.subject),
      detail: String(row.detail),
    }));
  }
}
