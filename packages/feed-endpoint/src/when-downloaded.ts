/** When an answer to a request counts as a download. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** A part that starts elsewhere belongs to a download that began before, and was counted then. */
const LATER_PART = /^bytes=\s*(?:0*[1-9]|-)/i;

/**
 * Calls `count` when the package has been handed over as a whole, or in a part that holds its beginning: not for HEAD, nor for an
 * answer that says that nothing has changed, nor when the client goes before the end. To be called before the answer is sent.
 */
export function whenDownloaded(request: IncomingMessage, response: ServerResponse, count: () => void): void {
  if (request.method !== 'GET') return;
  response.once('finish', () => {
    const { statusCode } = response;
    if (statusCode === 200 || (statusCode === 206 && !LATER_PART.test(request.headers.range ?? ''))) count();
  });
}
