/** Opens, grows and closes incidents as the live states say, and does what operators ask. Every change is told in its own transaction. */
import { ProblemError } from '@feedfleet/problems';
import type { Incident, IncidentChanges, IncidentClosing, newIncidentSchema } from '@feedfleet/status-model';
import type { IncidentArchive } from '@feedfleet/status-page';
import type { z } from 'zod';

import type { Notifier } from '../notices/notifier.ts';
import type { StatusContext } from '../part.ts';
import type { AuditLog } from './audit-log.ts';
import { concernedFamilies } from './concerned-families.ts';
import type { EntryIds } from './entry-ids.ts';
import { decideIncidents, INCIDENT_POLICY, isAiling } from './incident-rules.ts';
import type { IncidentAction, IncidentPolicy, KnownIncident, ObservedFamily, ToldState } from './incident-rules.ts';
import { changed, IncidentStore, MAX_UPDATES, OWN_NAME } from './incident-store.ts';
import type { StoredIncident } from './incident-store.ts';
import { endingText, eventOf, recoveryText, subjectOf, titleOf, troubleText } from './incident-words.ts';
import type { News } from './incident-words.ts';
import { readArchive } from './stored-archive.ts';

const OPERATOR = 'operator';
/** What the report and the lists show. */
const SHOWN_MS = 90 * 86_400_000;
const MAX_SHOWN = 200;

export interface IncidentKeeperOptions {
  readonly context: StatusContext;
  readonly notifier: Notifier;
  readonly audit: AuditLog;
  readonly ids: EntryIds;
  /** Default `INCIDENT_POLICY`. */
  readonly policy?: IncidentPolicy;
}

const toldState = ({ state }: ObservedFamily): ToldState => (state === 'down' ? 'down' : 'degraded');

const allUp = (components: readonly string[]): Readonly<Record<string, ToldState>> =>
  Object.fromEntries(components.map((component) => [component, 'up']));

export class IncidentKeeper {
  readonly #options: IncidentKeeperOptions;
  readonly #store: IncidentStore;
  #shown: { readonly incidents: readonly Incident[]; readonly at: number } | undefined;
  #archive: IncidentArchive | undefined;

  constructor(options: IncidentKeeperOptions) {
    this.#options = options;
    this.#store = new IncidentStore(options.context.database);
  }

  /** Open ones first, then those of the last 90 days, newest first. Read anew after a change, and each minute. */
  shown(): readonly Incident[] {
    const now = this.#now();
    if (this.#shown === undefined || now - this.#shown.at > 60_000) {
      const list = this.#store.list(now - SHOWN_MS, MAX_SHOWN);
      this.#shown = { incidents: list.map((each) => this.#store.shown(each)), at: now };
    }
    return this.#shown.incidents;
  }

  /** Of all years. Read anew after a change. */
  archive(): IncidentArchive {
    return (this.#archive ??= readArchive(this.#store));
  }

  /** @throws {ProblemError} `FF_NO_SUCH_ENTITY`. */
  get(id: string): Incident {
    return this.#store.shown(this.#find(id));
  }

  /** Looks at the live states of all families. */
  look(): void {
    const { context, policy = INCIDENT_POLICY } = this.#options;
    const now = this.#now();
    const families = context.fleet().families.map(({ id, title }): ObservedFamily => ({
      ...context.liveState(`family:${id}`),
      title,
    }));
    const incidents = this.#bearingOn(families, now - policy.reopenWithinMs);
    const actions = decideIncidents({ families, incidents, now, policy });
    for (const action of actions) context.database.transaction(() => this.#act(action, families, now));
    if (actions.length > 0) this.#changed();
  }

  open({ title, state, components, text }: z.output<typeof newIncidentSchema>): Incident {
    return this.#byOperator('incident.open', undefined, () => {
      const incident: StoredIncident = {
        id: this.#options.ids.next(),
        title,
        isTitleOwn: true,
        state,
        components,
        told: {},
        isAutomatic: false,
        openedAt: this.#now(),
        closedAt: null,
        closedByOperator: false,
        relapses: 0,
        postMortemUrl: null,
      };
      return { incident, text: text ?? title, news: 'opened', detail: { title, state, components } };
    });
  }

