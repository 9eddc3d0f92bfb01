/** What a failed exchange means to the client. Absent is not unknown: a family that is down is 503, never 404. */
import { ProblemError } from '@feedfleet/problems';
import type { Failure } from './transport.ts';

export interface FailedExchange {
  readonly family: string;
  readonly maxBodyBytes: number;
  readonly timeoutMs: number;
}

/** @returns `undefined` when there is nobody left to answer. */
export function problemOfFailure(failure: Failure, { family, ...limits }: FailedExchange): ProblemError | undefined {
  switch (failure) {
    case 'client_gone':
      return undefined;
    case 'client_stalled':
      return new ProblemError('requestTimeout', { detail: 'The body of the request stopped in the middle.' });
    case 'body_too_large':
      return new ProblemError('bodyTooLarge', {
        detail: `The balancer takes bodies of at most ${limits.maxBodyBytes} bytes.`,
        reason: `Too large: at most ${limits.maxBodyBytes} bytes`,
      });
    case 'framing_refused':
      return new ProblemError('invalidRequest', {
        detail: 'The body must have one Content-Length, or Transfer-Encoding: chunked and nothing else.',
      });
    case 'upstream_refused':
    case 'upstream_unreachable':
    case 'connect_timeout':
      return familyUnavailable(family);
    case 'deadline':
    case 'upstream_stalled':
      return new ProblemError('deadlineExceeded', {
        detail: `The family ${family} did not answer within ${limits.timeoutMs} ms.`,
        reason: `The deadline passed: ${family} did not answer in time`,
      });
    case 'upstream_reset':
    case 'upstream_truncated':
      return new ProblemError('endpointFailed', {
        detail: `The family ${family} closed the connection without an answer.`,
        reason: `The ${family} endpoint broke off`,
      });
    case 'upstream_invalid':
      return new ProblemError('endpointFailed', {
        detail: `The family ${family} sent what is no answer by HTTP's rules.`,
        reason: `The ${family} endpoint sent an invalid answer`,
      });
    case 'cancelled':
      return new ProblemError('draining');
  }
}

export function familyUnavailable(family: string): ProblemError {
  return new ProblemError('unavailable', {
    detail: `No instance of the family ${family} takes requests right now.`,
    reason: `Temporarily unavailable: the ${family} endpoint is down`,
  });
}
