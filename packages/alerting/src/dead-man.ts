/** A dead-man switch: who watches says so all the time, so that silence is a fault by itself and never takes the place of good news. */

/** For how long an observer may say nothing. */
export const DEAD_MAN_MS = 300_000;

export interface WatchedObserver {
  readonly name: string;
  /** When it was last heard of, or was registered if it never was; milliseconds since the epoch. `null`: neither is known. */
  readonly awaitedSinceMs: number | null;
}

/**
 * @param listeningSinceMs - when the process began to listen: what was missed before is no fault of the observers.
 * @returns names of those that are silent; `all` when nobody is left who looks.
 */
export function silentObservers(
  observers: readonly WatchedObserver[],
  nowMs: number,
  listeningSinceMs: number,
): { readonly names: readonly string[]; readonly all: boolean } {
  const silent = observers.filter(
    ({ awaitedSinceMs }) => nowMs - Math.max(awaitedSinceMs ?? listeningSinceMs, listeningSinceMs) > DEAD_MAN_MS,
  );
  return { names: silent.map(({ name }) => name), all: silent.length > 0 && silent.length === observers.length };
}
