/** A push that is unlisted from its first moment on: who restores a feed must not show, even for a moment, what was hidden. */
import type { IncomingHttpHeaders } from 'node:http';
import { ProblemError } from '@feedfleet/problems';

const HEADER = 'X-Feedfleet-Listed';

/** @throws ProblemError `FF_INVALID_REQUEST` for anything but `true`, `false` and no header. */
export function readListed(headers: IncomingHttpHeaders): boolean {
  const given = headers[HEADER.toLowerCase()];
  if (given === undefined || given === 'true') return true;
  if (given === 'false') return false;
  const shown = JSON.stringify(String(given).slice(0, 80));
  throw new ProblemError('invalidRequest', { detail: `${HEADER}: expected true or false, got ${shown}` });
}
