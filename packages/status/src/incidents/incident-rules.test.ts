import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { State } from '@feedfleet/status-model';

import { decideIncidents, INCIDENT_POLICY } from './incident-rules.ts';
import type { IncidentAction, KnownIncident, ObservedFamily } from './incident-rules.ts';
import { durationText, endingText, recoveryText, titleOf, troubleText } from './incident-words.ts';

const MINUTE = 60_000;

const family = (id: string, state: State, since: number): ObservedFamily => ({
  component: `family:${id}`,
  title: id,
  state,
  since,
  reason: null,
});

const incident = (changes: Partial<KnownIncident> = {}): KnownIncident => ({
  id: 'one',
  state: 'down',
  components: ['family:v2'],
  recovered: [],
  isAutomatic: true,
  openedAt: 0,
  closedAt: null,
  closedByOperator: false,
  relapses: 0,
  ...changes,
});

function decide(
  now: number,
  families: readonly ObservedFamily[],
  ...incidents: readonly KnownIncident[]
): readonly string[] {
  return decideIncidents({ families, incidents, now, policy: INCIDENT_POLICY }).map(wordOf);
}

function wordOf(action: IncidentAction): string {
  if (action.kind === 'open') return `open ${action.families.map(({ title }) => title).join('+')}`;
  return [action.kind, action.id, 'family' in action ? action.family.title : action.ending].join(' ');
}

describe('incidents by themselves', () => {
  it('open at once for what is down, and for what is slow when it stays so', () => {
    expect(decide(0, [family('v2', 'down', 0)])).toEqual(['open v2']);
    expect(decide(MINUTE - 1, [family('v2', 'degraded', 0)])).toEqual([]);
    expect(decide(MINUTE, [family('v2', 'degraded', 0)])).toEqual(['open v2']);
  });

  it('do not open for what is maintained, nor for what nobody sees', () => {
    expect(decide(MINUTE, [family('v2', 'maintenance', 0), family('v3', 'unknown', 0)])).toEqual([]);
  });

  it('are one for what fails together, and for what follows within ten minutes', () => {
    const [v2, v3] = [family('v2', 'down', 0), family('v3', 'down', 0)];
    expect(decide(0, [v2, v3])).toEqual(['open v2+v3']);
    expect(decide(5 * MINUTE, [v2, v3], incident())).toEqual(['add one v3']);
    expect(decide(11 * MINUTE, [v2, v3], incident())).toEqual(['open v3']);
  });

  it('tell when it gets worse, and when a part works again', () => {
    expect(decide(0, [family('v2', 'down', 0)], incident({ state: 'degraded' }))).toEqual(['add one v2']);
    expect(decide(0, [family('v2', 'down', 0)], incident())).toEqual([]);
    const both = incident({ components: ['family:v2', 'family:v3'] });
    const half = [family('v2', 'up', 0), family('v3', 'down', 0)];
    expect(decide(MINUTE, half, both)).toEqual(['recover one v2']);
    expect(decide(MINUTE, half, { ...both, recovered: ['family:v2'] })).toEqual([]);
    const again = [family('v2', 'down', MINUTE), family('v3', 'down', 0)];
    expect(decide(MINUTE, again, { ...both, recovered: ['family:v2'] })).toEqual(['add one v2']);
  });

  it('close when all has worked for a while, not because nobody looks', () => {
    expect(decide(INCIDENT_POLICY.closeAfterMs - 1, [family('v2', 'up', 0)], incident())).toEqual([]);
    expect(decide(INCIDENT_POLICY.closeAfterMs, [family('v2', 'up', 0)], incident())).toEqual(['close one works']);
    expect(decide(MINUTE, [family('v2', 'unknown', 0)], incident())).toEqual([]);
  });

  it('say whether what closes them is that it works, that it is maintained or that it is gone', () => {
    const both = incident({ components: ['family:v2', 'family:v3'] });
    const [up, maintained] = [family('v2', 'up', 0), family('v3', 'maintenance', 0)];
    expect(decide(MINUTE, [up, maintained], both)).toEqual(['close one maintained']);
    expect(decide(MINUTE, [up, family('v1', 'maintenance', 0)], both)).toEqual(['close one works']);
    expect(decide(MINUTE, [], both)).toEqual(['close one unobserved']);
  });

  it('wait twice as long with each relapse, ten minutes at most', () => {
    const closing = (relapses: number, now: number): readonly string[] =>
      decide(now, [family('v2', 'up', 0)], incident({ relapses }));
    expect([closing(1, 39_999), closing(1, 40_000)]).toEqual([[], ['close one works']]);
    expect([closing(3, 159_999), closing(3, 160_000)]).toEqual([[], ['close one works']]);
    expect([closing(5000, 599_999), closing(5000, 600_000)]).toEqual([[], ['close one works']]);
    const both = incident({ components: ['family:v2', 'family:v3'], relapses: 1 });
    const half = [family('v2', 'up', 0), family('v3', 'down', 0)];
    expect([decide(39_999, half, both), decide(40_000, half, both)]).toEqual([[], ['recover one v2']]);
  });

  it('open again when the same fails soon after', () => {
    const closed = incident({ closedAt: MINUTE });
    expect(decide(2 * MINUTE, [family('v2', 'down', 2 * MINUTE)], closed)).toEqual(['reopen one v2']);
    expect(decide(2 * MINUTE, [family('v3', 'down', 2 * MINUTE)], closed)).toEqual(['open v3']);
    expect(decide(20 * MINUTE, [family('v2', 'down', 20 * MINUTE)], closed)).toEqual(['open v2']);
  });

  it('leave to operators what is theirs', () => {
    const own = incident({ isAutomatic: false });
    expect(decide(MINUTE, [family('v2', 'up', 0)], own)).toEqual([]);
    expect(decide(MINUTE, [family('v2', 'down', 0)], own)).toEqual([]);
    const closed = incident({ closedAt: MINUTE, closedByOperator: true });
    expect(decide(2 * MINUTE, [family('v2', 'down', 0)], closed)).toEqual([]);
    expect(decide(3 * MINUTE, [family('v2', 'down', 2 * MINUTE)], closed)).toEqual(['reopen one v2']);
  });

  it('are never two for one family, whatever happens', () => {
    const states = fc.constantFrom<State>('up', 'degraded', 'down', 'unknown', 'maintenance');
    fc.assert(
      fc.property(fc.array(fc.tuple(states, states), { maxLength: 40 }), (rounds) => {
        const book = new Map<string, KnownIncident>();
        const since = new Map<string, readonly [State, number]>();
        rounds.forEach((states, round) => {
          const now = round * MINUTE;
          const families = states.map((state, at) => {
            const before = since.get(String(at));
            const entry: readonly [State, number] = before?.[0] === state ? before : [state, now];
            since.set(String(at), entry);
            return family(String(at), ...entry);
          });
          const question = { families, now, policy: INCIDENT_POLICY };
          for (const action of decideIncidents({ ...question, incidents: [...book.values()] }))
            apply(book, action, now);
          const rest = decideIncidents({ ...question, incidents: [...book.values()] });
          expect(rest.filter(({ kind }) => kind !== 'recover' && kind !== 'close')).toEqual([]);
          const open = [...book.values()].filter(({ closedAt }) => closedAt === null);
          const told = open.flatMap(({ components }) => components);
          expect(new Set(told).size).toBe(told.length);
          for (const each of families) if (each.state === 'down') expect(told).toContain(each.component);
        });
      }),
    );
  });
});

