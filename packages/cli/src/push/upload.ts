/**
 * One attempt to push one package: the multipart body that NuGet servers take, streamed from disk.
 *
 * Source: NuGet documentation, "Push and Delete"; RFC 7578 for the body.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';

import { ProblemError, problemRegistry } from '@feedfleet/problems';
import axios from 'axios';

import { type Failure, failureOf, withoutSecrets } from '../failure.ts';
import { isOwnMachine } from '../own-machine.ts';
import type { PackageFile } from './find-packages.ts';
import { parseRetryAfter } from './retry-policy.ts';

export interface UploadTarget {
  /** Takes `PUT`. */
  readonly url: string;
  readonly apiKey: string | undefined;
}

export interface UploadOptions {
  readonly target: UploadTarget;
  readonly file: PackageFile;
  /** `false`: the version is unlisted from its first moment on, at feeds that know the header. Default `true`. */
  readonly listed?: boolean;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly onBytes: (bytes: number) => void;
  /** Ends an attempt in which neither side has sent anything for so long. Default 120,000. */
  readonly stallMs?: number;
}

export type UploadAnswer =
  | { readonly outcome: 'acknowledged'; readonly sha256: string }
  | { readonly outcome: 'refused'; readonly failure: Failure; readonly retryAfterMs: number | undefined }
  /** No answer: the package may have arrived all the same. */
  | { readonly outcome: 'unanswered'; readonly failure: Failure };

const BOUNDARY = 'feedfleet-8f1f0f9c2b7e4d0aa5d3';
const HEAD = Buffer.from(
  `--${BOUNDARY}\r\nContent-Type: application/octet-stream\r\n` +
    'Content-Disposition: form-data; name="package"; filename="package.nupkg"\r\n\r\n',
);
const TAIL = Buffer.from(`\r\n--${BOUNDARY}--\r\n`);
const MAX_ANSWER_BYTES = 64 * 1024;
const DEFAULT_STALL_MS = 120_000;

/** Counts, hashes and bounds what is read: a file that changed on the way must not go out under its old length. */
async function* bodyOf(file: PackageFile, onChunk: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  yield HEAD;
  let sent = 0;
  try {
    for await (const chunk of createReadStream(file.path)) {
      sent += (chunk as Buffer).length;
      if (sent > file.sizeBytes) break;
      onChunk(chunk as Buffer);
      yield chunk as Buffer;
    }
  } catch (error) {
    const why = String((error as NodeJS.ErrnoException).code);
    throw new ProblemError('usage', { detail: `${file.name} cannot be read: ${why}`, cause: error });
  }
  if (sent !== file.sizeBytes) {
    throw new ProblemError('usage', { detail: `${file.name} changed while it was being sent` });
  }
  yield TAIL;
}

async function readAnswer(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      chunks.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      if (length >= MAX_ANSWER_BYTES) break;
    }
  } catch {
    // The status is known; the words that were cut off are not worth a failure of their own.
  }
  return Buffer.concat(chunks).toString('utf8', 0, MAX_ANSWER_BYTES);
}

function textOf(document: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = document[name];
  return typeof value === 'string' && value !== '' ? withoutSecrets(value) : undefined;
}

/** What the server said: its problem document (RFC 9457), else its reason phrase. */
function failureOfAnswer(status: number, reason: string, body: string): Failure {
  let document: Readonly<Record<string, unknown>> = {};
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null) document = parsed as Readonly<Record<string, unknown>>;
  } catch {
    // Not ours: other servers say it in the reason phrase alone.
  }
  const detail = textOf(document, 'detail');
  return {
    code: textOf(document, 'code') ?? `HTTP_${status}`,
    status,
    title: textOf(document, 'title') ?? (withoutSecrets(reason) || `The server answered ${status}`),
    ...(detail === undefined ? {} : { detail }),
    solve: textOf(document, 'solve') ?? solveFor(status),
  };
}

function solveFor(status: number): string {
  if (status >= 300 && status < 400) return 'Push to the address that the feed has now; redirects are not followed.';
  if (status === 401 || status === 403) return problemRegistry.forbidden.solve;
  if (status === 404) return problemRegistry.noSuchFeed.solve;
  if (status === 409) return problemRegistry.packageExists.solve;
  return 'Ask the operator of the feed.';
}

function failureOfNoAnswer(error: unknown, url: string, stalled: boolean): Failure {
  const { code, status, title, solve } = problemRegistry.unreachable;
  const why = stalled ? 'nothing moved for too long' : causeCode(error);
  return { code, status, title, detail: `${withoutSecrets(new URL(url).origin)}: ${why}`, solve };
}

function causeCode(error: unknown): string {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  return code ?? withoutSecrets(message ?? 'no answer');
}

/** Streams the package to the target. Redirects are not followed: a key must not go where it was not sent. */
export async function uploadPackage(options: UploadOptions): Promise<UploadAnswer> {
  const { target, file } = options;
  const stall = new AbortController();
  const watch = setTimeout(() => stall.abort(), options.stallMs ?? DEFAULT_STALL_MS);
  const hash = createHash('sha256');
  const body = Readable.from(
    bodyOf(file, (chunk) => {
      hash.update(chunk);
      watch.refresh();
      options.onBytes(chunk.length);
    }),
    { objectMode: false },
  );
  let unreadable: Error | undefined;
  body.once('error', (error) => (unreadable = error));
  try {
    const answer = await axios.request<Readable>({
      method: 'PUT',
      url: target.url,
      data: body,
      headers: {
        'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
        'content-length': HEAD.length + file.sizeBytes + TAIL.length,
        'user-agent': 'feedfleet-cli',
        ...(options.listed === false ? { 'x-feedfleet-listed': 'false' } : {}),
        ...(target.apiKey === undefined ? {} : { 'x-nuget-apikey': target.apiKey }),
      },
      signal: AbortSignal.any([options.signal, stall.signal]),
      maxRedirects: 0,
      maxBodyLength: Infinity,
      responseType: 'stream',
      validateStatus: () => true,
      ...(isOwnMachine(target.url) ? { proxy: false } : {}),
    });
    const text = await readAnswer(answer.data);
    if (answer.status >= 200 && answer.status < 300) return { outcome: 'acknowledged', sha256: hash.digest('hex') };
    const retryAfter = answer.headers['retry-after'] as unknown;
    return {
      outcome: 'refused',
      failure: failureOfAnswer(answer.status, answer.statusText, text),
      retryAfterMs: parseRetryAfter(typeof retryAfter === 'string' ? retryAfter : undefined, options.now()),
    };
  } catch (error) {
    options.signal.throwIfAborted();
    if (unreadable instanceof ProblemError) {
      return { outcome: 'refused', failure: failureOf(unreadable), retryAfterMs: undefined };
    }
    return { outcome: 'unanswered', failure: failureOfNoAnswer(error, target.url, stall.signal.aborted) };
  } finally {
    clearTimeout(watch);
    body.destroy();
  }
}
