/** Maintenance and messages of operators. A page that could excuse an outage after the fact would lie: maintenance is told ahead. */
import { ProblemError } from '@feedfleet/problems';
import type { Maintenance, Message, newMaintenanceSchema, newMessageSchema } from '@feedfleet/status-model';
import type { z } from 'zod';

import type { Notifier } from '../notices/notifier.ts';
import type { StatusContext } from '../part.ts';
import { AnnouncementStore, shownMaintenance } from './announcement-store.ts';
import type { StoredMaintenance } from './announcement-store.ts';
import type { AuditLog } from './audit-log.ts';
import { concernedFamilies } from './concerned-families.ts';
import type { EntryIds } from './entry-ids.ts';

const SHOWN_MS = 90 * 86_400_000;
/** For which a start may be in the past: clocks differ, and people type. */
const LATE_MS = 300_000;
const LONGEST_MS = 31 * 86_400_000;
const FARTHEST_MS = 366 * 86_400_000;
const MAX_PLANNED = 200;
const MAX_MESSAGES = 50;

export interface AnnouncerOptions {
  readonly context: StatusContext;
  readonly notifier: Notifier;
  readonly audit: AuditLog;
  readonly ids: EntryIds;
}

function refuseTime(what: string, expected: string, given: string): never {
  throw new ProblemError('invalidRequest', { detail: `${what}: expected ${expected}, got ${given}` });
}

