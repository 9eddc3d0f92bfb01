/** What the status process does by itself: each second it looks at the states, each minute it sums up, each hour it removes what is old. */
import { Rounds } from '@feedfleet/host';
import type { Logger } from '@feedfleet/host';
import type { Clock } from '@feedfleet/registry-client';
import { HOUR_MS } from '@feedfleet/uptime';

interface UpkeepWork {
  look(): void;
  sumUp(signal: AbortSignal): Promise<void>;
  removeOld(signal: AbortSignal): Promise<void>;
}

interface UpkeepOptions {
  readonly work: UpkeepWork;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'error'>;
}

const restMs = 1000;
const sumUpMs = 60_000;

export function openUpkeep({ work, clock, log }: UpkeepOptions): Rounds {
  let [summedUpAt, removedAt] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  // A clock that was set back does not stop it.
  const isOver = (since: number, lengthMs: number, now: number): boolean => now < since || now - since >= lengthMs;
  return new Rounds({
    work: async (signal) => {
      const now = clock.now();
      work.look();
      if (isOver(summedUpAt, sumUpMs, now)) {
        await work.sumUp(signal);
        summedUpAt = now;
      }
      if (isOver(removedAt, HOUR_MS, now)) {
        await work.removeOld(signal);
        removedAt = now;
      }
    },
    restMs,
    clock,
    failed: (error) => log.error('the status of the fleet cannot be kept', error),
  });
}
