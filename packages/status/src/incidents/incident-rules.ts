/**
 * When incidents open, grow, close and open again by themselves. What fails together is one incident; what comes back for a moment is
 * the same one; nobody is told that all is well because nobody looks. Live states have a hysteresis of their own before this.
 */
import type { State } from '@feedfleet/status-model';

export interface IncidentPolicy {
  /** A family is slow for this long before it is an incident, in milliseconds; one that is down is one at once. */
  readonly degradedHoldMs: number;
  /** For how long everything is well before an incident closes. Doubles with each relapse, so that what flaps is told ever less. */
  readonly closeAfterMs: number;
  /** At most, however many relapses. At least `closeAfterMs`. */
  readonly longestCloseAfterMs: number;
  /** A family that fails again within this time opens the incident anew that closed. */
  readonly reopenWithinMs: number;
  /** A family that fails within this time after an incident opened belongs to that. */
  readonly groupWithinMs: number;
}

export const INCIDENT_POLICY: IncidentPolicy = {
  degradedHoldMs: 60_000,
  closeAfterMs: 20_000,
  longestCloseAfterMs: 600_000,
  reopenWithinMs: 900_000,
  groupWithinMs: 600_000,
};

export interface ObservedFamily {
  readonly component: string;
  readonly title: string;
  readonly state: State;
  /** Milliseconds since the epoch. */
  readonly since: number | null;
  /** When it was first down or slow since it was last up, whatever it was in between; `null` while there is no such trouble. */
  readonly troubledSince: number | null;
  readonly reason: string | null;
}

/** What an incident said last of a family by itself. */
export type ToldState = 'up' | 'degraded' | 'down';

export interface KnownIncident {
  readonly id: string;
  readonly state: 'degraded' | 'down';
  readonly components: readonly string[];
  /** By component. One that an operator opened has said nothing by itself at first. */
  readonly told: Readonly<Record<string, ToldState>>;
  readonly isAutomatic: boolean;
  readonly openedAt: number;
  readonly closedAt: number | null;
  readonly closedByOperator: boolean;
  /** How often something failed again that had been said to work again. */
  readonly relapses: number;
  /** How many updates of what happens by itself it still takes. */
  readonly room: number;
}

/** Why an incident is over: all works, some is maintained and the rest works, or its families are gone from the fleet. */
export type Ending = 'works' | 'maintained' | 'unobserved';

export type IncidentAction =
  | { readonly kind: 'open'; readonly families: readonly ObservedFamily[] }
  /** One more family fails, or fails again, or what was slow is down. */
  | { readonly kind: 'add'; readonly id: string; readonly family: ObservedFamily }
  | { readonly kind: 'reopen'; readonly id: string; readonly family: ObservedFamily }
  | { readonly kind: 'recover'; readonly id: string; readonly family: ObservedFamily }
  | { readonly kind: 'close'; readonly id: string; readonly ending: Ending };

export interface IncidentQuestion {
  readonly families: readonly ObservedFamily[];
  /** Open ones, those that closed lately, and those that an operator closed while what is in trouble now already was. */
  readonly incidents: readonly KnownIncident[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly policy: IncidentPolicy;
}

/** Whether it may be in trouble; slowness has to last. */
export const isAiling = ({ state }: ObservedFamily): boolean => state === 'down' || state === 'degraded';

function isTroubled({ state, since }: ObservedFamily, { now, policy }: IncidentQuestion): boolean {
  if (state === 'down') return true;
  return state === 'degraded' && since !== null && now - since >= policy.degradedHoldMs;
}

/** Enough for an incident with so many relapses. */
function isWell({ state, since }: ObservedFamily, relapses: number, { now, policy }: IncidentQuestion): boolean {
  if (state !== 'up' && state !== 'maintenance') return false;
  const closeAfterMs = Math.min(policy.longestCloseAfterMs, policy.closeAfterMs * 2 ** relapses);
  return since === null || now - since >= closeAfterMs;
}

/**
 * Whether an operator has said that this trouble is no incident, by closing the one that had opened by itself. Slowness that became an
 * outage since is told nevertheless; so is trouble of which only an operator's own incident knew.
 */
function isSettled({ component, state, troubledSince }: ObservedFamily, incident: KnownIncident, now: number): boolean {
  if (!incident.isAutomatic || !incident.closedByOperator) return false;
  const isWorse = state === 'down' && (incident.told[component] ?? incident.state) !== 'down';
  return !isWorse && (troubledSince ?? now) <= (incident.closedAt ?? 0);
}

function isTold({ component, state }: ObservedFamily, incident: KnownIncident): boolean {
  const told = incident.told[component];
  return told === 'down' || told === state;
}

/** What a family in trouble means, when it is not already told of; `undefined`: an incident of its own. */
function placeOf(family: ObservedFamily, question: IncidentQuestion): IncidentAction | 'told' | undefined {
  const { incidents, now, policy } = question;
  const about = incidents.filter(({ components }) => components.includes(family.component));
  const closed = about.filter(({ closedAt }) => closedAt !== null);
  if (closed.some((each) => isSettled(family, each, now))) return 'told';
  const open = about.filter(({ closedAt }) => closedAt === null);
  if (open.some((each) => isTold(family, each))) return 'told';
  // An operator's incident may stay open for long. One that is full swallows nothing: what it cannot tell opens one by itself.
  const own = open.find(({ isAutomatic }) => isAutomatic) ?? open.find(({ room }) => room >= question.families.length);
  if (own !== undefined) return { kind: 'add', id: own.id, family };
  const lately = closed.find((each) => each.isAutomatic && now - (each.closedAt ?? 0) <= policy.reopenWithinMs);
  if (lately !== undefined) return { kind: 'reopen', id: lately.id, family };
  const group = incidents.find(
    (each) => each.isAutomatic && each.closedAt === null && now - each.openedAt <= policy.groupWithinMs,
  );
  return group && { kind: 'add', id: group.id, family };
}

function endingOf(known: readonly ObservedFamily[]): Ending {
  if (known.length === 0) return 'unobserved';
  return known.some(({ state }) => state === 'maintenance') ? 'maintained' : 'works';
}

/** What is over: the whole incident, if it opened by itself; else what it said of single families. */
function endings(incident: KnownIncident, question: IncidentQuestion): readonly IncidentAction[] {
  const known = question.families.filter(({ component }) => incident.components.includes(component));
  const well = known.filter((family) => isWell(family, incident.relapses, question));
  if (incident.isAutomatic && well.length === known.length) {
    return [{ kind: 'close', id: incident.id, ending: endingOf(known) }];
  }
  return well
    .filter(({ component }) => (incident.told[component] ?? 'up') !== 'up')
    .map((family) => ({ kind: 'recover', id: incident.id, family }));
}

/** @returns what has to be done now, in this order. Asked again with the outcome, there is nothing left to do. */
export function decideIncidents(question: IncidentQuestion): readonly IncidentAction[] {
  const actions: IncidentAction[] = [];
  const alone: ObservedFamily[] = [];
  for (const family of question.families.filter((each) => isTroubled(each, question))) {
    const place = placeOf(family, question);
    if (place === undefined) alone.push(family);
    else if (place !== 'told') actions.push(place);
  }
  if (alone.length > 0) actions.push({ kind: 'open', families: alone });
  const touched = new Set(actions.flatMap((action) => ('id' in action ? [action.id] : [])));
  const open = question.incidents.filter((each) => each.closedAt === null && !touched.has(each.id));
  return [...actions, ...open.flatMap((each) => endings(each, question))];
}
