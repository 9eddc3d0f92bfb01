/** How many looks at each family were good and bad, by minute, as far back as burn rates look. */
import { BURN_WINDOWS_MS } from '@feedfleet/alerting';
import type { Tally } from '@feedfleet/alerting';

import type { SeenSample } from '../part.ts';
import type { StatusDatabase } from '../storage/status-database.ts';

const MINUTE_MS = 60_000;
const KEPT_MS = Math.max(...BURN_WINDOWS_MS);

export class LookTallies {
  readonly #database: StatusDatabase;

  constructor(database: StatusDatabase) {
    this.#database = database;
  }

  /** @param samples - of families. */
  add(samples: readonly SeenSample[]): void {
    const cells = new Map<string, { family: string; minute: number; good: number; bad: number }>();
    for (const sample of samples) {
      const family = sample.component.slice('family:'.length);
      const minute = Math.floor(sample.at / MINUTE_MS);
      const cell = cells.get(`${family}/${minute}`) ?? { family, minute, good: 0, bad: 0 };
      cell[sample.verdict === 'failed' ? 'bad' : 'good'] += 1;
      cells.set(`${family}/${minute}`, cell);
    }
    this.#database.quickTransaction(() => {
      for (const { family, minute, good, bad } of cells.values()) {
        this.#database.run(
          `INSERT INTO look_minute VALUES (?, ?, ?, ?) ON CONFLICT (family, minute)
           DO UPDATE SET good = good + excluded.good, bad = bad + excluded.bad`,
          family,
          minute,
          good,
          bad,
        );
      }
    });
  }

  /** Of every family, in a window that ends now. */
  within(windowMs: number, now: number): ReadonlyMap<string, Tally> {
    const rows = this.#database.all(
      'SELECT family, sum(good) AS good, sum(bad) AS bad FROM look_minute WHERE minute > ? GROUP BY family',
      Math.floor((now - windowMs) / MINUTE_MS),
    );
    return new Map(rows.map((row) => [String(row.family), { good: Number(row.good), bad: Number(row.bad) }]));
  }

  forget(now: number): void {
    this.#database.run('DELETE FROM look_minute WHERE minute < ?', Math.floor((now - KEPT_MS) / MINUTE_MS) - 1);
  }
}
