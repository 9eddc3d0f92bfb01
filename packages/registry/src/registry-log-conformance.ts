/** What every registry log does, run over each implementation. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_BALANCING, RegistryView } from '@feedfleet/registry-client';
import type {
  ApiKey,
  Change,
  Datacenter,
  Instance,
  Operation,
  Quarantine,
  Reroute,
  Snapshot,
} from '@feedfleet/registry-client';
import fc from 'fast-check';

import type { RegistryLog } from './registry-log.ts';

export interface RegistryLogUnderTest {
  readonly log: RegistryLog;
  /** Another log on the same data, as the next start has it; the one before is closed. */
  readonly reopen: () => RegistryLog;
  readonly dispose: () => Promise<void>;
}

type CurrentLog = () => RegistryLogUnderTest;

const at = '2030-01-01T00:00:00.000Z';

function change(number: number, ...operations: Operation[]): Change {
  return { number, at, actor: 'somebody', summary: `change ${number}`, operations };
}

function family(id: string, title = ''): Operation {
  return { entity: 'family', id, value: { id, title, balancing: DEFAULT_BALANCING } };
}

/** One of each kind that only balancing has, and an instance, whose fields came one after another. */
function balancing(): readonly Operation[] {
  const reroute: Reroute = {
    ...{ id: 'r', family: 'f', to: 'g', feed: null, percent: 10, reason: 'why' },
    ...{ until: null, createdAt: at, actor: 'somebody' },
  };
  const quarantine: Quarantine = { id: 'q', reason: '', until: at, createdAt: at, actor: 'somebody' };
  const datacenter: Datacenter = { id: 'd', title: 'D', position: 1, writes: true, epoch: 2 };
  const instance: Instance = {
    ...{ id: 'i', family: 'f', url: 'http://127.0.0.1:5001', weight: 50, datacenter: 'd' },
    ...{ state: 'draining', pool: 'quarantine', release: '1.2' },
  };
  return [
    { entity: 'reroute', id: 'r', value: reroute },
    { entity: 'quarantine', id: 'q', value: quarantine },
    { entity: 'datacenter', id: 'd', value: datacenter },
    { entity: 'instance', id: 'i', value: instance },
  ];
}

function key(id: string): Operation {
  const value: ApiKey = {
    id,
    name: id,
    hash: '0'.repeat(64),
    owner: 'x',
    feeds: 'all',
    scopes: ['read'],
    packageGlobs: ['*'],
    createdAt: at,
    expiresAt: null,
  };
  return { entity: 'key', id, value };
}

