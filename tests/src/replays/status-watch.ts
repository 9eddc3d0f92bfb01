/** What the status page of a fleet says while a day goes by, and how long each family was down by its own count. */
import { statusReportSchema } from '@feedfleet/status-model';
import type { StateTimes, StatusReport } from '@feedfleet/status-model';
import { eventually, portsOf } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import type { ReplayClock } from './replay-clock.ts';

/** One word of the page, from when on it stood there. */
export interface Said {
  /** By the clock of the replay. */
  readonly at: string;
  readonly sentence: string;
  readonly tips: readonly string[];
  /** Ids of the families that the page says to be down. */
  readonly down: readonly string[];
}

/** Of a family, in milliseconds. */
type Counted = Pick<StateTimes, 'up' | 'down'>;

const LOOK_EVERY_MS = 200;
const READY_LIMIT_MS = 60_000;
const COUNTED_LIMIT_MS = 75_000;

export class StatusWatch {
  readonly #fleet: Fleet;
  readonly #clock: ReplayClock;
  readonly #said: Said[] = [];
  #before: ReadonlyMap<string, Counted> = new Map();
  #after: ReadonlyMap<string, Counted> = new Map();
  #begunMs = 0;
  #endedMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(fleet: Fleet, clock: ReplayClock) {
    this.#fleet = fleet;
    this.#clock = clock;
  }

  get said(): readonly Said[] {
    return this.#said;
  }

  /** What stands there now. */
  get latest(): Said {
    return this.#said.at(-1) ?? { at: '', sentence: '', tips: [], down: [] };
  }

  /** Resolves once the page says that every family is up. */
  async untilUp(): Promise<void> {
    await eventually({ what: 'the status page finds all families up', limitMs: READY_LIMIT_MS }, async () => {
      const { families } = await this.#report();
      return families.length > 0 && families.every(({ state }) => state === 'up') ? true : undefined;
    });
  }

  async begin(): Promise<void> {
    this.#before = this.#after;
    await this.#look();
    this.#begunMs = performance.now();
    this.#timer = setInterval(() => {
      this.#looking = this.#looking.then(() => this.#look());
    }, LOOK_EVERY_MS);
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    this.#endedMs = performance.now() - this.#begunMs;
  }

  /** Resolves once the page has counted the time up to now, which it does every minute; to be called before the day and after it. */
  async untilCounted(): Promise<void> {
    const before = JSON.stringify([...countedIn(await this.#report())]);
    await eventually({ what: 'the status page counts the day', limitMs: COUNTED_LIMIT_MS }, async () => {
      const now = countedIn(await this.#report());
      if (JSON.stringify([...now]) === before) return undefined;
      this.#after = now;
      return true;
    });
  }

  /** Families in the order of the page, with the minutes of the day that they were down by its own count, and the share that they were not. */
  get availability(): ReadonlyMap<string, { readonly downMinutes: number; readonly uptime: number }> {
    const entries = [...this.#after].map(([family, after]) => {
      // What is still down when the day is over is counted for up to a minute more.
      const downMs = Math.min(this.#endedMs, after.down - (this.#before.get(family)?.down ?? 0));
      return [family, { downMinutes: this.#clock.minutesIn(downMs), uptime: 1 - downMs / this.#endedMs }] as const;
    });
    return new Map(entries);
  }

  /** A page that does not answer says nothing; that it did not is seen by its absence from the timeline. */
  async #look(): Promise<void> {
    const report = await this.#report().catch(() => undefined);
    if (report === undefined) return;
    const { sentence } = report.overall;
    const tips = report.families.flatMap(({ tip }) => tip?.text ?? []);
    const down = report.families.flatMap(({ id, state }) => (state === 'down' ? [id] : []));
    const now = { at: this.#clock.now(), sentence, tips, down };
    if (wordsOf(now) !== wordsOf(this.latest)) this.#said.push(now);
  }

  async #report(): Promise<StatusReport> {
    const answer = await fetch(`http://127.0.0.1:${portsOf(this.#fleet)['status-1'] ?? 0}/api/status`);
    return statusReportSchema.parse(await answer.json());
  }
}

const wordsOf = ({ sentence, tips }: Said): string => [sentence, ...tips].join('\n');

function countedIn({ families }: StatusReport): ReadonlyMap<string, Counted> {
  return new Map(
    families.map(({ id, days }) => {
      const sum = (of: keyof Counted): number => days.reduce((total, { times }) => total + times[of], 0);
      return [id, { up: sum('up'), down: sum('down') }];
    }),
  );
}
