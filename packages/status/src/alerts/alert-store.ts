/** Alerts that fire, and those that did. */
import { ALERT_NAMES, alertKey } from '@feedfleet/alerting';
import type { AlertEvent, FiringAlert } from '@feedfleet/alerting';
import { severitySchema } from '@feedfleet/status-model';
import type { StatusAlert } from '@feedfleet/status-model';
import { z } from 'zod';

import { readKept, readKeptOrNothing } from '../storage/kept-json.ts';
import type { StatusDatabase } from '../storage/status-database.ts';

const MAX_RESOLVED = 5000;

const firingAlertSchema: z.ZodType<FiringAlert> = z.object({
  finding: z.object({
    name: z.enum(ALERT_NAMES),
    subject: z.string(),
    severity: severitySchema,
    step: z.number(),
    tellsSteps: z.boolean(),
    summary: z.string(),
  }),
  firedAtMs: z.number(),
  lastFoundAtMs: z.number(),
});

export class AlertStore {
  readonly #database: StatusDatabase;
  #kept = '';

  constructor(database: StatusDatabase) {
    this.#database = database;
  }

  firing(): readonly FiringAlert[] {
    const rows = this.#database.all('SELECT content FROM alert WHERE resolved_at IS NULL ORDER BY id');
    return rows.map(({ content }) => readKept(firingAlertSchema, content));
  }

  /** Writes only what is new: a look that finds nothing else costs nothing. */
  save(firing: readonly FiringAlert[], events: readonly AlertEvent[], now: number): void {
    const stand = JSON.stringify(firing);
    if (events.length === 0 && stand === this.#kept) return;
    this.#kept = stand;
    this.#database.transaction(() => {
      for (const { kind, alert } of events) if (kind === 'resolved') this.#resolve(alert, now);
      for (const alert of firing) this.#keep(alert);
    });
  }

  /** Firing first, then the newest. */
  list(limit: number): readonly StatusAlert[] {
    const rows = this.#database.all('SELECT * FROM alert ORDER BY resolved_at IS NOT NULL, id DESC LIMIT ?', limit);
    return rows.flatMap((row) => {
      const kept = readKeptOrNothing(firingAlertSchema, row.content);
      if (kept === undefined) return [];
      const { name, subject, severity, summary } = kept.finding;
      const resolvedAt = row.resolved_at === null ? null : new Date(Number(row.resolved_at)).toISOString();
      return [{ name, subject, severity, summary, firedAt: new Date(kept.firedAtMs).toISOString(), resolvedAt }];
    });
  }

  #keep(alert: FiringAlert): void {
    const { name, subject } = alert.finding;
    this.#database.run(
      `INSERT INTO alert (name, subject, content, fired_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (name, subject) WHERE resolved_at IS NULL DO UPDATE SET content = excluded.content`,
      name,
      subject,
      JSON.stringify(alert),
      alert.firedAtMs,
    );
  }

  #resolve(alert: FiringAlert, now: number): void {
    const { name, subject } = alert.finding;
    const update = 'UPDATE alert SET resolved_at = ? WHERE name = ? AND subject = ? AND resolved_at IS NULL';
    this.#database.run(update, now, name, subject);
    this.#database.run(
      `DELETE FROM alert WHERE id IN
         (SELECT id FROM alert WHERE resolved_at IS NOT NULL ORDER BY resolved_at DESC LIMIT -1 OFFSET ${MAX_RESOLVED})`,
    );
  }
}

/** What alerts of one kind and subject are told under. */
export const threadOf = ({ finding }: FiringAlert): string => alertKey(finding).replaceAll(/[^A-Za-z0-9.-]+/g, '.');
