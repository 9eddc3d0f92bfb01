/** A dead-man switch: who watches says so all the time, so that silence is a fault by itself and never takes the place of good news. */

/** For how long an observer may say nothing. */
export const DEAD_MAN_MS = 300_000;

export interface WatchedObserver {
  readonly name: string;
  /** Milliseconds since the epoch; `null`: never heard of, so it was only just added. */
  readonly lastSeenMs: number | null;
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
  const heard = observers.filter(({ lastSeenMs }) => lastSeenMs !== null);
  const silent = heard.filter(({ lastSeenMs }) => nowMs - Math.max(lastSeenMs ?? 0, listeningSinceMs) > DEAD_MAN_MS);
  return { names: silent.map(({ name }) => name), all: silent.length > 0 && silent.length === heard.length };
}
