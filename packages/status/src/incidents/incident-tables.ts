/** The tables of what people say of the fleet's state, and what opens by itself. Instants are milliseconds since the epoch. */
import type { Migration } from '../storage/status-database.ts';

const createIncidents: Migration = (database) => {
  database.exec(`
    CREATE TABLE incident (
      id TEXT PRIMARY KEY,
      title TEXT NOT NULL,
      is_title_own INTEGER NOT NULL,
      state TEXT NOT NULL,
      components TEXT NOT NULL,
      recovered TEXT NOT NULL,
      is_automatic INTEGER NOT NULL,
      opened_at INTEGER NOT NULL,
      closed_at INTEGER,
      closed_by_operator INTEGER NOT NULL,
      post_mortem_url TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX incident_by_closing ON incident (closed_at);
    CREATE TABLE incident_update (
      id INTEGER PRIMARY KEY,
      incident TEXT NOT NULL REFERENCES incident (id) ON DELETE CASCADE,
      at INTEGER NOT NULL,
      by_whom TEXT NOT NULL,
      text TEXT NOT NULL
    ) STRICT;
    CREATE INDEX incident_update_by_incident ON incident_update (incident, id);
    CREATE TABLE maintenance (
      id TEXT PRIMARY KEY,
      title TEXT NOT NULL,
      text TEXT,
      components TEXT NOT NULL,
      starts_at INTEGER NOT NULL,
      ends_at INTEGER NOT NULL,
      told TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX maintenance_by_end ON maintenance (ends_at);
    CREATE TABLE message (
      id TEXT PRIMARY KEY,
      kind TEXT NOT NULL,
      family TEXT,
      text TEXT NOT NULL,
      posted_at INTEGER NOT NULL,
      until INTEGER
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE audit (
      id INTEGER PRIMARY KEY,
      at INTEGER NOT NULL,
      actor TEXT NOT NULL,
      action TEXT NOT NULL,
      subject TEXT NOT NULL,
      detail TEXT NOT NULL
    ) STRICT;
  `);
};

const createNotices: Migration = (database) => {
  database.exec(`
    CREATE TABLE subscriber (
      id TEXT PRIMARY KEY,
      channel TEXT NOT NULL,
      target TEXT NOT NULL,
      secret TEXT NOT NULL,
      topics TEXT NOT NULL,
      families TEXT,
      min_severity TEXT NOT NULL,
      allow_private INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      leaving TEXT NOT NULL UNIQUE,
      UNIQUE (channel, target)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE notice (
      id INTEGER PRIMARY KEY,
      at INTEGER NOT NULL,
      type TEXT NOT NULL,
      subject TEXT NOT NULL,
      content TEXT NOT NULL
    ) STRICT;
    CREATE TABLE delivery (
      id INTEGER PRIMARY KEY,
      notice INTEGER NOT NULL,
      subscriber TEXT NOT NULL,
      state TEXT NOT NULL,
      attempts INTEGER NOT NULL,
      next_at INTEGER,
      finished_at INTEGER,
      problem TEXT
    ) STRICT;
    CREATE INDEX delivery_waiting ON delivery (subscriber, id) WHERE state = 'queued';
    CREATE INDEX delivery_by_notice ON delivery (notice);
    CREATE TABLE alert (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      subject TEXT NOT NULL,
      content TEXT NOT NULL,
      fired_at INTEGER NOT NULL,
      resolved_at INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX alert_firing ON alert (name, subject) WHERE resolved_at IS NULL;
    CREATE INDEX alert_by_resolution ON alert (resolved_at);
    CREATE TABLE look_minute (
      family TEXT NOT NULL,
      minute INTEGER NOT NULL,
      good INTEGER NOT NULL,
      bad INTEGER NOT NULL,
      PRIMARY KEY (family, minute)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX look_minute_by_time ON look_minute (minute);
  `);
};

const countRelapses: Migration = (database) => {
  database.exec('ALTER TABLE incident ADD COLUMN relapses INTEGER NOT NULL DEFAULT 0');
};

/**
 * By component what was said last, where before only those were known that work again. What was damaged is no reason not to start.
 */
const tellByComponent: Migration = (database) => {
  database.exec(`
    ALTER TABLE incident ADD COLUMN told TEXT NOT NULL DEFAULT '{}';
    UPDATE incident SET told = CASE WHEN json_valid(components) AND json_valid(recovered) THEN (
      SELECT json_group_object(
        each.value,
        CASE WHEN each.value IN (SELECT value FROM json_each(incident.recovered)) THEN 'up' ELSE incident.state END
      ) FROM json_each(incident.components) AS each
    ) ELSE '{}' END WHERE is_automatic = 1;
    ALTER TABLE incident DROP COLUMN recovered;
  `);
};

/** How often an incident was changed: whoever has a page of it knows whether that is still true. */
const countChanges: Migration = (database) => {
  database.exec(`
    ALTER TABLE incident ADD COLUMN changes INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX incident_by_opening ON incident (opened_at);
  `);
};

export const incidentMigrations: readonly Migration[] = [
  createIncidents,
  createNotices,
  countRelapses,
  tellByComponent,
  countChanges,
];
