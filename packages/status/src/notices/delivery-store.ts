/**
 * The durable queue: what has to be told to whom. It is written in the transaction of what it tells of, so that neither is without the
 * other, and a restart goes on where the process ended. Each subscriber gets its notices in their order, one at a time.
 */
import { severitySchema, topicSchema } from '@feedfleet/status-model';
import type { Delivery } from '@feedfleet/status-model';
import { z } from 'zod';

import { readKeptOrNothing } from '../storage/kept-json.ts';
import type { Row, StatusDatabase } from '../storage/status-database.ts';
import type { Notice, SentNotice } from './notice.ts';

/** A subscriber that is this far behind loses its oldest. */
const MAX_WAITING_EACH = 200;
/** Deliveries of which the log tells. */
const MAX_DELIVERIES = 20_000;

export interface WaitingDelivery {
  readonly id: number;
  readonly subscriber: string;
  /** Before this one. */
  readonly attempts: number;
  readonly notice: SentNotice;
}

const instantOf = (value: unknown): string | null => (value === null ? null : new Date(Number(value)).toISOString());

/** The body was made by this process for receivers; of it only what kind it is is needed here. */
const noticeSchema = z.object({
  topic: topicSchema,
  severity: severitySchema.nullable(),
  families: z.array(z.string()),
  thread: z.string(),
  subject: z.string(),
  text: z.string(),
  body: z.custom<Notice['body']>((body) => z.looseObject({ type: z.string() }).safeParse(body).success),
});

function deliveryOf(row: Row): Delivery {
  const state = String(row.state);
  return {
    id: Number(row.id),
    subscriber: String(row.subscriber),
    target: row.target === null ? '' : String(row.target),
    type: String(row.type),
    subject: String(row.subject),
    state: state === 'queued' || state === 'sent' || state === 'failed' ? state : 'dropped',
    attempts: Number(row.attempts),
    createdAt: new Date(Number(row.at)).toISOString(),
    nextAttemptAt: instantOf(row.next_at),
    finishedAt: instantOf(row.finished_at),
    problem: row.problem === null ? null : String(row.problem),
  };
}

export class DeliveryStore {
  readonly #database: StatusDatabase;

  constructor(database: StatusDatabase) {
    this.#database = database;
  }

  /** Puts a notice in the line of each. */
  add(notice: Notice, subscribers: readonly string[], now: number): void {
    if (subscribers.length === 0) return;
    const id = this.#addNotice(notice, now);
    for (const subscriber of subscribers) {
      const insert =
        "INSERT INTO delivery (notice, subscriber, state, attempts, next_at) VALUES (?, ?, 'queued', 0, ?)";
      this.#database.run(insert, id, subscriber, now);
      this.#dropOldest(subscriber, now);
    }
    this.#forget();
  }

