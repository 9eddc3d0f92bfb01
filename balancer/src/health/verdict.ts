/**
 * What an attempt says of the instance that it was made at. Pure.
 *
 * An endpoint is not blamed for a package source, for a client that went away, or for a deadline that the client made short; nor for
 * 508, which is about the query.
 */
import type { Attempt } from '../pools/pools.ts';
import type { Termination } from '../transport.ts';

export type Verdict = 'success' | 'failure' | 'neutral';

/** Who gave an instance less, in milliseconds, cannot blame it for being late. */
const BLAMED_TIMEOUT_MS = 5_000;
const FAILED_STATUSES: ReadonlySet<number> = new Set([500, 502, 503, 504]);

export function verdictOf({ outcome, isSourceFault, timeoutMs }: Attempt): Verdict {
  const isLateOnly = timeoutMs < BLAMED_TIMEOUT_MS;
  if (isSourceFault) return 'neutral';
  if (outcome.termination !== 'complete') return verdictOfFailure(outcome.termination, isLateOnly);
  if (!FAILED_STATUSES.has(outcome.status)) return 'success';
  return outcome.status === 504 && isLateOnly ? 'neutral' : 'failure';
}

function verdictOfFailure(termination: Exclude<Termination, 'complete'>, isLateOnly: boolean): Verdict {
  switch (termination) {
    case 'upstream_refused':
    case 'upstream_unreachable':
    case 'connect_timeout':
    case 'upstream_reset':
    case 'upstream_truncated':
    case 'upstream_invalid':
    case 'upstream_stalled':
      return 'failure';
    case 'deadline':
      return isLateOnly ? 'neutral' : 'failure';
    case 'client_gone':
    case 'client_stalled':
    case 'body_too_large':
    case 'framing_refused':
    case 'cancelled':
      return 'neutral';
  }
}
