/** A request that an observer has signed: who it is, and the exact bytes. Nobody's body is read whose name is not known. */
import type { IncomingMessage } from 'node:http';

import { ProblemError } from '@feedfleet/problems';
import { OBSERVER_HEADER, signatureFault } from '@feedfleet/status-probes';

import type { ObservingStore } from './observing-store.ts';

export interface SignedRequest {
  readonly observer: string;
  readonly body: Buffer;
}

/** A batch of the largest size takes 1 MB when every reason is as long as it may be. */
const MAX_BODY_BYTES = 1_500_000;

/** @throws {ProblemError} `FF_UNAUTHENTICATED`, `FF_BODY_TOO_LARGE`. */
export async function readSigned(
  request: IncomingMessage,
  { store, now }: { readonly store: ObservingStore; readonly now: () => number },
): Promise<SignedRequest> {
  const observer = request.headers[OBSERVER_HEADER];
  if (typeof observer !== 'string') throw unauthenticated(`${OBSERVER_HEADER}: expected the name of an observer`);
  const secret = store.secretOf(observer);
  if (secret === undefined)
    throw unauthenticated(`there is no observer of that name: feedfleet observer add makes one`);
  const body = await bytesOf(request);
  const fault = signatureFault(request.headers, { secret, body, nowMs: now() });
  if (fault !== undefined) throw unauthenticated(fault);
  return { observer, body };
}

function unauthenticated(detail: string): ProblemError {
  return new ProblemError('unauthenticated', { detail });
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const tooLarge = () =>
    new ProblemError('bodyTooLarge', { detail: `expected a body of at most ${MAX_BODY_BYTES} bytes` });
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
