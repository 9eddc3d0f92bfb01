/**
 * An answer that is complete in memory: its bytes and every header line, so that sending it is one write.
 *
 * Source: RFC 9110, sections 8.8 "Validator Fields", 14 "Range Requests", 15.4.5 "304 Not Modified"; RFC 9111, section 5.2.2.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

import type { Question } from '@feedfleet/aggregation';
import { FAULT_HEADER, ProblemError, SOURCE_FAULT } from '@feedfleet/problems';

import { parseByteRange } from './byte-range.ts';
import { allowsRange, matchesNone, revisionTag } from './entity-tag.ts';
import type { BlobAnswer, BytesAnswer, RelayAnswer, StreamAnswer } from './protocol.ts';

/** Below this, compressing saves no packet. */
const MIN_GZIP_BYTES = 1024;
/** Up to this size a body is sent as text: Node then joins it to the head in one buffer, where bytes would be a second one. */
const MAX_ONE_WRITE_BYTES = 16 * 1024;
const compress = promisify(gzip);

export type Audience = 'public' | 'private';

/** Header lines as Node takes them fastest: name, value, name, value. */
export interface Heads {
  readonly full: string[];
  readonly notModified: string[];
}

/** What an answer depends on beside the feed's own packages. */
export interface AskedFor {
  /** In order; none for what is about the feed itself. */
  readonly questions: readonly Question[];
  /** Of all that was told. */
  readonly tag: string;
  /** Of who was asked, and by what rules. */
  readonly identity: string;
}

export interface ReadyAnswer {
  readonly feedId: string;
  /** Of the feed when the answer was made. */
  readonly revision: number;
  readonly status: 200 | 202 | 204;
  readonly body: Buffer;
  /** The body with one character a byte, where that is the cheaper form to send. */
  readonly latin1: string | undefined;
  /** Undefined when the answer was made for one request only. */
  readonly tag: string | undefined;
  readonly isRangeable: boolean;
  /** The version that a download of this counts for; undefined for none. */
  readonly countsFor: number | undefined;
  /** Given when it was made from package sources too. */
  readonly asked?: AskedFor;
  readonly heads: Readonly<Record<Audience, Heads>>;
}

/** Under which state of which feed an answer was made. */
export interface AnswerOrigin {
  readonly feedId: string;
  readonly revision: number;
  readonly format: string;
  /** Of `VariesBy.variantOf`, and the header that it is of. */
  readonly variant: string;
  readonly variesBy: string | undefined;
}

/** Compresses where that is wanted and worth it. */
export async function readyBytes(
  answer: BytesAnswer,
  origin: AnswerOrigin,
  acceptsGzip: boolean,
): Promise<ReadyAnswer> {
  const isWorthIt = answer.gzip === 'negotiated' && acceptsGzip && answer.body.length >= MIN_GZIP_BYTES;
  const isCompressed = isWorthIt || answer.gzip === 'always';
  const body = isCompressed ? await compress(answer.body) : answer.body;
  const encoding = isCompressed ? 'gzip' : 'identity';
  const { entity } = answer;
  const tag = answer.keep === 'revision' ? revisionTag({ ...origin, entity, encoding }) : undefined;
  const vary = varyLine(answer, origin);
  const validators = [...(tag === undefined ? [] : ['ETag', tag]), ...vary];
  const content = [
    ...(answer.status === 204 ? [] : ['Content-Type', answer.contentType, 'Content-Length', String(body.length)]),
    ...(isCompressed ? ['Content-Encoding', 'gzip'] : []),
    ...Object.entries(answer.headers ?? {}).flat(),
  ];
  const heads = headsOf(validators, content);
  const form = { body, latin1: oneWriteForm(body), tag, isRangeable: false, countsFor: undefined };
  return { ...origin, status: answer.status, ...form, heads };
}

function varyLine({ gzip }: BytesAnswer, { variesBy }: AnswerOrigin): readonly string[] {
  const headers = [
    ...(gzip === 'negotiated' ? ['Accept-Encoding'] : []),
    ...(variesBy === undefined ? [] : [variesBy]),
  ];
  return headers.length === 0 ? [] : ['Vary', headers.join(', ')];
}

/** Every byte is a character of latin1, so nothing is lost, whatever the content. */
function oneWriteForm(body: Buffer): string | undefined {
  return body.length <= MAX_ONE_WRITE_BYTES ? body.toString('latin1') : undefined;
}

/** A download whose bytes are in memory. */
export function readyBlob(answer: BlobAnswer, bytes: Buffer, origin: AnswerOrigin): ReadyAnswer {
  const { tag, heads } = blobHeads(answer);
  const form = { body: bytes, latin1: oneWriteForm(bytes), tag, isRangeable: true };
  return { ...origin, status: 200, ...form, countsFor: answer.counts?.versionKey, heads };
}

export function blobHeads(answer: BlobAnswer): { readonly tag: string; readonly heads: ReadyAnswer['heads'] } {
  const tag = `"${answer.blob.sha512}"`;
  const content = [
    ...['Content-Type', answer.contentType, 'Content-Length', String(answer.blob.sizeBytes)],
    ...['Accept-Ranges', 'bytes', 'Content-Disposition', contentDisposition(answer.fileName)],
  ];
  return { tag, heads: headsOf(['ETag', tag], content) };
}

