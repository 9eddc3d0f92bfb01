/** How long each request to the server with known delays takes when nobody is late: neither the generator nor the server. Pure. */

/** 90 % of the requests take 1 ms, 9 % 10 ms, 0.9 % 50 ms, 0.1 % 200 ms, in no order. */
export function delayOf(turn: number): number {
  const place = (turn * 617) % 1000;
  if (place < 900) return 1;
  if (place < 990) return 10;
  return place < 999 ? 50 : 200;
}

/** Times by one clock, in milliseconds. */
export interface Stall {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * From when a request was to start until it is answered: after its delay; a server that stands still reads it, or answers it, at the end of that.
 *
 * @param intendedMs - when it was to start, by the clock of the stall.
 */
export function knownLatencyMs(intendedMs: number, delayMs: number, { startMs, endMs }: Stall): number {
  const isStill = (at: number): boolean => at >= startMs && at < endMs;
  if (isStill(intendedMs)) return endMs + delayMs - intendedMs;
  return isStill(intendedMs + delayMs) ? endMs - intendedMs : delayMs;
}