  /** What was told at once, without the line. @returns the notice as it is sent. */
  addSent(notice: Notice, subscriber: string, now: number): { readonly id: number; readonly sent: SentNotice } {
    const id = this.#addNotice(notice, now);
    this.#database.run(
      "INSERT INTO delivery (notice, subscriber, state, attempts, finished_at, problem) VALUES (?, ?, 'failed', 1, ?, 'under way')",
      id,
      subscriber,
      now,
    );
    const row = this.#database.get('SELECT id FROM delivery WHERE notice = ?', id);
    return { id: Number(row?.id), sent: { ...notice, id, at: now } };
  }

  /** The first in the line of each subscriber that nothing is sent to right now, as far as its time has come. */
  due(now: number, busy: ReadonlySet<string>, limit: number): readonly WaitingDelivery[] {
    return this.#heads()
      .filter((row) => Number(row.next_at) <= now && !busy.has(String(row.subscriber)))
      .slice(0, limit)
      .flatMap((row) => this.#waiting(Number(row.id), now));
  }

  /** When the next one is due, of those to whom nothing is sent right now. */
  nextAt(busy: ReadonlySet<string>): number | undefined {
    const times = this.#heads().filter((row) => !busy.has(String(row.subscriber)));
    return times.length === 0 ? undefined : Math.min(...times.map((row) => Number(row.next_at)));
  }

  sent(id: number, now: number): void {
    const update =
      "UPDATE delivery SET state = 'sent', attempts = attempts + 1, next_at = NULL, finished_at = ?, problem = NULL WHERE id = ?";
    this.#database.run(update, now, id);
  }

  /** @param nextAt - `undefined`: never. */
  failed(id: number, { problem, nextAt, now }: { problem: string; nextAt: number | undefined; now: number }): void {
    this.#database.run(
      'UPDATE delivery SET state = ?, attempts = attempts + 1, next_at = ?, finished_at = ?, problem = ? WHERE id = ?',
      nextAt === undefined ? 'failed' : 'queued',
      nextAt ?? null,
      nextAt === undefined ? now : null,
      problem.slice(0, 500),
      id,
    );
  }

  /** As `failed` or `sent` for what was told at once. */
  told(id: number, problem: string | null): void {
    const update = 'UPDATE delivery SET state = ?, problem = ? WHERE id = ?';
    this.#database.run(update, problem === null ? 'sent' : 'failed', problem?.slice(0, 500) ?? null, id);
  }

  /** Newest first. */
  log(limit: number): readonly Delivery[] {
    const rows = this.#database.all(
      `SELECT delivery.*, notice.at, notice.type, notice.subject, subscriber.target FROM delivery
       JOIN notice ON notice.id = delivery.notice LEFT JOIN subscriber ON subscriber.id = delivery.subscriber
       ORDER BY delivery.id DESC LIMIT ?`,
      limit,
    );
    return rows.map(deliveryOf);
  }

  #heads(): Row[] {
    return this.#database.all(
      `SELECT id, subscriber, next_at FROM delivery WHERE id IN
         (SELECT min(id) FROM delivery WHERE state = 'queued' GROUP BY subscriber) ORDER BY next_at`,
    );
  }

  #waiting(id: number, now: number): readonly WaitingDelivery[] {
    const row = this.#database.get(
      `SELECT delivery.id, delivery.subscriber, delivery.attempts, delivery.notice, notice.at, notice.content FROM delivery
       JOIN notice ON notice.id = delivery.notice WHERE delivery.id = ?`,
      id,
    );
    if (row === undefined) return [];
    const kept = readKeptOrNothing(noticeSchema, row.content);
    if (kept === undefined) {
      // Given up, so that those behind it in the line have their turn.
      this.failed(id, { problem: 'what it tells was damaged', nextAt: undefined, now });
      return [];
    }
    const notice: SentNotice = { ...kept, id: Number(row.notice), at: Number(row.at) };
    return [{ id, subscriber: String(row.subscriber), attempts: Number(row.attempts), notice }];
  }

  #addNotice(notice: Notice, now: number): number {
    const insert = 'INSERT INTO notice (at, type, subject, content) VALUES (?, ?, ?, ?) RETURNING id';
    const row = this.#database.get(insert, now, notice.body.type, notice.subject, JSON.stringify(notice));
    return Number(row?.id);
  }

  #dropOldest(subscriber: string, now: number): void {
    this.#database.run(
      `UPDATE delivery SET state = 'dropped', next_at = NULL, finished_at = ? WHERE id IN
         (SELECT id FROM delivery WHERE subscriber = ? AND state = 'queued' ORDER BY id DESC LIMIT -1 OFFSET ${MAX_WAITING_EACH})`,
      now,
      subscriber,
    );
  }

  #forget(): void {
    this.#database.run(
      "DELETE FROM delivery WHERE state <> 'queued' AND id <= (SELECT max(id) FROM delivery) - ?",
      MAX_DELIVERIES,
    );
    this.#database.run('DELETE FROM notice WHERE id < (SELECT min(notice) FROM delivery)');
  }
}
