/** The body of an answer of the fleet, whole, within a bound. */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import { codeOf } from './fleet-exchange.ts';
import { FleetFailure } from './fleet-failure.ts';

const unzip = promisify(gunzip);

/**
 * @throws {FleetFailure} `FF_SOURCE_MALFORMED` when it is larger or no gzip; what breaks the connection.
 */
export async function bodyOf(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  const [only] = chunks;
  const body = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, bytes);
  return response.headers['content-encoding'] === 'gzip' ? unpacked(body, maxBytes) : body;
}

async function unpacked(body: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await unzip(body, { maxOutputLength: maxBytes });
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
    throw new FleetFailure('FF_SOURCE_MALFORMED', 'what a feed of the fleet answered is no gzip', { cause: error });
  }
}

function tooLarge(maxBytes: number): FleetFailure {
  return new FleetFailure('FF_SOURCE_MALFORMED', `a feed of the fleet answered with more than ${maxBytes} bytes`);
}
