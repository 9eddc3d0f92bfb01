/** What a failure means for the next request. */
import type { BreakerFault } from './breaker.ts';
import type { SourceFailure } from './source-failure.ts';

/** A source that had less time than this cannot be called slow, unless its own limit is shorter still. */
const FAIR_CHANCE_MS = 1_000;
/** The part of its own limit that was a fair chance: some of the time goes by before the source is asked. */
const FAIR_SHARE = 0.9;

const RETRIED_STATUSES: readonly (number | undefined)[] = [500, 502, 503, 504];
const WISHING_STATUSES: readonly (number | undefined)[] = [429, 503];

export interface FaultContext {
  /** False: where a redirect of the source led. */
  readonly isAtOrigin: boolean;
  readonly hadMs: number;
  readonly timeoutMs: number;
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
      if (context.hadMs < Math.min(FAIR_CHANCE_MS, FAIR_SHARE * context.timeoutMs)) return undefined;
      return { reason, retryAfterMs: 0, isTotal: false };
    case 'tls':
    case 'certificateExpired':
      return { reason, retryAfterMs: 0, isTotal: context.isAtOrigin };
    case 'status': {
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
