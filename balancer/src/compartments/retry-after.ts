/** When somebody who was turned away should come again. Pure. */

export interface Backlog {
  readonly waiting: number;
  /** Turned away in the last second: they come again too. */
  readonly refused: number;
  /** Requests that are finished in a second; `undefined` where nobody knows. */
  readonly perSecond: number | undefined;
}

const LEAST_SECONDS = 1;
const MOST_SECONDS = 30;
const UNKNOWN_SECONDS = 2;

/**
 * Until all that wait and all that were turned away are served, give or take a half, so that they do not come back at once.
 *
 * @param drawn - a random number from 0 to below 1.
 * @returns whole seconds, 1 to 30.
 */
export function retryAfterSeconds({ waiting, refused, perSecond }: Backlog, drawn: number): number {
  const seconds = perSecond === undefined ? UNKNOWN_SECONDS : (waiting + refused) / Math.max(perSecond, 0.1);
  return Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, Math.ceil(seconds * (0.5 + drawn))));
}