function apply(book: Map<string, KnownIncident>, action: IncidentAction, now: number): void {
  if (action.kind === 'open') {
    const state = action.families.some((each) => each.state === 'down') ? 'down' : 'degraded';
    const components = action.families.map(({ component }) => component);
    book.set(String(book.size), incident({ id: String(book.size), state, components, openedAt: now }));
    return;
  }
  const before = book.get(action.id);
  if (before === undefined) throw new Error(`no incident ${action.id}`);
  if (action.kind === 'close') book.set(action.id, { ...before, closedAt: now, recovered: before.components });
  else if (action.kind === 'recover') {
    book.set(action.id, { ...before, recovered: [...before.recovered, action.family.component] });
  } else {
    const { component, state } = action.family;
    const again = action.kind === 'reopen' || before.recovered.includes(component);
    book.set(action.id, {
      ...before,
      closedAt: null,
      components: [...new Set([...before.components, component])],
      recovered: before.recovered.filter((each) => each !== component),
      state: state === 'down' ? 'down' : before.state,
      relapses: before.relapses + Number(again),
    });
  }
}

describe('what incidents say', () => {
  it('names what is in trouble', () => {
    expect(titleOf(['v2'], 'down', false)).toBe('v2 is down');
    expect(titleOf(['v1', 'v2', 'v3'], 'degraded', false)).toBe('v1, v2 and v3 are slow');
    expect(titleOf(['a', 'b', 'c', 'd'], 'down', false)).toBe('4 endpoint families are down');
    expect(titleOf(['a', 'b'], 'down', true)).toBe('Everything is down');
    expect(troubleText({ ...family('v2', 'down', 0), reason: 'download: 503.' }, true)).toBe(
      'v2 is down again: download: 503.',
    );
  });

  it('says that something works only of what does', () => {
    expect(recoveryText(family('v2', 'up', 0))).toBe('v2 works again.');
    expect(recoveryText(family('v2', 'maintenance', 0))).toBe('v2 is under planned maintenance now.');
    expect((['works', 'maintained', 'unobserved'] as const).map((each) => endingText(each, 90_000))).toEqual([
      'Works again, after 2 min.',
      'Under planned maintenance now, after 2 min.',
      'No longer observed, after 2 min.',
    ]);
  });

  it('tells times as people do', () => {
    expect([500, 29_000, 90_000, 7_200_000, 200 * 3_600_000].map(durationText)).toEqual([
      '1 s',
      '29 s',
      '2 min',
      '2 h 0 min',
      '8 days 8 h',
    ]);
  });
});
