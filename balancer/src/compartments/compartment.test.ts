/** A compartment: what it holds, whom it lets wait, and whom it turns away. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { Compartment } from './compartment.ts';
import type { CompartmentBounds, Refused } from './compartment.ts';
import type { Passage, Permit } from './compartments.ts';
import { settled, VirtualTiming } from './virtual-timing.ts';

const DONE: Passage = { result: 'complete', status: 200, answeredMs: undefined, isSourceFault: false };
const BOUNDS: CompartmentBounds = { floor: 4, ceiling: 4, maxWaiting: 8, maxWaitMs: 1_000, feedShare: 0.5 };

interface Visitor {
  readonly feed: string;
  readonly abort: AbortController;
  readonly outcomes: (Permit | Refused)[];
  isInside: boolean;
}

class Setting {
  readonly timing = new VirtualTiming();
  readonly left: string[] = [];
  readonly compartment: Compartment;
  readonly visitors: Visitor[] = [];

  constructor(bounds: Partial<CompartmentBounds> = {}) {
    const told = (feed: string): void => void this.left.push(feed);
    this.compartment = new Compartment({ timing: this.timing, bounds: { ...BOUNDS, ...bounds }, left: told });
  }

  enter(feed: string, remainingMs = 60_000): Visitor {
    const deadline = this.timing.now() + remainingMs;
    const abort = new AbortController();
    const visitor: Visitor = { feed, abort, outcomes: [], isInside: false };
    this.visitors.push(visitor);
    const took = (entered: Permit | Refused): void => {
      visitor.outcomes.push(entered);
      visitor.isInside = entered.outcome === 'admitted';
    };
    const waiter = { remainingMs: () => deadline - this.timing.now(), signal: abort.signal };
    const entered = this.compartment.enter(feed, waiter);
    if (entered instanceof Promise) void entered.then(took);
    else took(entered);
    return visitor;
  }

  enterMany(feed: string, count: number): Visitor[] {
    return Array.from({ length: count }, () => this.enter(feed));
  }

  async leave(visitor: Visitor | undefined, passage = DONE): Promise<void> {
    const [entered] = visitor?.outcomes ?? [];
    if (visitor === undefined || entered?.outcome !== 'admitted') return;
    visitor.isInside = false;
    entered.leave(passage);
    await settled();
  }

  inside(feed?: string): Visitor[] {
    return this.visitors.filter((each) => each.isInside && (feed === undefined || each.feed === feed));
  }
}

const wordOf = ({ outcomes: [entered] }: Visitor): string =>
  entered === undefined ? 'waits' : entered.outcome === 'admitted' ? 'inside' : entered.why;
const words = (visitors: readonly Visitor[]): string[] => visitors.map(wordOf);

describe('a compartment', () => {
  it('holds one feed to its share, and lets others in beside it', () => {
    const setting = new Setting();
    expect(words(setting.enterMany('hog', 4))).toEqual(['inside', 'inside', 'waits', 'waits']);
    expect(words(setting.enterMany('calm', 2))).toEqual(['inside', 'inside']);
    expect(wordOf(setting.enter('third'))).toBe('waits');
  });

  it('turns a feed away whose own line is full, and others only when all lines are', () => {
    const setting = new Setting({ maxWaiting: 6 });
    expect(words(setting.enterMany('hog', 6))).toEqual(['inside', 'inside', 'waits', 'waits', 'waits', 'feed_full']);
    expect(words(setting.enterMany('calm', 6))).toEqual(['inside', 'inside', 'waits', 'waits', 'waits', 'feed_full']);
    expect(setting.compartment.waiting).toBe(6);
  });

  it('takes a place in full lines from the feed that has most of them', async () => {
    const setting = new Setting({ maxWaiting: 6 });
    const hog = setting.enterMany('hog', 5);
    setting.enterMany('calm', 5);
    const late = setting.enter('late');
    await settled();
    expect(wordOf(late)).toBe('waits');
    expect(words(hog)).toEqual(['inside', 'inside', 'waits', 'waits', 'feed_full']);
    setting.enter('late');
    expect(wordOf(setting.enter('later'))).toBe('waits');
    expect(setting.compartment.waiting).toBe(6);
  });

  it('turns away at once where nobody may wait', () => {
    const setting = new Setting({ maxWaiting: 0 });
    expect(words(setting.enterMany('a', 3))).toEqual(['inside', 'inside', 'feed_full']);
    expect(words(setting.enterMany('b', 2))).toEqual(['inside', 'inside']);
    expect(wordOf(setting.enter('c'))).toBe('full');
  });

  it('lets nobody wait for longer than the bound, nor than the request has', async () => {
    const setting = new Setting();
    setting.enterMany('a', 2);
    const patient = setting.enter('a');
    const hasty = setting.enter('a', 100);
    await setting.timing.advance(100);
    expect(words([patient, hasty])).toEqual(['waits', 'timed_out']);
    await setting.timing.advance(900);
    expect(wordOf(patient)).toBe('timed_out');
    expect(setting.compartment.waiting).toBe(0);
  });

  it('forgets a client that goes away at once, and gives its turn to the next', async () => {
    const setting = new Setting();
    const [first] = setting.enterMany('a', 2);
    const gone = setting.enter('a');
    const next = setting.enter('a');
    gone.abort.abort();
    await settled();
    expect(wordOf(gone)).toBe('gone');
    expect(setting.compartment.waiting).toBe(1);
    await setting.leave(first);
    expect(wordOf(next)).toBe('inside');
    expect(wordOf(await goneBefore(setting))).toBe('gone');
  });

  it('counts a permit that is given back twice once', async () => {
    const setting = new Setting();
    const [first] = setting.enterMany('a', 2);
    await setting.leave(first);
    await setting.leave(first);
    expect([setting.compartment.underWay, setting.left.length]).toEqual([1, 1]);
  });

  it('turns away at once whoever would wait in vain, by how fast others get through', async () => {
    const setting = new Setting({ ceiling: 2, floor: 2, maxWaiting: 1_000, feedShare: 1 });
    const inTurn = setting.enterMany('a', 40);
    for (let step = 0; step < 10; step++) {
      await setting.timing.advance(100);
      await setting.leave(setting.inside()[0]);
    }
    // Ten a second: of those that waited for a second nobody is left, and more than one in two seconds is too many.
    expect(inTurn.filter((each) => wordOf(each) === 'inside').length).toBeGreaterThanOrEqual(11);
    const refused = setting.enterMany('a', 50).filter((each) => wordOf(each) === 'feed_full');
    expect(setting.compartment.waiting).toBeLessThanOrEqual(6);
    expect(refused.length).toBeGreaterThanOrEqual(44);
    expect(wordOf(setting.enter('b'))).toBe('waits');
  });

  it('tells for how long a feed is refused for its own sake', async () => {
    const setting = new Setting({ maxWaiting: 2 });
    setting.enterMany('hog', 4);
    await setting.timing.advance(500);
    setting.enter('hog');
    expect([setting.compartment.refusedForMs('hog'), setting.compartment.refusedForMs('calm')]).toEqual([500, 0]);
    for (const visitor of setting.inside('hog')) await setting.leave(visitor);
    expect(setting.compartment.refusedForMs('hog')).toBe(0);
  });
});

describe('a compartment with greedy feeds', () => {
  it.each([2, 3, 5, 16])('gives each of %i its even part within one turn', async (feeds) => {
    const names = Array.from({ length: feeds }, (_, index) => `feed-${index}`);
    const setting = new Setting({ floor: 16, ceiling: 16, maxWaiting: 16 * feeds * 4, maxWaitMs: 60_000 });
    for (const name of names) setting.enterMany(name, 32);
    const before = setting.inside();
    for (const visitor of before) await setting.leave(visitor);
    const parts = names.map((name) => setting.inside(name).length);
    expect(Math.min(...parts)).toBeGreaterThanOrEqual(Math.floor(16 / feeds));
    expect(parts.reduce((sum, part) => sum + part, 0)).toBe(16);
  });

  it('gives a feed of slow requests no more places than one of fast ones', async () => {
    const setting = new Setting({ floor: 9, ceiling: 9, maxWaiting: 600, maxWaitMs: 60_000 });
    for (const name of ['slow-1', 'slow-2', 'fast']) setting.enterMany(name, 100);
    for (let step = 0; step < 60; step++) {
      const slow = step % 20 === 0 ? setting.inside(step % 40 === 0 ? 'slow-1' : 'slow-2')[0] : undefined;
      await setting.leave(slow ?? setting.inside('fast')[0]);
    }
    expect(['slow-1', 'slow-2', 'fast'].map((name) => setting.inside(name).length)).toEqual([3, 3, 3]);
  });
});

type Command =
  | { readonly do: 'enter'; readonly feed: string; readonly remainingMs: number }
  | { readonly do: 'leave' | 'abort'; readonly which: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'resize'; readonly ceiling: number };

const commands: fc.Arbitrary<Command[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: enterCommand() },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('leave' as const), which: fc.nat(50) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), which: fc.nat(50) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(700) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('resize' as const), ceiling: fc.integer({ min: 1, max: 8 }) }),
    },
  ),
  { maxLength: 80 },
);

function enterCommand(): fc.Arbitrary<Command> {
  return fc.record({
    do: fc.constant('enter' as const),
    feed: fc.constantFrom('a', 'b', 'c'),
    remainingMs: fc.constantFrom(50, 60_000),
  });
}

async function obey(setting: Setting, command: Command): Promise<void> {
  switch (command.do) {
    case 'enter':
      setting.enter(command.feed, command.remainingMs);
      return;
    case 'leave':
      await setting.leave(setting.inside()[command.which]);
      return;
    case 'abort':
      setting.visitors[command.which]?.abort.abort();
      return;
    case 'pass':
      await setting.timing.advance(command.ms);
      return;
    case 'resize':
      setting.compartment.resize({ ...BOUNDS, floor: 1, ceiling: command.ceiling });
  }
}

function expectNobodyForgotten(setting: Setting): void {
  const { underWay, waiting, limit } = setting.compartment;
  const share = Math.ceil(limit * BOUNDS.feedShare);
  const mayGo = setting.visitors.filter(
    (each) => wordOf(each) === 'waits' && setting.inside(each.feed).length < share && underWay < limit,
  );
  expect(mayGo).toEqual([]);
  expect(underWay).toBe(setting.inside().length);
  expect(waiting).toBe(setting.visitors.filter((each) => wordOf(each) === 'waits').length);
  expect(waiting).toBeLessThanOrEqual(BOUNDS.maxWaiting);
}

it('never holds more than its limit, loses nobody and ends each entry once, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (given) => {
      const setting = new Setting();
      for (const command of given) {
        const before = setting.inside().length;
        await obey(setting, command);
        await settled();
        const { limit } = setting.compartment;
        expect(setting.inside().length).toBeLessThanOrEqual(Math.max(limit, before));
        expectNobodyForgotten(setting);
      }
      for (let inside = setting.inside(); inside.length > 0; inside = setting.inside()) await setting.leave(inside[0]);
      await settled();
      expect(setting.visitors.every(({ outcomes }) => outcomes.length === 1)).toBe(true);
      const { underWay, waiting, feeds, idleSince } = setting.compartment;
      expect([underWay, waiting, feeds, idleSince]).toEqual([0, 0, 0, expect.any(Number)]);
      expect(setting.left).toHaveLength(
        setting.visitors.filter(({ outcomes: [entered] }) => entered?.outcome === 'admitted').length,
      );
    }),
  );
});

async function goneBefore(setting: Setting): Promise<Visitor> {
  const visitor = setting.enter('a');
  visitor.abort.abort();
  await settled();
  return visitor;
}
