/** Incidents and their updates. */
import type { Incident, IncidentChanges } from '@feedfleet/status-model';
import { z } from 'zod';

import { readKept } from '../storage/kept-json.ts';
import { isDamage } from '../storage/status-database.ts';
import type { Row, StatusDatabase } from '../storage/status-database.ts';
import type { KnownIncident } from './incident-rules.ts';

/** Beyond, what an incident says by itself is left out; an operator's word is refused unless the incident is closed. */
export const MAX_UPDATES = 200;
/** So many of them an incident says by itself at most: operators always have room of their own. */
const MAX_OWN_UPDATES = 150;
/** Who says what an incident says by itself. */
export const OWN_NAME = 'feedfleet';
/** For words on closed incidents beyond that. When these are full too, a new one takes the place of the newest. */
export const MAX_LAST_WORDS = 20;
const MAX_INCIDENTS = 5000;

export interface StoredIncident extends Omit<KnownIncident, 'room'> {
  readonly title: string;
  /** Whether an operator chose the title: then it stays. */
  readonly isTitleOwn: boolean;
  readonly postMortemUrl: string | null;
}

interface StoredUpdate {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly by: string;
  readonly text: string;
}

const componentsSchema = z.array(z.string());
const toldSchema = z.record(z.string(), z.enum(['up', 'degraded', 'down']));

function incidentOf(row: Row): StoredIncident {
  return {
    id: String(row.id),
    title: String(row.title),
    isTitleOwn: row.is_title_own === 1,
    state: row.state === 'degraded' ? 'degraded' : 'down',
    components: readKept(componentsSchema, row.components),
    told: readKept(toldSchema, row.told),
    isAutomatic: row.is_automatic === 1,
    openedAt: Number(row.opened_at),
    closedAt: row.closed_at === null ? null : Number(row.closed_at),
    closedByOperator: row.closed_by_operator === 1,
    relapses: Number(row.relapses),
    postMortemUrl: row.post_mortem_url === null ? null : String(row.post_mortem_url),
  };
}

function readableOf(row: Row): readonly StoredIncident[] {
  try {
    return [incidentOf(row)];
  } catch (error) {
    if (!isDamage(error)) throw error;
    return [];
  }
}

export class IncidentStore {
  readonly #database: StatusDatabase;

  constructor(database: StatusDatabase) {
    this.#database = database;
  }

  find(id: string): StoredIncident | undefined {
    const row = this.#database.get('SELECT * FROM incident WHERE id = ?', id);
    return row && incidentOf(row);
  }

