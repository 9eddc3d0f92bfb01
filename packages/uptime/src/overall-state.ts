/** The overall state of the fleet, in one sentence that somebody in a hurry understands. */
import { STATES } from '@feedfleet/status-model';
import type { State, StatusReport } from '@feedfleet/status-model';

export interface NamedState {
  readonly title: string;
  readonly state: State;
  /** Milliseconds since the epoch. */
  readonly since: number | null;
}

const mostNames = 3;
/** Worst first. */
const told = [...STATES].reverse().filter((state) => state !== 'up');

function listOf(titles: readonly string[]): string {
  const shown = titles.slice(0, titles.length > mostNames ? mostNames - 1 : mostNames);
  const rest = titles.length - shown.length;
  const parts = rest > 0 ? [...shown, `${rest} more`] : shown;
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
}

/** With the day when that is another one. */
function timeOf(at: number, now: number): string {
  const [day, time = ''] = new Date(at).toISOString().split('T');
  const clock = `${time.slice(0, 5)} UTC`;
  return day === new Date(now).toISOString().slice(0, 10) ? clock : `${day ?? ''} ${clock}`;
}

const earliest = (states: readonly NamedState[]): number | null =>
  states.reduce<number | null>((least, { since }) => (since === null ? least : Math.min(least ?? since, since)), null);

const latest = (states: readonly NamedState[]): number | null =>
  states.reduce<number | null>((most, { since }) => (since === null ? most : Math.max(most ?? since, since)), null);

function clauseOf(state: State, some: readonly NamedState[], question: { all: boolean; now: number }): string {
  const since = earliest(some);
  const names = question.all && some.length > 1 ? 'Everything' : listOf(some.map(({ title }) => title));
  const isOne = names === 'Everything' || some.length === 1;
  const from = since === null ? '' : ` since ${timeOf(since, question.now)}`;
  switch (state) {
    case 'down':
      return `${names} ${isOne ? 'is' : 'are'} down${from}`;
    case 'degraded':
      return `${names} ${isOne ? 'is' : 'are'} slow or ${isOne ? 'fails' : 'fail'} in part${from}`;
    case 'unknown':
      return `nothing is known of ${names === 'Everything' ? 'any feed' : names}${from}`;
    case 'maintenance':
      return `${names} ${isOne ? 'is' : 'are'} under planned maintenance${from}`;
    case 'up':
      return 'everything works';
  }
}

/** @param families - of the fleet, in their order. @param now - milliseconds since the epoch. */
export function overallState(families: readonly NamedState[], now: number): StatusReport['overall'] {
  const grouped = told
    .map((state) => ({ state, some: families.filter((family) => family.state === state) }))
    .filter(({ some }) => some.length > 0);
  const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
  const [worst] = grouped;
  if (families.length === 0) return { state: 'unknown', sentence: 'No feeds are known yet.', since: null };
  if (worst === undefined) return { state: 'up', sentence: 'All feeds work.', since: iso(latest(families)) };
  const clauses = grouped.map(({ state, some }) =>
    clauseOf(state, some, { all: some.length === families.length, now }),
  );
  if (families.some(({ state }) => state === 'up')) clauses.push('everything else works');
  // Titles begin as they are written.
  const sentence = `${clauses.join('; ').replace(/^nothing/, 'Nothing')}.`;
  return { state: worst.state, sentence, since: iso(earliest(worst.some)) };
}