  edit(id: string, changes: IncidentChanges): Incident {
    const news = changes.postMortemUrl === undefined || changes.postMortemUrl === null ? undefined : 'updated';
    return this.#byOperator('incident.edit', id, (before) => ({
      incident: changed(before, changes),
      text: news && `A post-mortem is at ${changes.postMortemUrl ?? ''}`,
      news,
      detail: changes,
    }));
  }

  post(id: string, text: string): Incident {
    return this.#byOperator('incident.post', id, (incident) => ({
      incident,
      text,
      news: 'updated',
      detail: { text },
    }));
  }

  close(id: string, { text, postMortemUrl }: IncidentClosing): Incident {
    return this.#byOperator('incident.close', id, (before) => {
      if (before.closedAt !== null) {
        const closedAt = new Date(before.closedAt).toISOString();
        throw new ProblemError('conflict', { detail: `expected an open incident, got ${id}, closed at ${closedAt}` });
      }
      const edited = postMortemUrl === undefined ? before : changed(before, { postMortemUrl });
      const incident = { ...edited, closedAt: this.#now(), closedByOperator: true };
      return { incident, text: text ?? 'Closed.', news: 'closed', detail: { text, postMortemUrl } };
    });
  }

  /** Open ones, those that closed after an instant, and where an operator's word on trouble that goes on is older, that too. */
  #bearingOn(families: readonly ObservedFamily[], closedAfter: number): readonly KnownIncident[] {
    const lately = this.#store.list(closedAfter, MAX_SHOWN);
    const begun = families.filter(isAiling).flatMap(({ troubledSince }) => troubledSince ?? []);
    const earliest = Math.min(...begun);
    const before = earliest > closedAfter ? [] : this.#store.closedByOperator(earliest, closedAfter, MAX_SHOWN);
    return [...lately, ...before].map((each) => ({ ...each, room: this.#store.room(each.id) }));
  }

  #now(): number {
    return this.#options.context.clock.now();
  }

  #find(id: string): StoredIncident {
    const incident = this.#store.find(id);
    if (incident === undefined) throw new ProblemError('noSuchEntity', { detail: `no incident ${id}` });
    return incident;
  }

  #changed(): void {
    this.#shown = undefined;
    this.#archive = undefined;
    this.#options.context.invalidate();
  }

  #byOperator<Before extends string | undefined>(
    action: string,
    id: Before,
    change: (before: Before extends string ? StoredIncident : undefined) => {
      readonly incident: StoredIncident;
      readonly text: string | undefined;
      readonly news: News | undefined;
      readonly detail: unknown;
    },
  ): Incident {
    const { context, audit } = this.#options;
    const shown = context.database.transaction(() => {
      const before = id === undefined ? undefined : this.#find(id);
      const { incident, text, news, detail } = change(before as Before extends string ? StoredIncident : undefined);
      this.#store.save(incident);
      if (text !== undefined) this.#sayOfOperator(incident, text);
      audit.add(action, incident.id, detail);
      if (news !== undefined) this.#tell(incident, news, text ?? incident.title);
      return this.#store.shown(incident);
    });
    this.#changed();
    return shown;
  }

  /** There is always room for what is said of one that is closed: its closing, and its post-mortem. */
  #sayOfOperator({ id, closedAt }: StoredIncident, text: string): void {
    const update = { at: this.#now(), by: OPERATOR, text };
    if (this.#store.addUpdate(id, update)) return;
    if (closedAt === null) {
      throw new ProblemError('conflict', { detail: `expected at most ${MAX_UPDATES} updates, got one more` });
    }
    this.#store.addLastWord(id, update);
  }

  #act(action: IncidentAction, families: readonly ObservedFamily[], now: number): void {
    if (action.kind === 'open') {
      this.#openByItself(action.families, families, now);
      return;
    }
    const before = this.#find(action.id);
    switch (action.kind) {
      case 'add':
      case 'reopen': {
        const { family } = action;
        const again = action.kind === 'reopen' || before.told[family.component] === 'up';
        const components = [...new Set([...before.components, family.component])];
        const grown: StoredIncident = {
          ...before,
          components,
          told: { ...before.told, [family.component]: toldState(family) },
          state: family.state === 'down' ? 'down' : before.state,
          closedAt: null,
          closedByOperator: false,
          // An operator's own waits for nothing to close, so its relapses would only add up.
          relapses: before.relapses + Number(again && before.isAutomatic),
        };
        const title = before.isTitleOwn ? before.title : this.#titleFor(grown, families);
        const news = action.kind === 'reopen' ? 'reopened' : 'updated';
        this.#settle({ ...grown, title }, troubleText(family, again), news);
        break;
      }
      case 'recover': {
        const told = { ...before.told, [action.family.component]: 'up' } as const;
        this.#settle({ ...before, told }, recoveryText(action.family), 'updated');
        break;
      }
      case 'close': {
        const text = endingText(action.ending, now - before.openedAt);
        this.#settle({ ...before, closedAt: now, told: allUp(before.components) }, text, action.ending);
        break;
      }
    }
  }

  #openByItself(troubled: readonly ObservedFamily[], families: readonly ObservedFamily[], now: number): void {
    const incident: StoredIncident = {
      id: this.#options.ids.next(),
      title: '',
      isTitleOwn: false,
      state: troubled.some(({ state }) => state === 'down') ? 'down' : 'degraded',
      components: troubled.map(({ component }) => component),
      told: Object.fromEntries(troubled.map((family) => [family.component, toldState(family)])),
      isAutomatic: true,
      openedAt: Math.min(now, ...troubled.map(({ since }) => since ?? now)),
      closedAt: null,
      closedByOperator: false,
      relapses: 0,
      postMortemUrl: null,
    };
    const text = troubled.map((family) => troubleText(family)).join('\n');
    this.#settle({ ...incident, title: this.#titleFor(incident, families) }, text, 'opened');
  }

  #titleFor({ components, state }: StoredIncident, families: readonly ObservedFamily[]): string {
    const titles = families.filter(({ component }) => components.includes(component)).map(({ title }) => title);
    return titleOf(titles, state, titles.length === families.length);
  }

  #settle(incident: StoredIncident, text: string, news: News): void {
    this.#store.save(incident);
    // What the page has no room for is not told either.
    if (this.#store.addUpdate(incident.id, { at: this.#now(), by: OWN_NAME, text })) this.#tell(incident, news, text);
  }

  #tell(incident: StoredIncident, news: News, text: string): void {
    const { notifier, context } = this.#options;
    const shown = this.#store.shown(incident);
    const concerned = concernedFamilies(shown.components);
    if (concerned === undefined) return;
    const page = (context.settings.pageUrl ?? context.current().pageUrl).replace(/\/+$/, '');
    notifier.tell({
      topic: 'incidents',
      severity: null,
      families: concerned.families,
      thread: incident.id,
      subject: `${context.settings.pageTitle}: ${subjectOf(news, incident.title)}`,
      text: `${text}\n\n${page}/incidents/${incident.id}`,
      body: { type: eventOf(news), incident: { ...shown, components: concerned.components } },
    });
  }
}
