/** Who is told. Operators add subscribers; whoever gets mail can leave by the link in it. */
import { randomBytes } from 'node:crypto';

import { ProblemError } from '@feedfleet/problems';
import { channelSchema, severitySchema, topicSchema } from '@feedfleet/status-model';
import type { CreatedSubscriber, NoticeSubscriber, newSubscriberSchema } from '@feedfleet/status-model';
import { z } from 'zod';

import { readKept } from '../storage/kept-json.ts';
import type { Row, StatusDatabase } from '../storage/status-database.ts';
import type { Notice } from './notice.ts';

const MAX_SUBSCRIBERS = 1000;

export interface StoredSubscriber extends NoticeSubscriber {
  /** Signs webhooks; empty for the other channels. */
  readonly secret: string;
  /** Of the link by which a reader of mail leaves. */
  readonly leaving: string;
}

const textsSchema = z.array(z.string());
const topicsSchema = z.array(topicSchema);

function subscriberOf(row: Row): StoredSubscriber {
  return {
    id: String(row.id),
    channel: channelSchema.parse(row.channel),
    target: String(row.target),
    topics: readKept(topicsSchema, row.topics),
    families: row.families === null ? null : readKept(textsSchema, row.families),
    minSeverity: severitySchema.parse(row.min_severity),
    allowPrivateAddresses: row.allow_private === 1,
    createdAt: new Date(Number(row.created_at)).toISOString(),
    secret: String(row.secret),
    leaving: String(row.leaving),
  };
}

export function shownSubscriber(subscriber: StoredSubscriber): NoticeSubscriber {
  const { id, channel, target, topics, families, minSeverity, allowPrivateAddresses, createdAt } = subscriber;
  return { id, channel, target, topics, families, minSeverity, allowPrivateAddresses, createdAt };
}

function wants(subscriber: NoticeSubscriber, { topic, severity, families, body }: Notice): boolean {
  if (!subscriber.topics.includes(topic)) return false;
  if (severity === 'ticket' && subscriber.minSeverity === 'page') return false;
  if (body.type === 'alert.refreshed' && subscriber.channel !== 'alertmanager') return false;
  if (subscriber.families === null || families.length === 0) return true;
  return families.some((family) => subscriber.families?.includes(family));
}

export class SubscriberStore {
  readonly #database: StatusDatabase;

  constructor(database: StatusDatabase) {
    this.#database = database;
  }

  list(): readonly StoredSubscriber[] {
    return this.#database.all('SELECT * FROM subscriber ORDER BY id').map(subscriberOf);
  }

  find(id: string): StoredSubscriber | undefined {
    const row = this.#database.get('SELECT * FROM subscriber WHERE id = ?', id);
    return row && subscriberOf(row);
  }

  byLeaving(leaving: string): StoredSubscriber | undefined {
    const row = this.#database.get('SELECT * FROM subscriber WHERE leaving = ?', leaving);
    return row && subscriberOf(row);
  }

  /** Of a notice. */
  whoWants(notice: Notice): readonly StoredSubscriber[] {
    return this.list().filter((subscriber) => wants(subscriber, notice));
  }

  /** @throws {ProblemError} `FF_CONFLICT` when the target is subscribed already, or there are too many. */
  add(id: string, wanted: z.output<typeof newSubscriberSchema>, now: number): CreatedSubscriber {
    const { channel, target, topics, families, minSeverity, allowPrivateAddresses } = wanted;
    const known = this.#database.get('SELECT id FROM subscriber WHERE channel = ? AND target = ?', channel, target);
    if (known !== undefined) {
      const detail = `expected a target that is not subscribed, got that of ${String(known.id)}`;
      throw new ProblemError('conflict', { detail });
    }
    if (this.list().length >= MAX_SUBSCRIBERS) {
      throw new ProblemError('conflict', { detail: `expected at most ${MAX_SUBSCRIBERS} subscribers, got one more` });
    }
    const secret = channel === 'webhook' ? `whsec_${randomBytes(32).toString('base64')}` : '';
    this.#database.run(
      'INSERT INTO subscriber VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      id,
      channel,
      target,
      secret,
      JSON.stringify([...new Set(topics)]),
      families === null ? null : JSON.stringify(families),
      minSeverity,
      Number(allowPrivateAddresses),
      now,
      randomBytes(24).toString('base64url'),
    );
    const subscriber = this.find(id);
    if (subscriber === undefined) throw new Error('a subscriber was not kept');
    return { subscriber: shownSubscriber(subscriber), secret: secret === '' ? null : secret };
  }

  /** With everything that was on its way. @returns whether there was one. */
  remove(id: string): boolean {
    this.#database.run("DELETE FROM delivery WHERE subscriber = ? AND state = 'queued'", id);
    return this.#database.run('DELETE FROM subscriber WHERE id = ?', id) > 0;
  }
}
