/** The body of a POST, as bounded text. */
import type { IncomingMessage } from 'node:http';

import { ProblemError } from '@feedfleet/problems';

/** Long enough for the ids and versions of some thousand packages in a `GetUpdates`. */
const MAX_TEXT_BYTES = 64 * 1024;

/**
 * What comes past the bound is read and dropped, so that the client gets to read why it was refused.
 *
 * @returns the whole body as UTF-8.
 * @throws {ProblemError} `FF_BODY_TOO_LARGE` past 64 KiB; the signal's reason when it aborts.
 */
export function readText(request: IncomingMessage, signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  const onData = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes <= MAX_TEXT_BYTES) chunks.push(chunk);
    else fail(tooLarge());
  };
  const onEnd = (): void => {
    resolve(Buffer.concat(chunks).toString('utf8'));
  };
  const fail = (reason: unknown): void => {
    request.off('data', onData).resume();
    reject(reason);
  };
  const onAbort = (): void => {
    fail(signal.reason);
  };
  if (signal.aborted) onAbort();
  else request.on('data', onData).once('end', onEnd).once('error', fail);
  signal.addEventListener('abort', onAbort, { once: true });
  return promise.finally(() => {
    signal.removeEventListener('abort', onAbort);
    request.off('end', onEnd).off('data', onData);
  });
}

function tooLarge(): ProblemError {
  return new ProblemError('bodyTooLarge', {
    detail: `the body of a query may have ${MAX_TEXT_BYTES} bytes`,
    headers: { connection: 'close' },
  });
}
