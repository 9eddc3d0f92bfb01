/** The end of a request: when its time is over, or when nobody waits any more. */
import { SourceFailure } from './source-failure.ts';

export interface Deadline {
  /** Aborts with a `SourceFailure`: `timeout` or `cancelled`. */
  readonly signal: AbortSignal;
  readonly remainingMs: () => number;
  /** Ends everything that hangs on it. */
  readonly abort: (failure: SourceFailure) => void;
  /** The time no longer counts; who waits still does. */
  readonly lift: () => void;
  /** Nothing hangs on it any more. */
  readonly close: () => void;
}

export function startDeadline(totalMs: number, waiting: AbortSignal, now: () => number): Deadline {
  const controller = new AbortController();
  const endMs = now() + totalMs;
  const late = (): void => controller.abort(new SourceFailure('timeout', { detail: 'the source took too long' }));
  const cancel = (): void => controller.abort(new SourceFailure('cancelled', { detail: 'nobody waits any more' }));
  const timer = setTimeout(late, totalMs);
  if (waiting.aborted) cancel();
  else if (totalMs <= 0) late();
  else waiting.addEventListener('abort', cancel);
  return {
    signal: controller.signal,
    remainingMs: () => endMs - now(),
    abort: (failure) => controller.abort(failure),
    lift: () => clearTimeout(timer),
    close: () => {
      clearTimeout(timer);
      waiting.removeEventListener('abort', cancel);
    },
  };
}
