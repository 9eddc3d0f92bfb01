/**
 * Families that keep a processor busy stand back for the others as long as they do: they get what nobody else wants, and a smaller part of
 * what somebody else wants too. So a family that computes without end costs the others little, and nothing where processors are idle.
 */
import { BusyJudge } from './busy-judge.ts';
import type { Scheduling } from './linux-scheduling.ts';

export interface StandingBackOptions {
  readonly scheduling: Scheduling;
  /** Milliseconds from any fixed point. */
  readonly now: () => number;
  /** Told when a process begins to stand back, and when it is over, now and then. */
  readonly tell: (label: string, standsBack: boolean) => void;
}

const LOOK_MS = 200;
/** A tenth of the weight of the others. Source: Linux, kernel/sched/core.c, `sched_prio_to_weight`. */
const NICE = 10;
/** One that does it all the time is told of once in a while. */
const TOLD_EVERY_MS = 60_000;

interface Watched {
  readonly id: number;
  readonly label: string;
  readonly judge: BusyJudge;
  standsBack: boolean;
  /** Whether it was told of that it stands back. */
  isTold: boolean;
}

export class StandingBack {
  readonly #options: StandingBackOptions;
  /** By instance. */
  readonly #watched = new Map<string, Watched>();
  readonly #toldAt = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: StandingBackOptions) {
    this.#options = options;
  }

  /** From now on, in place of the former process of the instance. One that is starting is better left alone: somebody waits for it. */
  watch(instance: string, { id, label }: { readonly id: number; readonly label: string }): void {
    this.#watched.set(instance, { id, label, judge: new BusyJudge(), standsBack: false, isTold: false });
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
  }

  /** It has ended; somebody else may get its id. */
  forget(instance: string): void {
    this.#watched.delete(instance);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#watched.clear();
  }

  #look(): void {
    const { scheduling, now } = this.#options;
    for (const [instance, watched] of this.#watched) {
      const ranMs = scheduling.ranMs(watched.id);
      if (ranMs === undefined) {
        this.#watched.delete(instance);
        continue;
      }
      const standsBack = watched.judge.look(ranMs, now()) === 'busy';
      if (standsBack === watched.standsBack || !scheduling.setNice(watched.id, standsBack ? NICE : 0)) continue;
      watched.standsBack = standsBack;
      this.#tell(instance, watched);
    }
  }

  #tell(instance: string, watched: Watched): void {
    const { now, tell } = this.#options;
    const { label, standsBack, isTold } = watched;
    watched.isTold = standsBack && now() - (this.#toldAt.get(instance) ?? -Infinity) >= TOLD_EVERY_MS;
    if (watched.isTold) this.#toldAt.set(instance, now());
    if (watched.isTold || isTold) tell(label, standsBack);
  }
}
