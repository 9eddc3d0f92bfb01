/**
 * The tables of what observers saw.
 *
 * Components and observers stand in samples by number: a sample takes about 25 bytes. A reason is kept of the newest sample only.
 */
import type { Migration } from './status-database.ts';

const createSamples: Migration = (database) => {
  database.exec(`
    CREATE TABLE component (
      component_key INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      first_at INTEGER NOT NULL,
      longest_hold_ms INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE observer (observer_key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, last_at INTEGER NOT NULL) STRICT;
    CREATE TABLE sample (
      component_key INTEGER NOT NULL,
      at INTEGER NOT NULL,
      observer_key INTEGER NOT NULL,
      hold_ms INTEGER NOT NULL,
      verdict INTEGER NOT NULL,
      latency_ms INTEGER,
      PRIMARY KEY (component_key, at, observer_key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE dirty_hour (
      component_key INTEGER NOT NULL,
      hour INTEGER NOT NULL,
      PRIMARY KEY (component_key, hour)
    ) STRICT, WITHOUT ROWID;
  `);
};

export const sampleMigrations: readonly Migration[] = [createSamples];
