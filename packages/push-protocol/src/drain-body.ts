/**
 * Reads and drops the rest of a request's body.
 *
 * nuget.exe 2.8.7 and 3.3 never look at an answer before they have sent everything: told "no" early, they say "the socket has
 * been shut down" instead of why. So what is left is read first, up to a bound.
 */
import type { IncomingMessage } from 'node:http';

export interface DrainLimits {
  readonly maxBytes: number;
  readonly maxMs: number;
}

/**
 * @returns `whole` when the body was read to its end; `cut` at a bound, or when the client went away.
 */
export function drainBody(request: IncomingMessage, limits: DrainLimits): Promise<'whole' | 'cut'> {
  if (request.readableEnded || request.complete) {
    request.resume();
    return Promise.resolve('whole');
  }
  if (request.destroyed) return Promise.resolve('cut');
  const { promise, resolve } = Promise.withResolvers<'whole' | 'cut'>();
  let bytes = 0;
  const onData = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > limits.maxBytes) onCut();
  };
  const onWhole = (): void => resolve('whole');
  const onCut = (): void => resolve('cut');
  const timer = setTimeout(onCut, limits.maxMs);
  request.on('data', onData).on('end', onWhole).on('close', onCut).on('error', onCut).resume();
  return promise.finally(() => {
    clearTimeout(timer);
    request.off('data', onData).off('end', onWhole).off('close', onCut);
    request.pause();
  });
}

/** What is known to be left of a body of a known length; undefined when the length is not known. */
export function declaredBytes(request: IncomingMessage): number | undefined {
  const length = request.headers['content-length'];
  return length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}