/** Its source may have said neither size nor hash; then the end of the body tells the one, and nothing the other. */
export function relayHeads({ contentType, fileName, content }: RelayAnswer): {
  readonly tag: string | undefined;
  readonly heads: ReadyAnswer['heads'];
} {
  const { sha512, sizeBytes } = content;
  const tag = sha512 === null ? undefined : `"${sha512}"`;
  const length = sizeBytes === null ? [] : ['Content-Length', String(sizeBytes)];
  const lines = ['Content-Type', contentType, ...length, 'Content-Disposition', contentDisposition(fileName)];
  // How long it takes and whether it ends well is its source's doing.
  lines.push(FAULT_HEADER, SOURCE_FAULT);
  return { tag, heads: headsOf(tag === undefined ? [] : ['ETag', tag], lines) };
}

/** For how long caches keep what never changes, in seconds: a month, and not for ever, since a feed may become private. */
const IMMUTABLE_SECONDS = 30 * 24 * 3600;

export function streamHeads(
  { contentType, fileName, sizeBytes, tag: name }: StreamAnswer,
  vary: string | undefined,
): { readonly tag: string; readonly heads: ReadyAnswer['heads'] } {
  const tag = `"${name}"`;
  const content = [
    ...['Content-Type', contentType, 'Content-Length', String(sizeBytes)],
    ...['Content-Disposition', contentDisposition(fileName)],
  ];
  const heads = (audience: Audience): Heads => {
    const cacheControl = `${audience}, max-age=${IMMUTABLE_SECONDS}, immutable`;
    const notModified = ['Cache-Control', cacheControl, 'ETag', tag, ...(vary === undefined ? [] : ['Vary', vary])];
    return { notModified, full: [...content, ...notModified] };
  };
  return { tag, heads: { public: heads('public'), private: heads('private') } };
}

/** Every client asks again each time (`no-cache`): a push is to be seen at once, and a 304 costs nearly nothing. */
function headsOf(validators: readonly string[], content: readonly string[]): ReadyAnswer['heads'] {
  const heads = (cacheControl: string): Heads => {
    const notModified = ['Cache-Control', cacheControl, ...validators];
    return { notModified, full: [...content, ...notModified] };
  };
  return { public: heads('no-cache'), private: heads('private, no-cache') };
}

/** Source: RFC 6266, sections 4.1 and 4.3. */
function contentDisposition(fileName: string): string {
  const plain = fileName.replace(/[^\x20-\x7e]|["\\]/g, '_');
  const extended = plain === fileName ? '' : `; filename*=UTF-8''${encodeURIComponent(fileName.toWellFormed())}`;
  return `attachment; filename="${plain}"${extended}`;
}

/** Sends the answer, or what a precondition or a range makes of it. */
export function sendReady(
  request: IncomingMessage,
  response: ServerResponse,
  { answer, audience }: { readonly answer: ReadyAnswer; readonly audience: Audience },
): void {
  const { headers } = request;
  const heads = answer.heads[audience];
  if (answer.tag !== undefined && matchesNone(headers['if-none-match'], answer.tag)) {
    response.writeHead(304, heads.notModified);
    response.end();
    return;
  }
  const part = answer.isRangeable ? requestedPart(request, answer.tag ?? '', answer.body.length) : undefined;
  if (part === undefined) {
    response.writeHead(answer.status, heads.full);
    if (request.method === 'HEAD') response.end();
    else if (answer.latin1 === undefined) response.end(answer.body);
    else response.end(answer.latin1, 'latin1');
    return;
  }
  writePartHead(response, heads.full, { ...part, sizeBytes: answer.body.length });
  response.end(answer.body.subarray(part.start, part.end + 1));
}

/**
 * The part of a download that a GET asks for; undefined for all of it.
 *
 * @throws {ProblemError} `FF_RANGE_NOT_SATISFIABLE` with `Content-Range`.
 */
export function requestedPart(
  request: IncomingMessage,
  tag: string,
  sizeBytes: number,
): { readonly start: number; readonly end: number } | undefined {
  const { range, 'if-range': ifRange } = request.headers;
  if (range === undefined || request.method !== 'GET') return undefined;
  if (!allowsRange(typeof ifRange === 'string' ? ifRange : undefined, tag)) return undefined;
  const parsed = parseByteRange(range, sizeBytes);
  switch (parsed.outcome) {
    case 'whole':
      return undefined;
    case 'part':
      return parsed;
    case 'unsatisfiable':
      throw new ProblemError('rangeNotSatisfiable', {
        detail: `the package has ${sizeBytes} bytes`,
        headers: { 'content-range': `bytes */${sizeBytes}` },
      });
  }
}

/** The head of a 206: that of the whole, with the part's length. */
export function writePartHead(
  response: ServerResponse,
  full: readonly string[],
  { start, end, sizeBytes }: { readonly start: number; readonly end: number; readonly sizeBytes: number },
): void {
  const head = [...full];
  head[head.indexOf('Content-Length') + 1] = String(end - start + 1);
  response.writeHead(206, [...head, 'Content-Range', `bytes ${start}-${end}/${sizeBytes}`]);
}
