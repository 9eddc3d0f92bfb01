/** What a failure means for the next request. */
import type { BreakerFault } from '@feedfleet/resilience';
import type { SourceFailure } from './source-failure.ts';

/** The part of the time of its class that a source must have had: some of the time goes by before it is asked. */
const FAIR_SHARE = 0.9;
/** It says nothing of the source: the feed chain that it was asked with is longer than it takes. */
const TOO_LONG_A_CHAIN = 508;

const RETRIED_STATUSES: readonly (number | undefined)[] = [500, 502, 503, 504];
const WISHING_STATUSES: readonly (number | undefined)[] = [429, 503];

export interface FaultContext {
  /** False: where a redirect of the source led. */
  readonly isAtOrigin: boolean;
  readonly hadMs: number;
  /** Of the request, as `timeClass` tells. */
  readonly timeClassMs: number;
}

/** @returns undefined for what says nothing about the health of the source. */
export function faultOf(failure: SourceFailure, context: FaultContext): BreakerFault | undefined {
  const reason = failure.detail;
  switch (failure.kind) {
    case 'cancelled':
    case 'blockedAddress':
    case 'saturated':
    case 'breakerOpen':
      return undefined;
    case 'timeout':
      if (context.timeClassMs === 0 || context.hadMs < FAIR_SHARE * context.timeClassMs) return undefined;
      return { reason, retryAfterMs: 0, isTotal: false };
    case 'tls':
    case 'certificateExpired':
      return { reason, retryAfterMs: 0, isTotal: context.isAtOrigin };
    case 'status': {
      if (failure.status === TOO_LONG_A_CHAIN) return undefined;
      const retryAfterMs = WISHING_STATUSES.includes(failure.status) ? failure.retryAfterMs : 0;
      return { reason, retryAfterMs, isTotal: false };
    }
    case 'refused':
    case 'reset':
    case 'dns':
    case 'tooLarge':
    case 'badRedirect':
    case 'malformed':
      return { reason, retryAfterMs: 0, isTotal: false };
  }
}

/** Whether the same request may well succeed a moment later. One that asked to be left alone is. */
export function isWorthRetrying(failure: SourceFailure): boolean {
  switch (failure.kind) {
    case 'refused':
    case 'reset':
    case 'dns':
      return true;
    case 'status':
      return RETRIED_STATUSES.includes(failure.status) && failure.retryAfterMs === 0;
    case 'timeout':
    case 'tls':
    case 'certificateExpired':
    case 'blockedAddress':
    case 'tooLarge':
    case 'badRedirect':
    case 'breakerOpen':
    case 'saturated':
    case 'malformed':
    case 'cancelled':
      return false;
  }
}
