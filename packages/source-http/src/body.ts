/**
 * The body of an answer, decompressed, with a bound for everything that a source could do with one: be endless, drip, swell, break off.
 *
 * Source: RFC 9110, section 8.4 "Content-Encoding"; Node.js, "Zlib".
 */
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import type { Duplex } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { ByteShare } from './byte-budget.ts';
import type { DocumentPace } from './document-pace.ts';
import { failureOf } from './failure-of.ts';
import type { SourceLimits } from './limits.ts';
import { SourceFailure } from './source-failure.ts';

export interface BodyOptions {
  readonly maxBytes: number;
  readonly limits: Pick<SourceLimits, 'idleTimeoutMs' | 'minBytesPerSecond' | 'rateGraceMs' | 'maxSwell' | 'pace'>;
  readonly signal: AbortSignal;
  readonly where: string;
  readonly now: () => number;
}

/** What compression may make of little: beyond this, `maxSwell` holds. */
const SWELL_GRACE_BYTES = 1_048_576;

/**
 * The body in the parts in which it comes. Whoever stops early ends the connection.
 *
 * @throws {SourceFailure} on reading.
 */
export async function* partsOf(response: IncomingMessage, options: BodyOptions): AsyncGenerator<Buffer, void> {
  const { maxBytes, where } = options;
  const counted = { received: 0 };
  let bytes = 0;
  try {
    refuseLength(response, options);
    for await (const part of decoded(response, arriving(response, counted, options), options)) {
      bytes += part.length;
      if (bytes > maxBytes) throw tooLarge(`the answer of the source has more than ${maxBytes} bytes`, where);
      if (bytes > SWELL_GRACE_BYTES && bytes > counted.received * options.limits.maxSwell) {
        throw tooLarge('the body of the source swells without measure as it is decompressed', where);
      }
      yield part;
    }
  } catch (error) {
    throw failureOf(options.signal.aborted ? options.signal.reason : error, where);
  } finally {
    if (!response.complete) response.destroy();
  }
}

/** What reading a document takes of its source. */
export interface DocumentMeans {
  readonly heldBytes: ByteShare;
  readonly pace: DocumentPace;
}

/** @throws {SourceFailure} `saturated` too, when it would take more memory than there is for bodies. */
export async function wholeBody(
  response: IncomingMessage,
  options: BodyOptions,
  means: DocumentMeans,
): Promise<Buffer> {
  const { heldBytes: share, pace } = means;
  const parts: Buffer[] = [];
  let reserved = 0;
  let isWhole = false;
  const keepPace = pace.start(options);
  try {
    for await (const part of partsOf(response, options)) {
      if (!share.reserve(part.length)) {
        const detail = 'the answers of sources that are being read take all the memory that they may have';
        throw new SourceFailure('saturated', { detail, where: options.where, retryAfterMs: 1_000 });
      }
      reserved += part.length;
      parts.push(part);
      await keepPace(reserved);
    }
    isWhole = true;
    const [only] = parts;
    return only !== undefined && parts.length === 1 ? only : Buffer.concat(parts, reserved);
  } catch (error) {
    throw failureOf(options.signal.aborted ? options.signal.reason : error, options.where);
  } finally {
    share.release(reserved);
    pace.end({ bytes: reserved, isWhole, limits: options.limits });
  }
}

function refuseLength(response: IncomingMessage, { maxBytes, where }: BodyOptions): void {
  const told = Number(response.headers['content-length'] ?? 0);
  if (told > maxBytes) throw tooLarge(`the answer of the source has ${told} bytes, more than ${maxBytes}`, where);
}

/** Only the time for which the source is waited for counts, not that of whoever reads. */
async function* arriving(
  response: IncomingMessage,
  counted: { received: number },
  { limits, where, now }: BodyOptions,
): AsyncGenerator<Buffer, void> {
  const iterator = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let waitedMs = 0;
  for (;;) {
    const timer = setTimeout(() => {
      const detail = 'the source stopped in the middle of its answer';
      response.destroy(new SourceFailure('timeout', { detail, where }));
    }, limits.idleTimeoutMs);
    const askedAtMs = now();
    const next = await iterator.next().finally(() => clearTimeout(timer));
    if (next.done === true) return;
    waitedMs += now() - askedAtMs;
    counted.received += next.value.length;
    if (waitedMs > limits.rateGraceMs && counted.received < (waitedMs / 1000) * limits.minBytesPerSecond) {
      throw new SourceFailure('timeout', { detail: 'the source sends its answer too slowly', where });
    }
    yield next.value;
  }
}

function decoded(
  response: IncomingMessage,
  parts: AsyncGenerator<Buffer, void>,
  { where }: BodyOptions,
): AsyncIterable<Buffer> {
  const decoder = decoderOf(codingOf(response), where);
  if (decoder === undefined) return parts;
  // Errors of either end come out of the decoder.
  return pipeline(parts, decoder, () => undefined);
}

/** Lower-case; '' for none. */
export function codingOf(response: IncomingMessage): string {
  const coding = (response.headers['content-encoding'] ?? '').trim().toLowerCase();
  return coding === 'identity' ? '' : coding;
}

function decoderOf(coding: string, where: string): Duplex | undefined {
  switch (coding) {
    case '':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default: {
      const detail = 'the body of the source is compressed in a way that was not asked for';
      throw new SourceFailure('malformed', { detail, where });
    }
  }
}

function tooLarge(detail: string, where: string): SourceFailure {
  return new SourceFailure('tooLarge', { detail, where });
}
