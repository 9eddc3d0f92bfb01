/** Whom the balancer turns away when it is short itself. */
import { describe, expect, it } from '@jest/globals';

import type { Criticality } from './criticality.ts';
import { Pressure } from './pressure.ts';
import type { LoopTurn } from './pressure.ts';

const BUSY: LoopTurn = { lateMs: 300, rested: 0, ran: 0.95 };
const ALL: readonly Criticality[] = [0, 1, 2, 3, 4];

function turned(turn: Partial<LoopTurn>, times = 100): Pressure {
  const pressure = new Pressure(100);
  for (let each = 0; each < times; each++) pressure.turned({ ...BUSY, ...turn });
  return pressure;
}

/** Of a hundred of each criticality, spread evenly over chance. */
const taken = (pressure: Pressure, held = 0): readonly number[] =>
  ALL.map((each) => Array.from({ length: 100 }, (_, at) => pressure.takes(each, held, () => at / 100))).map(
    (answers) => answers.filter(Boolean).length,
  );

describe('a balancer whose event loop is late by its own work', () => {
  it('turns the least critical away first, and never everybody', () => {
    expect(taken(turned({}, 2))).toEqual([100, 100, 100, 100, 100]);
    expect(taken(turned({}, 4))).toEqual([0, 100, 100, 100, 100]);
    expect(taken(turned({}, 5))).toEqual([0, 50, 100, 100, 100]);
    expect(taken(turned({}))).toEqual([0, 0, 10, 100, 100]);
  });

  it('takes all again soon after', () => {
    const pressure = turned({});
    for (let each = 0; each < 15; each++) pressure.turned({ lateMs: 2, rested: 0.5, ran: 0.4 });
    expect(taken(pressure)).toEqual([100, 100, 100, 100, 100]);
  });
});

describe('a balancer whose event loop is late for another reason', () => {
  it.each([
    ['others have the processors, and it has little to do', { rested: 0.6, ran: 0.05 }],
    ['others have the processors, and it always has something to do', { rested: 0, ran: 0.3 }],
    ['its thread waits for a disk', { rested: 0, ran: 0.01 }],
    ['it was late once', { lateMs: 0, rested: 0, ran: 1 }],
  ])('takes everybody: %s', (_why, turn) => {
    const pressure = turned(turn);
    expect(taken(pressure)).toEqual([100, 100, 100, 100, 100]);
    expect(pressure.level).toBe(0);
  });

  it('says by how much it is late all the same', () => {
    expect(turned({ ran: 0.1 }).delayMs).toBe(300);
  });
});

it('keeps room for those who are more critical than others when it holds many requests', () => {
  const pressure = new Pressure(100);
  expect([59, 60, 75, 85, 95, 100].map((held) => taken(pressure, held).map((count) => count > 0))).toEqual([
    [true, true, true, true, true],
    [false, true, true, true, true],
    [false, false, true, true, true],
    [false, false, false, true, true],
    [false, false, false, false, true],
    [false, false, false, false, false],
  ]);
});
