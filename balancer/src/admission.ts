/** What is refused before any byte goes to an endpoint, whichever engine would carry it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { framingOf } from './request-framing.ts';
import type { RequestFraming } from './request-framing.ts';
import type { Failure, ForwardOptions, Unanswered } from './transport.ts';

export type Admission = { readonly outcome: 'admitted'; readonly framing: RequestFraming } | Unanswered;

export function admit(
  request: IncomingMessage,
  response: ServerResponse,
  { maxBodyBytes, signal }: Pick<ForwardOptions, 'maxBodyBytes' | 'signal'>,
): Admission {
  const framing = framingOf(request.headers);
  if (framing === 'refused') return unanswered('framing_refused');
  if (framing === 'length' && Number(request.headers['content-length']) > maxBodyBytes) {
    return unanswered('body_too_large');
  }
  if (signal?.aborted === true) return unanswered('cancelled');
  if (response.destroyed) return unanswered('client_gone');
  return { outcome: 'admitted', framing };
}

function unanswered(termination: Failure): Admission {
  return { outcome: 'unanswered', termination, sent: 'nothing' };
}
