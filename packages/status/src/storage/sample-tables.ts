/**
 * The tables of what observers saw, and what was made of it.
 *
 * Components and observers stand in samples by number: a sample takes about 25 bytes. A reason is kept of the newest sample only.
 * Hours and days hold what is known; the rest of their time is unknown, so that a check that was missed needs no row.
 */
import type { Migration } from './status-database.ts';

const timesColumns = `
  up_ms INTEGER NOT NULL,
  degraded_ms INTEGER NOT NULL,
  down_ms INTEGER NOT NULL,
  maintenance_ms INTEGER NOT NULL,
  latency BLOB NOT NULL
`;

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
    CREATE TABLE hour_sum (
      component_key INTEGER NOT NULL,
      hour INTEGER NOT NULL,
      ${timesColumns},
      PRIMARY KEY (component_key, hour)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE day_sum (
      component_key INTEGER NOT NULL,
      day INTEGER NOT NULL,
      ${timesColumns},
      PRIMARY KEY (component_key, day)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE live_state (
      component TEXT PRIMARY KEY,
      state TEXT NOT NULL,
      since INTEGER,
      reason TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE held_verdict (
      component TEXT NOT NULL,
      observer TEXT NOT NULL,
      value TEXT NOT NULL,
      PRIMARY KEY (component, observer)
    ) STRICT, WITHOUT ROWID;
  `);
};

const rememberTrouble: Migration = (database) => {
  database.exec(`
    ALTER TABLE live_state ADD COLUMN troubled_since INTEGER;
    UPDATE live_state SET troubled_since = since WHERE state IN ('down', 'degraded');
  `);
};

export const sampleMigrations: readonly Migration[] = [createSamples, rememberTrouble];