export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #store: AnnouncementStore;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
    this.#store = new AnnouncementStore(options.context.database);
  }

  /** Under way and planned first, then what is over, newest first. */
  maintenance(): readonly Maintenance[] {
    const now = this.#now();
    const all = this.#store.between(now - SHOWN_MS, Number.MAX_SAFE_INTEGER, 1000);
    const over = all.filter(({ endsAt }) => endsAt <= now).reverse();
    return [...all.filter(({ endsAt }) => endsAt > now), ...over].slice(0, 400).map(shownMaintenance);
  }

  maintenanceBetween(from: number, to: number): readonly Maintenance[] {
    return this.#store.between(from, to, 1000).map(shownMaintenance);
  }

  messages(): readonly Message[] {
    return this.#store.messages(this.#now());
  }

  /** @throws {ProblemError} `FF_INVALID_REQUEST` for times that cannot be, `FF_CONFLICT` for too many. */
  plan({ title, text, components, startsAt, endsAt }: z.output<typeof newMaintenanceSchema>): Maintenance {
    const now = this.#now();
    const [start, end] = [Date.parse(startsAt), Date.parse(endsAt)];
    if (start < now - LATE_MS) {
      refuseTime('startsAt', 'a time ahead: what is not announced is an outage', startsAt);
    }
    if (start > now + FARTHEST_MS) refuseTime('startsAt', 'a time within a year', startsAt);
    if (end <= Math.max(start, now)) refuseTime('endsAt', 'a time after startsAt', endsAt);
    if (end - start > LONGEST_MS) refuseTime('endsAt', 'at most 31 days after startsAt', endsAt);
    if (this.#store.countPlanned(now) >= MAX_PLANNED) {
      throw new ProblemError('conflict', { detail: `expected at most ${MAX_PLANNED} planned, got one more` });
    }
    const id = this.#options.ids.next();
    const planned: StoredMaintenance = { id, title, text, components, startsAt: start, endsAt: end, told: 'planned' };
    this.#change('maintenance.plan', planned, () => {
      this.#store.save(planned);
      this.#tell(planned, 'planned');
    });
    return shownMaintenance(planned);
  }

  /** What is planned is gone; what is under way ends now. @throws {ProblemError} `FF_NO_SUCH_ENTITY`, `FF_CONFLICT`. */
  cancel(id: string): Maintenance {
    const found = this.#store.find(id);
    if (found === undefined) throw new ProblemError('noSuchEntity', { detail: `no maintenance ${id}` });
    const now = this.#now();
    if (found.endsAt <= now) {
      throw new ProblemError('conflict', {
        detail: `expected one that is not over, got ${id}, over since ${new Date(found.endsAt).toISOString()}`,
      });
    }
    const isUnderWay = found.startsAt < now;
    const ended: StoredMaintenance = { ...found, endsAt: now, told: 'ended' };
    this.#change('maintenance.cancel', found, () => {
      if (isUnderWay) this.#store.save(ended);
      else this.#store.remove(id);
      this.#tell(isUnderWay ? ended : found, isUnderWay ? 'ended' : 'cancelled');
    });
    return shownMaintenance(isUnderWay ? ended : found);
  }

  /** Tells of beginnings and ends. */
  look(): void {
    const now = this.#now();
    for (const each of this.#store.untold()) {
      const told = now >= each.endsAt ? 'ended' : now >= each.startsAt ? 'started' : 'planned';
      if (told === each.told) continue;
      this.#options.context.database.transaction(() => {
        this.#store.save({ ...each, told });
        if (told !== 'planned') this.#tell(each, told);
      });
      this.#options.context.invalidate();
    }
  }

  /** @throws {ProblemError} `FF_INVALID_REQUEST` for a family that is not there, `FF_CONFLICT` for too many. */
  post({ kind, family, text, until }: z.output<typeof newMessageSchema>): Message {
    const { context, audit, ids, notifier } = this.#options;
    const now = this.#now();
    const families = context.fleet().families.map(({ id }) => id);
    if (family !== null && !families.includes(family)) refuseTime('family', `one of ${families.join(', ')}`, family);
    const untilMs = until === null ? null : Date.parse(until);
    if (untilMs !== null && untilMs <= now) refuseTime('until', 'a time ahead', until ?? '');
    if (this.#store.messages(now).length >= MAX_MESSAGES) {
      throw new ProblemError('conflict', { detail: `expected at most ${MAX_MESSAGES} messages, got one more` });
    }
    const message: Message = { id: ids.next(), kind, family, text, postedAt: new Date(now).toISOString(), until };
    context.database.transaction(() => {
      this.#store.addMessage({ ...message, postedAt: now, until: untilMs });
      audit.add('message.post', message.id, { kind, family, text, until });
      notifier.tell({
        topic: 'incidents',
        severity: null,
        families: family === null ? [] : [family],
        thread: message.id,
        subject: `${context.settings.pageTitle}: ${kind === 'tip' ? 'a tip' : 'a message'}`,
        text,
        body: { type: 'message.posted', message },
      });
    });
    context.invalidate();
    return message;
  }

  /** @throws {ProblemError} `FF_NO_SUCH_ENTITY`. */
  clear(id: string): void {
    const { context, audit } = this.#options;
    context.database.transaction(() => {
      if (!this.#store.removeMessage(id)) throw new ProblemError('noSuchEntity', { detail: `no message ${id}` });
      audit.add('message.clear', id, {});
    });
    context.invalidate();
  }

  #now(): number {
    return this.#options.context.clock.now();
  }

  #change(action: string, maintenance: StoredMaintenance, change: () => void): void {
    const { context, audit } = this.#options;
    context.database.transaction(() => {
      change();
      audit.add(action, maintenance.id, shownMaintenance(maintenance));
    });
    // Uptime of what has passed already changes with it.
    const now = this.#now();
    if (maintenance.startsAt < now) context.recount(maintenance.startsAt, Math.min(maintenance.endsAt, now));
    context.invalidate();
  }

  #tell(maintenance: StoredMaintenance, happened: 'planned' | 'started' | 'ended' | 'cancelled'): void {
    const { notifier, context } = this.#options;
    const shown = shownMaintenance(maintenance);
    const concerned = concernedFamilies(shown.components);
    if (concerned === undefined) return;
    notifier.tell({
      topic: 'incidents',
      severity: null,
      families: concerned.families,
      thread: maintenance.id,
      subject: `${context.settings.pageTitle}: maintenance ${happened}: ${maintenance.title}`,
      text: `${maintenance.text ?? maintenance.title}\n\nFrom ${shown.startsAt} to ${shown.endsAt}.`,
      body: { type: `maintenance.${happened}`, maintenance: { ...shown, components: concerned.components } },
    });
  }
}
