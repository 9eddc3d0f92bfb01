/** Who may see and change what is not for everybody: whoever has the operator token. */
import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import { ProblemError } from '@feedfleet/problems';
import { readCredentials } from '@feedfleet/registry-client';

/** Takes the same time wherever two tokens differ, and whatever their lengths are. */
function isSameToken(left: string, right: string): boolean {
  return timingSafeEqual(hash('sha256', left, 'buffer'), hash('sha256', right, 'buffer'));
}

function unauthenticated(detail: string): ProblemError {
  return new ProblemError('unauthenticated', { detail, headers: { 'www-authenticate': 'Bearer realm="feedfleet"' } });
}

/** @param token - of the operator; without one nobody is. */
export function isOperator(headers: IncomingHttpHeaders, token: string | undefined): boolean {
  if (token === undefined) return false;
  return readCredentials(headers, null).presented.some(({ key }) => isSameToken(key, token));
}

/**
 * For what is changed. A password that a browser keeps for the operators' page does not count: a browser sends it along with the forms of
 * any other site.
 *
 * @throws {ProblemError} `FF_UNAUTHENTICATED` for anybody else.
 */
export function requireOperator(headers: IncomingHttpHeaders, token: string | undefined): void {
  if (token === undefined) throw unauthenticated('This status process has no operator token: set registryToken.');
  const sent = readCredentials(headers, null).presented.filter(({ source }) => source !== 'basic');
  if (sent.some(({ key }) => isSameToken(key, token))) return;
  throw unauthenticated(sent.length === 0 ? 'Send the operator token as Bearer.' : 'The operator token is wrong.');
}