  /** Open ones first, then those that closed after an instant, newest first. */
  list(closedAfter: number, limit: number): readonly StoredIncident[] {
    const rows = this.#database.all(
      `SELECT * FROM incident WHERE closed_at IS NULL OR closed_at > ?
       ORDER BY closed_at IS NOT NULL, opened_at DESC, id DESC LIMIT ?`,
      closedAfter,
      limit,
    );
    return rows.map(incidentOf);
  }

  /** All that concern everybody or a family, newest first, with how often each was changed. */
  index(): readonly { readonly id: string; readonly openedAt: number; readonly changes: number }[] {
    const rows = this.#database.all(
      `SELECT id, opened_at, changes FROM incident WHERE components = '[]' OR components LIKE '%"family:%'
       ORDER BY opened_at DESC, id DESC`,
    );
    return rows.map((row) => ({ id: String(row.id), openedAt: Number(row.opened_at), changes: Number(row.changes) }));
  }

  /** As `find`, without one that was damaged. */
  findReadable(id: string): StoredIncident | undefined {
    const row = this.#database.get('SELECT * FROM incident WHERE id = ?', id);
    return row && readableOf(row)[0];
  }

  /** Those that opened between two instants, newest first, without what was damaged: years of them are read when they are asked for. */
  openedBetween(from: number, to: number): readonly StoredIncident[] {
    const rows = this.#database.all(
      'SELECT * FROM incident WHERE opened_at >= ? AND opened_at < ? ORDER BY opened_at DESC, id DESC',
      from,
      to,
    );
    return rows.flatMap(readableOf);
  }

  /** Those that an operator closed at or after an instant and at or before another one, newest first. */
  closedByOperator(from: number, to: number, limit: number): readonly StoredIncident[] {
    const rows = this.#database.all(
      `SELECT * FROM incident WHERE closed_by_operator = 1 AND closed_at >= ? AND closed_at <= ?
       ORDER BY closed_at DESC LIMIT ?`,
      from,
      to,
      limit,
    );
    return rows.map(incidentOf);
  }

  save(incident: StoredIncident): void {
    this.#database.run(
      `INSERT INTO incident (id, title, is_title_own, state, components, told, is_automatic, opened_at, closed_at,
         closed_by_operator, post_mortem_url, relapses) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET title = excluded.title, is_title_own = excluded.is_title_own, state = excluded.state,
         components = excluded.components, told = excluded.told, closed_at = excluded.closed_at,
         closed_by_operator = excluded.closed_by_operator, post_mortem_url = excluded.post_mortem_url,
         relapses = excluded.relapses, changes = changes + 1`,
      incident.id,
      incident.title,
      Number(incident.isTitleOwn),
      incident.state,
      JSON.stringify(incident.components),
      JSON.stringify(incident.told),
      Number(incident.isAutomatic),
      incident.openedAt,
      incident.closedAt,
      Number(incident.closedByOperator),
      incident.postMortemUrl,
      incident.relapses,
    );
    this.#forgetOldest();
  }

  /** @returns whether there was room for it. */
  addUpdate(incident: string, update: StoredUpdate): boolean {
    const { all, own } = this.#counts(incident);
    if (all >= MAX_UPDATES || (update.by === OWN_NAME && own >= MAX_OWN_UPDATES)) return false;
    this.#insertUpdate(incident, update);
    return true;
  }

  /** How many updates of what happens by itself an incident still takes. */
  room(incident: string): number {
    const { all, own } = this.#counts(incident);
    return Math.max(0, Math.min(MAX_UPDATES - all, MAX_OWN_UPDATES - own));
  }

  /** For which there is always room. */
  addLastWord(incident: string, update: StoredUpdate): void {
    this.#database.run(
      `DELETE FROM incident_update WHERE id IN
         (SELECT id FROM incident_update WHERE incident = ? ORDER BY id LIMIT -1 OFFSET ${MAX_UPDATES + MAX_LAST_WORDS - 1})`,
      incident,
    );
    this.#insertUpdate(incident, update);
  }

  /** As everybody sees it. */
  shown(incident: StoredIncident): Incident {
    const updates = this.#database.all('SELECT * FROM incident_update WHERE incident = ? ORDER BY id', incident.id);
    return {
      ...shownWithoutUpdates(incident),
      updates: updates.map((row) => ({
        at: new Date(Number(row.at)).toISOString(),
        by: String(row.by_whom),
        text: String(row.text),
      })),
    };
  }

  #counts(incident: string): { readonly all: number; readonly own: number } {
    const count = 'SELECT count(*) AS every, total(by_whom = ?) AS own FROM incident_update WHERE incident = ?';
    const row = this.#database.get(count, OWN_NAME, incident);
    return { all: Number(row?.every), own: Number(row?.own) };
  }

  #insertUpdate(incident: string, { at, by, text }: StoredUpdate): void {
    const insert = 'INSERT INTO incident_update (incident, at, by_whom, text) VALUES (?, ?, ?, ?)';
    this.#database.run(insert, incident, at, by, text.slice(0, 4000));
  }

  #forgetOldest(): void {
    const isOld = `SELECT id FROM incident WHERE closed_at IS NOT NULL ORDER BY closed_at DESC LIMIT -1 OFFSET ${MAX_INCIDENTS}`;
    if (Number(this.#database.get('SELECT count(*) AS count FROM incident')?.count) <= MAX_INCIDENTS) return;
    this.#database.run(`DELETE FROM incident_update WHERE incident IN (${isOld})`);
    this.#database.run(`DELETE FROM incident WHERE id IN (${isOld})`);
  }
}

export function shownWithoutUpdates(incident: StoredIncident): Incident {
  const { id, title, state, components, openedAt, closedAt, isAutomatic, postMortemUrl } = incident;
  return {
    ...{ id, title, state, isAutomatic, postMortemUrl },
    components: [...components],
    openedAt: new Date(openedAt).toISOString(),
    closedAt: closedAt === null ? null : new Date(closedAt).toISOString(),
    updates: [],
  };
}

/** An incident with an operator's changes. */
export function changed(incident: StoredIncident, changes: IncidentChanges): StoredIncident {
  const { title, state, components, postMortemUrl } = changes;
  return {
    ...incident,
    ...(title === undefined ? {} : { title, isTitleOwn: true }),
    ...(state === undefined ? {} : { state }),
    ...(components === undefined
      ? {}
      : {
          components,
          told: Object.fromEntries(Object.entries(incident.told).filter(([each]) => components.includes(each))),
        }),
    ...(postMortemUrl === undefined ? {} : { postMortemUrl }),
  };
}
