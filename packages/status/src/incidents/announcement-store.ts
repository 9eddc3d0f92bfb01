/** Maintenance that is announced, and messages and tips of operators. */
import type { Maintenance, Message } from '@feedfleet/status-model';
import { z } from 'zod';

import { readKept } from '../storage/kept-json.ts';
import type { Row, StatusDatabase } from '../storage/status-database.ts';

const MAX_MAINTENANCE = 2000;

export interface StoredMaintenance {
  readonly id: string;
  readonly title: string;
  readonly text: string | null;
  readonly components: readonly string[];
  readonly startsAt: number;
  readonly endsAt: number;
  /** What subscribers were told last. */
  readonly told: 'planned' | 'started' | 'ended';
}

const componentsSchema = z.array(z.string());

function maintenanceOf(row: Row): StoredMaintenance {
  const told = String(row.told);
  return {
    id: String(row.id),
    title: String(row.title),
    text: row.text === null ? null : String(row.text),
    components: readKept(componentsSchema, row.components),
    startsAt: Number(row.starts_at),
    endsAt: Number(row.ends_at),
    told: told === 'started' || told === 'ended' ? told : 'planned',
  };
}

export function shownMaintenance({ id, title, text, components, startsAt, endsAt }: StoredMaintenance): Maintenance {
  return {
    id,
    title,
    text,
    components: [...components],
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(endsAt).toISOString(),
  };
}

export interface StoredMessage extends Omit<Message, 'postedAt' | 'until'> {
  readonly postedAt: number;
  readonly until: number | null;
}

function messageOf(row: Row): Message {
  return {
    id: String(row.id),
    kind: row.kind === 'tip' ? 'tip' : 'message',
    family: row.family === null ? null : String(row.family),
    text: String(row.text),
    postedAt: new Date(Number(row.posted_at)).toISOString(),
    until: row.until === null ? null : new Date(Number(row.until)).toISOString(),
  };
}

export class AnnouncementStore {
  readonly #database: StatusDatabase;

  constructor(database: StatusDatabase) {
    this.#database = database;
  }

  find(id: string): StoredMaintenance | undefined {
    const row = this.#database.get('SELECT * FROM maintenance WHERE id = ?', id);
    return row && maintenanceOf(row);
  }

  /** That ends after an instant and starts before another, soonest first. */
  between(from: number, to: number, limit: number): readonly StoredMaintenance[] {
    const rows = this.#database.all(
      'SELECT * FROM maintenance WHERE ends_at > ? AND starts_at < ? ORDER BY starts_at, id LIMIT ?',
      from,
      to,
      limit,
    );
    return rows.map(maintenanceOf);
  }

  /** Of which the subscribers have not heard the end. */
  untold(): readonly StoredMaintenance[] {
    return this.#database.all("SELECT * FROM maintenance WHERE told <> 'ended' LIMIT 1000").map(maintenanceOf);
  }

  countPlanned(now: number): number {
    return Number(this.#database.get('SELECT count(*) AS count FROM maintenance WHERE ends_at > ?', now)?.count);
  }

  save({ id, title, text, components, startsAt, endsAt, told }: StoredMaintenance): void {
    this.#database.run(
      'INSERT OR REPLACE INTO maintenance (id, title, text, components, starts_at, ends_at, told) VALUES (?, ?, ?, ?, ?, ?, ?)',
      id,
      title,
      text,
      JSON.stringify(components),
      startsAt,
      endsAt,
      told,
    );
    this.#database.run(
      `DELETE FROM maintenance WHERE id IN
         (SELECT id FROM maintenance ORDER BY ends_at DESC LIMIT -1 OFFSET ${MAX_MAINTENANCE})`,
    );
  }

  remove(id: string): void {
    this.#database.run('DELETE FROM maintenance WHERE id = ?', id);
  }

  messages(now: number): readonly Message[] {
    const shown = 'SELECT * FROM message WHERE until IS NULL OR until > ? ORDER BY posted_at DESC, id DESC LIMIT 100';
    return this.#database.all(shown, now).map(messageOf);
  }

  addMessage({ id, kind, family, text, postedAt, until }: StoredMessage): void {
    const insert = 'INSERT INTO message (id, kind, family, text, posted_at, until) VALUES (?, ?, ?, ?, ?, ?)';
    this.#database.run(insert, id, kind, family, text, postedAt, until);
    this.#database.run('DELETE FROM message WHERE until <= ?', postedAt);
  }

  /** @returns whether there was one. */
  removeMessage(id: string): boolean {
    return this.#database.run('DELETE FROM message WHERE id = ?', id) > 0;
  }
}
