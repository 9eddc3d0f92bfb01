/** Downloads that are too large to be held: streamed with backpressure, and ended when the client goes or stands still. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { abortable } from '@feedfleet/flights';
import { toProblem } from '@feedfleet/problems';

import { matchesNone } from './entity-tag.ts';
import { oneWayHeads } from './one-way-answer.ts';
import type { BlobAnswer, RelayAnswer, StreamAnswer } from './protocol.ts';
import { blobHeads, relayHeads, requestedPart, streamHeads, writePartHead } from './ready-answer.ts';
import type { Audience, ReadyAnswer } from './ready-answer.ts';

interface Transfer {
  readonly audience: Audience;
  /** Until the first byte: how long all of them take is up to the client. */
  readonly signal: AbortSignal;
  /** How long the client may take nothing, in milliseconds, before its download is broken off. */
  readonly idleMs: number;
  /** As in `Sending`. */
  readonly isForOneWay: boolean;
}

export interface BlobTransfer extends Transfer {
  readonly answer: BlobAnswer;
}

export interface StreamTransfer extends Transfer {
  readonly answer: StreamAnswer;
  /** Header that the answer depends on. */
  readonly vary: string | undefined;
}

interface RelayTransfer extends Transfer {
  readonly answer: RelayAnswer;
  /** Told that bytes flow. */
  readonly progress: () => void;
}

/**
 * Resolves when everything was sent or the client is gone.
 *
 * @throws {ProblemError} `FF_STORE_UNAVAILABLE` when the blob cannot be read; once the head was sent, the connection is broken off.
 */
export async function sendBlob(
  request: IncomingMessage,
  response: ServerResponse,
  transfer: BlobTransfer,
): Promise<void> {
  const { answer, audience, signal, idleMs } = transfer;
  const { tag, heads } = headsFor(transfer, blobHeads(answer));
  if (matchesNone(request.headers['if-none-match'], tag)) {
    response.writeHead(304, heads[audience].notModified);
    response.end();
    return;
  }
  const { sizeBytes } = answer.blob;
  const part = requestedPart(request, tag, sizeBytes);
  if (request.method === 'HEAD' || sizeBytes === 0) {
    response.writeHead(200, heads[audience].full);
    response.end();
    return;
  }
  // With its end known, a stream ends with its last byte: a client that leaves as soon as it has that byte is not ahead of us.
  const content = await opened(answer.blob.stream(part ?? { start: 0, end: sizeBytes - 1 }), signal);
  if (part === undefined) response.writeHead(200, heads[audience].full);
  else writePartHead(response, heads[audience].full, { ...part, sizeBytes });
  await transmit(content, response, idleMs);
}

/** As `sendBlob`, for content that is made while it is sent. */
export async function sendStream(
  request: IncomingMessage,
  response: ServerResponse,
  transfer: StreamTransfer,
): Promise<void> {
  const { answer, audience, signal, idleMs, vary } = transfer;
  const { tag, heads } = headsFor(transfer, streamHeads(answer, vary));
  if (matchesNone(request.headers['if-none-match'], tag)) {
    response.writeHead(304, heads[audience].notModified);
    response.end();
    return;
  }
  if (request.method === 'HEAD') {
    response.writeHead(200, heads[audience].full);
    response.end();
    return;
  }
  const content = await opened(answer.open(), signal);
  response.writeHead(200, heads[audience].full);
  await transmit(content, response, idleMs);
}

/**
 * As `sendBlob`, for content that comes from a package source. A client that leaves ends the request to the source.
 *
 * @throws {ProblemError} `FF_SOURCE_UNAVAILABLE` when no byte of it comes.
 */
export async function sendRelay(
  request: IncomingMessage,
  response: ServerResponse,
  transfer: RelayTransfer,
): Promise<void> {
  const { answer, audience, signal, idleMs, progress } = transfer;
  const { tag, heads } = headsFor(transfer, relayHeads(answer));
  if (tag !== undefined && matchesNone(request.headers['if-none-match'], tag)) {
    response.writeHead(304, heads[audience].notModified);
    response.end();
    return;
  }
  if (request.method === 'HEAD') {
    response.writeHead(200, heads[audience].full);
    response.end();
    return;
  }
  const content = await opened(answer.content.open(goneWith(response)), signal, 'sourceUnavailable');
  response.writeHead(200, heads[audience].full);
  content.on('data', progress).pause();
  await transmit(content, response, idleMs);
}

function headsFor<H extends Pick<ReadyAnswer, 'heads'>>({ isForOneWay }: Transfer, made: H): H {
  return isForOneWay ? { ...made, heads: oneWayHeads(made.heads) } : made;
}

/** Aborts when the client is gone. */
function goneWith(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}

async function transmit(content: Readable, response: ServerResponse, idleMs: number): Promise<void> {
  response.setTimeout(idleMs, () => response.destroy());
  await pipeline(content, response).catch((error: unknown) => {
    if (!response.destroyed) throw error;
  });
}

/** Waits for the first bytes, so that a file which cannot be read is a 503 and not half an answer. */
async function opened(
  content: Readable,
  signal: AbortSignal,
  fault: 'storeUnavailable' | 'sourceUnavailable' = 'storeUnavailable',
): Promise<Readable> {
  const { promise, resolve, reject } = Promise.withResolvers<Readable>();
  const onReadable = (): void => {
    resolve(content);
  };
  content.once('readable', onReadable).once('error', reject);
  try {
    return await abortable(promise, signal);
  } catch (error) {
    content.destroy();
    throw signal.aborted ? error : toProblem(error, fault);
  } finally {
    content.off('readable', onReadable).off('error', reject);
  }
}
