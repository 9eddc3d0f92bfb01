/** The body of a write that is a document and no package: bounded text, most often JSON. */
import type { IncomingMessage } from 'node:http';
import { ProblemError } from '@feedfleet/problems';
import { declaredBytes } from './drain-body.ts';

interface DocumentOptions {
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** @throws ProblemError `FF_BODY_TOO_LARGE`, `FF_INVALID_REQUEST` for what is not JSON, or the signal's reason. */
export async function readJsonDocument(request: IncomingMessage, options: DocumentOptions): Promise<unknown> {
  const text = await readTextDocument(request, options);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ProblemError('invalidRequest', { detail: 'body: expected JSON, got something else', cause });
  }
}

/** @throws ProblemError `FF_BODY_TOO_LARGE`, or the signal's reason. */
export async function readTextDocument(
  request: IncomingMessage,
  { maxBytes, signal }: DocumentOptions,
): Promise<string> {
  if ((declaredBytes(request) ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    signal.throwIfAborted();
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tooLarge(maxBytes: number): ProblemError {
  const detail = `the document may have ${maxBytes} bytes`;
  return new ProblemError('bodyTooLarge', { detail, reason: `Too large: ${detail}` });
}