function describeChanges(current: CurrentLog): void {
  it('is empty at first, and the same fleet for good', () => {
    const { log, reopen } = current();
    const first = log.snapshot();
    expect(first).toMatchObject({
      number: 0,
      feeds: [],
      keys: [],
      families: [],
      instances: [],
      routes: [],
      sources: [],
    });
    expect(reopen().snapshot()).toEqual(first);
  });

  it('gives changes after a number, oldest first, as many as were asked for', () => {
    const { log } = current();
    const changes = [1, 2, 3, 4].map((number) => change(number, family(`f${number}`)));
    changes.forEach((each) => log.append(each));
    expect(log.changesAfter(0, 100)).toEqual(changes);
    expect(log.changesAfter(1, 2)).toEqual(changes.slice(1, 3));
    expect(log.changesAfter(4, 100)).toEqual([]);
  });

  it('refuses a number that is taken, and changes nothing then', () => {
    const { log } = current();
    log.append(change(1, family('a')));
    expect(() => log.append(change(1, family('a', 'other'), family('b')))).toThrow(
      expect.objectContaining({ code: 'FF_STORE_UNAVAILABLE' }),
    );
    expect(log.snapshot().families).toEqual([{ id: 'a', title: '', balancing: DEFAULT_BALANCING }]);
  });

  it('remembers what was ever there', () => {
    const { log } = current();
    log.append(change(1, family('a')));
    log.append(change(2, { entity: 'family', id: 'a', value: null }));
    expect(log.hasEverHad('family', 'a')).toBe(true);
    expect(log.hasEverHad('family', 'b')).toBe(false);
    expect(log.hasEverHad('route', 'a')).toBe(false);
  });

  it('keeps what there is of balancing over a restart', () => {
    const { log, reopen } = current();
    const empty = RegistryView.of(log.snapshot());
    const next = change(1, ...balancing());
    log.append(next);
    expect(reopen().snapshot()).toEqual(empty.apply(next).toSnapshot());
  });

  it('has in its snapshot what a replay of its changes gives, also after a restart', () => {
    const { log, reopen } = current();
    const empty: Snapshot = log.snapshot();
    let view = RegistryView.of(empty);
    const step = fc.record({ id: fc.integer({ min: 0, max: 8 }), title: fc.string(), isDeleted: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        for (const { id, title, isDeleted } of steps) {
          const name = `f${id}`;
          if (isDeleted && view.familyById(name) === undefined) continue;
          const value = isDeleted ? null : { id: name, title, balancing: DEFAULT_BALANCING };
          const next = change(view.number + 1, { entity: 'family', id: name, value });
          log.append(next);
          view = view.apply(next);
        }
        expect(log.snapshot()).toEqual(view.toSnapshot());
      }),
      { numRuns: 20 },
    );
    const replayed = log.changesAfter(0, 100_000).reduce((each, next) => each.apply(next), RegistryView.of(empty));
    expect(replayed.toSnapshot()).toEqual(view.toSnapshot());
    expect(reopen().snapshot()).toEqual(view.toSnapshot());
  });
}

function describeKeyUses(current: CurrentLog): void {
  it('keeps the latest use of a key, and none of keys that are not there', () => {
    const { log, reopen } = current();
    log.append(change(1, key('a')));
    const later = '2030-02-01T00:00:00.000Z';
    expect(
      log.recordKeyUses([
        { keyId: 'a', lastUsedAt: later },
        { keyId: 'b', lastUsedAt: at },
      ]),
    ).toBe(1);
    log.recordKeyUses([{ keyId: 'a', lastUsedAt: at }]);
    expect([...reopen().keyUses()]).toEqual([['a', later]]);
  });

  it('forgets the use of a key with the key', () => {
    const { log } = current();
    log.append(change(1, key('a')));
    log.recordKeyUses([{ keyId: 'a', lastUsedAt: at }]);
    log.append(change(2, { entity: 'key', id: 'a', value: null }));
    expect(log.keyUses().size).toBe(0);
  });
}

function describeFollowers(current: CurrentLog): void {
  it('knows who followed also after a restart, each once, and not who left', () => {
    const { log, reopen } = current();
    for (const id of ['b', 'a', 'b', 'c']) log.rememberFollower(id);
    log.forgetFollower('c');
    log.forgetFollower('nobody');
    expect(reopen().followers()).toEqual(['a', 'b']);
  });
}

function describeInstanceNotes(current: CurrentLog): void {
  it('keeps the newest note about an instance until it is taken back', () => {
    const { log, reopen } = current();
    log.noteInstance('a', { leaseMs: 15_000 });
    log.noteInstance('a', { leaseMs: null, weight: 5, state: 'draining', pool: 'quarantine' });
    log.noteInstance('b', { leaseMs: 1_000 });
    log.noteInstance('b', null);
    const expected = [['a', { leaseMs: null, weight: 5, state: 'draining', pool: 'quarantine' }]];
    expect([...reopen().instanceNotes()]).toEqual(expected);
  });
}

export function describeRegistryLog(name: string, open: () => Promise<RegistryLogUnderTest>): void {
  describe(`the registry log on ${name}`, () => {
    let opened: RegistryLogUnderTest;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.dispose());
    const current: CurrentLog = () => opened;
    describeChanges(current);
    describeKeyUses(current);
    describeFollowers(current);
    describeInstanceNotes(current);
  });
}
