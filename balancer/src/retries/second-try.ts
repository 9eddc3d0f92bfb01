/**
 * Which requests may be made once more at another instance. Pure.
 *
 * Never after a byte of an answer. A request of which nothing was sent may always be sent; one that was is repeated only where asking twice does no
 * more than asking once, and where its body can still be read. Calls that others wait for are not repeated: who asked repeats.
 */
import type { FamilyBalancing } from '@feedfleet/registry-client';
import type { Traffic, TrafficClass } from '../traffic.ts';
import type { Unanswered } from '../transport.ts';

/** A second try with less time, in milliseconds, would hardly be answered. */
const LEAST_TIME_MS = 20;

export interface FailedTry {
  readonly traffic: Traffic;
  readonly outcome: Unanswered;
  readonly remainingMs: number;
}

export function mayTryAgain({ traffic, outcome, remainingMs }: FailedTry): boolean {
  if (isNested(traffic.class) || remainingMs < LEAST_TIME_MS) return false;
  switch (outcome.termination) {
    case 'upstream_refused':
    case 'upstream_unreachable':
    case 'connect_timeout':
    case 'upstream_reset':
    case 'upstream_truncated':
    case 'upstream_stalled':
    case 'upstream_invalid':
      return outcome.sent === 'nothing' || (outcome.sent === 'head' && traffic.isIdempotent);
    case 'deadline':
    case 'client_gone':
    case 'client_stalled':
    case 'body_too_large':
    case 'framing_refused':
    case 'cancelled':
      return false;
  }
}

export interface Hedgeable {
  readonly traffic: Traffic;
  readonly method: string | undefined;
  readonly hasBody: boolean;
  readonly balancing: Pick<FamilyBalancing, 'hedgeAfterMs'> | undefined;
}

/** After how long without an answer the request is also made at another instance, in milliseconds; `undefined` for never. */
export function hedgeAfterMs({ traffic, method, hasBody, balancing }: Hedgeable): number | undefined {
  const afterMs = balancing?.hedgeAfterMs ?? null;
  if (afterMs === null || hasBody || isNested(traffic.class)) return undefined;
  return method === 'GET' || method === 'HEAD' ? afterMs : undefined;
}

/** Whether somebody made it for another request: an endpoint of this fleet or of another one. */
function isNested(trafficClass: TrafficClass): boolean {
  return trafficClass.startsWith('fan-out-') || trafficClass.startsWith('foreign-');
}
