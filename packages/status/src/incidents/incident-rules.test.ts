import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { State } from '@feedfleet/status-model';

import { decideIncidents, INCIDENT_POLICY } from './incident-rules.ts';
import type { IncidentAction, KnownIncident, ObservedFamily } from './incident-rules.ts';
import { durationText, endingText, eventOf, recoveryText, subjectOf, titleOf, troubleText } from './incident-words.ts';

const MINUTE = 60_000;

const family = (id: string, state: State, since: number, troubledSince = since): ObservedFamily => ({
  component: `family:${id}`,
  title: id,
  state,
  since,
  troubledSince: state === 'up' ? null : troubledSince,
  reason: null,
});

const incident = (changes: Partial<KnownIncident> = {}): KnownIncident => ({
  id: 'one',
  state: 'down',
  components: ['family:v2'],
  told: { 'family:v2': 'down' },
  isAutomatic: true,
  openedAt: 0,
  closedAt: null,
  closedByOperator: false,
  relapses: 0,
  room: 150,
  ...changes,
});

const both = incident({
  components: ['family:v2', 'family:v3'],
  told: { 'family:v2': 'down', 'family:v3': 'down' },
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
    const slow = incident({ state: 'degraded', told: { 'family:v2': 'degraded' } });
    expect(decide(0, [family('v2', 'down', 0)], slow)).toEqual(['add one v2']);
    expect(decide(0, [family('v2', 'down', 0)], incident())).toEqual([]);
    const half = [family('v2', 'up', 0), family('v3', 'down', 0)];
    expect(decide(MINUTE, half, both)).toEqual(['recover one v2']);
    const recovered: KnownIncident = { ...both, told: { ...both.told, 'family:v2': 'up' } };
    expect(decide(MINUTE, half, recovered)).toEqual([]);
    const again = [family('v2', 'down', MINUTE), family('v3', 'down', 0)];
    expect(decide(MINUTE, again, recovered)).toEqual(['add one v2']);
  });

  it('close when all has worked for a while, not because nobody looks', () => {
    expect(decide(INCIDENT_POLICY.closeAfterMs - 1, [family('v2', 'up', 0)], incident())).toEqual([]);
    expect(decide(INCIDENT_POLICY.closeAfterMs, [family('v2', 'up', 0)], incident())).toEqual(['close one works']);
    expect(decide(MINUTE, [family('v2', 'unknown', 0)], incident())).toEqual([]);
  });

  it('say whether what closes them is that it works, that it is maintained or that it is gone', () => {
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
    const relapsed = { ...both, relapses: 1 };
    const half = [family('v2', 'up', 0), family('v3', 'down', 0)];
    expect([decide(39_999, half, relapsed), decide(40_000, half, relapsed)]).toEqual([[], ['recover one v2']]);
  });

  it('open again when the same fails soon after', () => {
    const closed = incident({ closedAt: MINUTE });
    expect(decide(2 * MINUTE, [family('v2', 'down', 2 * MINUTE)], closed)).toEqual(['reopen one v2']);
    expect(decide(2 * MINUTE, [family('v3', 'down', 2 * MINUTE)], closed)).toEqual(['open v3']);
    expect(decide(20 * MINUTE, [family('v2', 'down', 20 * MINUTE)], closed)).toEqual(['open v2']);
  });

  it('stay closed for the same trouble when an operator closed them, from when it was last up to when it is up again', () => {
    const closed = incident({ closedAt: MINUTE, closedByOperator: true });
    expect(decide(2 * MINUTE, [family('v2', 'down', 0)], closed)).toEqual([]);
    expect(decide(9 * MINUTE, [family('v2', 'degraded', 5 * MINUTE, 0)], closed)).toEqual([]);
    expect(decide(9 * MINUTE, [family('v2', 'down', 8 * MINUTE, 0)], closed)).toEqual([]);
    expect(decide(3 * MINUTE, [family('v2', 'down', 2 * MINUTE)], closed)).toEqual(['reopen one v2']);
  });

  it('open again when what an operator closed as slow is down', () => {
    const told = { 'family:v2': 'degraded' } as const;
    const closed = incident({ state: 'degraded', told, closedAt: MINUTE, closedByOperator: true });
    expect(decide(3 * MINUTE, [family('v2', 'degraded', 0)], closed)).toEqual([]);
    expect(decide(3 * MINUTE, [family('v2', 'down', 2 * MINUTE, 0)], closed)).toEqual(['reopen one v2']);
  });

  it('open again for that family alone which was slow when an operator closed them, whatever their state was', () => {
    const told = { 'family:v2': 'down', 'family:v3': 'degraded' } as const;
    const closed = incident({ components: both.components, told, closedAt: MINUTE, closedByOperator: true });
    const [v2, v3] = [family('v2', 'down', 0), family('v3', 'down', 2 * MINUTE, 0)];
    expect(decide(3 * MINUTE, [v2, v3], closed)).toEqual(['reopen one v3']);
    expect(decide(3 * MINUTE, [v2], { ...closed, state: 'degraded' })).toEqual([]);
  });

  it('that an operator opened leave what they have no room for to one of its own', () => {
    const full = incident({ isAutomatic: false, told: { 'family:v2': 'down' }, room: 1 });
    const down = family('v2', 'down', MINUTE);
    expect(decide(MINUTE, [down], full)).toEqual([]);
    const recovered = { ...full, told: { 'family:v2': 'up' } } as const;
    expect(decide(MINUTE, [down], recovered)).toEqual(['add one v2']);
    expect(decide(MINUTE, [down], { ...recovered, room: 0 })).toEqual(['open v2']);
    const all = ['family:v2', 'family:v3'];
    expect(decide(MINUTE, [down, family('v3', 'down', 0)], { ...recovered, components: all })).toEqual(['open v2+v3']);
    const own = incident({ id: 'own' });
    expect(decide(MINUTE, [down], { ...recovered, room: 0 }, own)).toEqual([]);
  });

  it('that an operator opened tell what is seen of their families, and stay open when it is over', () => {
    const own = incident({ isAutomatic: false, state: 'degraded', told: {} });
    expect(decide(MINUTE, [family('v2', 'up', 0)], own)).toEqual([]);
    expect(decide(MINUTE, [family('v2', 'down', MINUTE)], own)).toEqual(['add one v2']);
    expect(decide(MINUTE, [family('v2', 'degraded', 0)], own)).toEqual(['add one v2']);
    const told = incident({ isAutomatic: false });
    expect(decide(2 * MINUTE, [family('v2', 'down', MINUTE)], told)).toEqual([]);
    expect(decide(2 * MINUTE, [family('v2', 'up', MINUTE)], told)).toEqual(['recover one v2']);
  });

  it('open by themselves for what is still down when an operator closed his own', () => {
    const own = incident({ isAutomatic: false, closedAt: MINUTE, closedByOperator: true });
    expect(decide(2 * MINUTE, [family('v2', 'down', 0)], own)).toEqual(['open v2']);
  });

  it('tell of a family where they opened by themselves rather than where an operator did', () => {
    const own = incident({ id: 'own', isAutomatic: false, told: {} });
    expect(decide(2 * MINUTE, [family('v2', 'down', 0)], own, incident())).toEqual([]);
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

const toldOf = ({ state }: ObservedFamily): 'down' | 'degraded' => (state === 'down' ? 'down' : 'degraded');

function apply(book: Map<string, KnownIncident>, action: IncidentAction, now: number): void {
  if (action.kind === 'open') {
    const state = action.families.some((each) => each.state === 'down') ? 'down' : 'degraded';
    const components = action.families.map(({ component }) => component);
    const told = Object.fromEntries(action.families.map((each) => [each.component, toldOf(each)]));
    book.set(String(book.size), incident({ id: String(book.size), state, components, told, openedAt: now }));
    return;
  }
  const before = book.get(action.id);
  if (before === undefined) throw new Error(`no incident ${action.id}`);
  if (action.kind === 'close') {
    const told = Object.fromEntries(before.components.map((each) => [each, 'up'] as const));
    book.set(action.id, { ...before, closedAt: now, told });
  } else if (action.kind === 'recover') {
    book.set(action.id, { ...before, told: { ...before.told, [action.family.component]: 'up' } });
  } else {
    const { component, state } = action.family;
    const again = action.kind === 'reopen' || before.told[component] === 'up';
    book.set(action.id, {
      ...before,
      closedAt: null,
      components: [...new Set([...before.components, component])],
      told: { ...before.told, [component]: toldOf(action.family) },
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

  it('calls nothing over that is not', () => {
    const news = ['works', 'maintained', 'unobserved', 'closed'] as const;
    expect(news.map((each) => `${eventOf(each)} ${subjectOf(each, 'v2 is down')}`)).toEqual([
      'incident.closed Over: v2 is down',
      'incident.closed Under maintenance: v2 is down',
      'incident.closed No longer observed: v2 is down',
      'incident.closed Closed: v2 is down',
    ]);
    expect([eventOf('updated'), subjectOf('opened', 'v2 is down')]).toEqual(['incident.updated', 'v2 is down']);
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
