/** A bounded JSON body. Only what needs one reads one; packages are streamed. */
import type { IncomingMessage } from 'node:http';
import { ProblemError } from '@feedfleet/problems';
import type { RequestHandler } from 'express';
import type { z } from 'zod';
import { readRequest } from './request-faults.ts';

export interface JsonBodyOptions {
  /** Largest body, in bytes. */
  readonly maxBytes: number;
}

/** Express middleware: puts the parsed body on `request.body`; 400 when it is not JSON, 413 above `maxBytes`. */
export function jsonBody(options: JsonBodyOptions): RequestHandler {
  return async (request, _response, next) => {
    const text = await readBody(request, options.maxBytes);
    request.body = text === '' ? undefined : parse(text);
    next();
  };
}

/**
 * The body of a request to a raw handler; no body counts as no value.
 *
 * @throws {ProblemError} `FF_INVALID_REQUEST` when it is not JSON, or with every fault that the schema finds; `FF_BODY_TOO_LARGE`.
 */
export async function readJson<T>(
  request: IncomingMessage,
  schema: z.ZodType<T>,
  { maxBytes }: JsonBodyOptions,
): Promise<T> {
  const text = await readBody(request, maxBytes);
  return readRequest(schema, text === '' ? undefined : parse(text), { where: '' });
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const tooLarge = () => new ProblemError('bodyTooLarge', { detail: `expected a body of at most ${maxBytes} bytes` });
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProblemError('invalidRequest', { detail: 'expected a body of JSON', cause });
  }
}
