/**
 * The least average rate of an upload. Without it a byte now and then keeps an upload alive for ever, and its place with it.
 *
 * Only the time that is spent waiting for the client counts: a slow disk is not the client's fault.
 */
import { ProblemError } from '@feedfleet/problems';

export interface UploadRateLimits {
  /** Bytes a second, on average since the first wait; 0 for any. */
  readonly minBytesPerSecond: number;
  /** How long a client may take before its rate is judged, in ms. */
  readonly graceMs: number;
}

/**
 * Passes a body on as long as it comes fast enough. Judged as bytes arrive; that none arrive at all is for a deadline to end.
 *
 * @param clock - milliseconds, monotonic.
 * @throws ProblemError `FF_REQUEST_TIMEOUT` when the body is too slow.
 */
export async function* fastEnough(
  body: AsyncIterable<Uint8Array>,
  { minBytesPerSecond, graceMs }: UploadRateLimits,
  clock: () => number,
): AsyncGenerator<Uint8Array> {
  let waitedMs = 0;
  let bytes = 0;
  let askedAt = clock();
  for await (const chunk of body) {
    waitedMs += clock() - askedAt;
    bytes += chunk.length;
    if (waitedMs > graceMs && bytes * 1000 < minBytesPerSecond * waitedMs) throw tooSlow(minBytesPerSecond);
    yield chunk;
    askedAt = clock();
  }
}

function tooSlow(minBytesPerSecond: number): ProblemError {
  const detail = `the body of the request arrived at less than ${minBytesPerSecond} bytes per second on average`;
  return new ProblemError('requestTimeout', { detail });
}
