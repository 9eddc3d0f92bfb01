/** Incidents and their updates. */
import type { Incident, IncidentChanges } from '@feedfleet/status-model';

import type { Row, StatusDatabase } from '../storage/status-database.ts';
import type { KnownIncident } from './incident-rules.ts';

/** Beyond, what an incident says by itself is left out; an operator's word is refused. */
export const MAX_UPDATES = 200;
const MAX_INCIDENTS = 5000;

export interface StoredIncident extends KnownIncident {
  readonly title: string;
  /** Whether an operator chose the title: then it stays. */
  readonly isTitleOwn: boolean;
  readonly postMortemUrl: string | null;
}

const texts = (value: unknown): readonly string[] => JSON.parse(String(value)) as readonly string[];

function incidentOf(row: Row): StoredIncident {
  return {
    id: String(row.id),
    title: String(row.title),
    isTitleOwn: row.is_title_own === 1,
    state: row.state === 'degraded' ? 'degraded' : 'down',
    components: texts(row.components),
    recovered: texts(row.recovered),
    isAutomatic: row.is_automatic === 1,
    openedAt: Number(row.opened_at),
    closedAt: row.closed_at === null ? null : Number(row.closed_at),
    closedByOperator: row.closed_by_operator === 1,
    relapses: Number(row.relapses),
    postMortemUrl: row.post_mortem_url === null ? null : String(row.post_mortem_url),
  };
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
      `INSERT INTO incident (id, title, is_title_own, state, components, recovered, is_automatic, opened_at, closed_at,
         closed_by_operator, post_mortem_url, relapses) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET title = excluded.title, is_title_own = excluded.is_title_own, state = excluded.state,
         components = excluded.components, recovered = excluded.recovered, closed_at = excluded.closed_at,
         closed_by_operator = excluded.closed_by_operator, post_mortem_url = excluded.post_mortem_url,
         relapses = excluded.relapses`,
      incident.id,
      incident.title,
      Number(incident.isTitleOwn),
      incident.state,
      JSON.stringify(incident.components),
      JSON.stringify(incident.recovered),
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
  addUpdate(
    incident: string,
    { at, by, text }: { readonly at: number; readonly by: string; readonly text: string },
  ): boolean {
    const count = this.#database.get('SELECT count(*) AS count FROM incident_update WHERE incident = ?', incident);
    if (Number(count?.count) >= MAX_UPDATES) return false;
    const insert = 'INSERT INTO incident_update (incident, at, by_whom, text) VALUES (?, ?, ?, ?)';
    this.#database.run(insert, incident, at, by, text.slice(0, 4000));
    return true;
  }

  /** As everybody sees it. */
  shown({ id, title, state, components, openedAt, closedAt, isAutomatic, postMortemUrl }: StoredIncident): Incident {
    const updates = this.#database.all('SELECT * FROM incident_update WHERE incident = ? ORDER BY id', id);
    return {
      id,
      title,
      state,
      components: [...components],
      openedAt: new Date(openedAt).toISOString(),
      closedAt: closedAt === null ? null : new Date(closedAt).toISOString(),
      isAutomatic,
      postMortemUrl,
      updates: updates.map((row) => ({
        at: new Date(Number(row.at)).toISOString(),
        by: String(row.by_whom),
        text: String(row.text),
      })),
    };
  }

  #forgetOldest(): void {
    const isOld = `SELECT id FROM incident WHERE closed_at IS NOT NULL ORDER BY closed_at DESC LIMIT -1 OFFSET ${MAX_INCIDENTS}`;
    if (Number(this.#database.get('SELECT count(*) AS count FROM incident')?.count) <= MAX_INCIDENTS) return;
    this.#database.run(`DELETE FROM incident_update WHERE incident IN (${isOld})`);
    this.#database.run(`DELETE FROM incident WHERE id IN (${isOld})`);
  }
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
      : { components, recovered: incident.recovered.filter((each) => components.includes(each)) }),
    ...(postMortemUrl === undefined ? {} : { postMortemUrl }),
  };
}
