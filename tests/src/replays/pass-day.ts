/** A day, step by step: what is done at its time, and what the status page said when each step was over. */
import { setTimeout as delay } from 'node:timers/promises';

import type { LoadRun } from '@feedfleet/load';

import type { DayTime, ReplayClock } from './replay-clock.ts';
import type { Said, StatusWatch } from './status-watch.ts';

export interface Step<Deed> {
  readonly at: DayTime;
  /** Requests that start from then on belong to it. */
  readonly phase: string;
  /** What happened in 2013. */
  readonly then: string;
  /** What somebody does to the fleet in the replay, in this order. */
  readonly deeds: readonly Deed[];
  /** The same for the reader. */
  readonly now: string;
}

export interface PassingDay<Deed> {
  readonly steps: readonly Step<Deed>[];
  readonly end: DayTime;
  readonly clock: ReplayClock;
  readonly status: StatusWatch;
  readonly run: Pick<LoadRun, 'enter'>;
  /** A time that has to fall on a whole second of this machine's clock. */
  readonly onSecond?: DayTime;
  /** Called when the clock runs. */
  readonly begun?: () => void;
  readonly act: (deed: Deed) => Promise<void>;
}

/** After its deeds, which may take longer than there is time on a clock that is much compressed, in milliseconds. */
const SHORTEST_PHASE_MS = 300;

/** @returns what the page said at the end of each phase. */
export async function passDay<Deed>(day: PassingDay<Deed>): Promise<ReadonlyMap<string, Said>> {
  const { steps, end, clock, status, run, act, begun, onSecond } = day;
  const saidIn = new Map<string, Said>();
  await status.begin();
  if (onSecond === undefined) clock.begin();
  else await clock.beginOnSecondOf(onSecond);
  begun?.();
  for (const [place, { at, phase, deeds }] of steps.entries()) {
    await clock.until(at);
    run.enter(phase);
    for (const deed of deeds) await act(deed);
    await Promise.all([clock.until(steps[place + 1]?.at ?? end), delay(SHORTEST_PHASE_MS)]);
    saidIn.set(phase, status.latest);
  }
  await status.end();
  return saidIn;
}

/** Looks of the page, for `processes.status`. A look that takes longer than what it was begun for says nothing. */
export function statusSettings(probeMs: number): Readonly<Record<string, number>> {
  const intervalMs = Math.round(INTERVAL * probeMs);
  return {
    ...{ familyIntervalMs: intervalMs, instanceIntervalMs: 4 * intervalMs, writeIntervalMs: 20 * intervalMs },
    ...{ slowAnswerMs: Math.round(probeMs / 2), probeTimeoutMs: probeMs },
  };
}

/** As usual: 5 seconds, where an answer may take 4. */
const INTERVAL = 1.25;
