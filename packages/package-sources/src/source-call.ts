/**
 * One question to a foreign source: the requests that it takes, what was sent, and what came of it.
 *
 * A document that came with an entity tag is remembered as what was read from it, and asked for again only if it changed.
 */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import type { ByteBoundedCache } from '@feedfleet/byte-bounded-cache';
import { FEEDCHAIN_HEADER } from '@feedfleet/feedchain';
import { SourceFailure } from '@feedfleet/source-http';
import type { SourceHttp, SourceTarget } from '@feedfleet/source-http';

import { estimatedBytes } from './estimated-bytes.ts';
import type { Ask, SourceAnswer } from './package-source.ts';
import { SourceRefusal, codeOfKind, malformed } from './source-refusal.ts';
import type { Oddity } from './told-version.ts';

/** Most bytes of a document, after decompression. */
const MAX_DOCUMENT_BYTES = 32 * 1024 ** 2;
/** What is made of a document takes about so many times its bytes until it is read. */
const READING_FACTOR = 4;
/** Of an entity tag that is worth being kept. */
const MAX_TAG_CHARACTERS = 256;

/** What every foreign source is made of. */
export interface ForeignSourceOptions {
  readonly http: SourceHttp;
  readonly target: SourceTarget;
  /** The service index of a v3 source, the base URL of a v2 one. */
  readonly url: string;
  /** Where documents are remembered, under the key of the target. */
  readonly memory: ByteBoundedCache<object>;
  /** Milliseconds, of any clock that never goes back. */
  readonly now: () => number;
  /** Told of rows that were left out. */
  readonly report?: (oddity: Oddity) => void;
}

export interface DocumentReader<T> {
  readonly accept: string;
  readonly maxBytes?: number;
  /** It never changes: what is remembered is not asked for again. */
  readonly isImmutable?: boolean;
  /** @throws {SourceRefusal} */
  read(body: Buffer, signal: AbortSignal): Promise<T>;
}

export interface ReadDocument<T> {
  readonly value: T;
  /** Of the bytes. */
  readonly digest: string;
  /** The source answers others with another one. */
  readonly variesByChain: boolean;
}

interface RememberedDocument {
  readonly etag: string;
  readonly document: ReadDocument<unknown>;
}

export class SourceCall {
  readonly ask: Ask;
  readonly #options: ForeignSourceOptions;
  readonly #partOf: SourceCall | undefined;
  #requests = 0;
  #isPartial = false;
  #variesByChain = false;

  constructor(options: ForeignSourceOptions, ask: Ask, partOf?: SourceCall) {
    this.#options = options;
    this.ask = ask;
    this.#partOf = partOf;
  }

  get requests(): number {
    return this.#requests;
  }

  /** Whether the source said of any document that it is not complete, or could not be asked for all of it. */
  get isPartial(): boolean {
    return this.#isPartial;
  }

  /** Whether any document would have been another one for who comes another way. */
  get variesByChain(): boolean {
    return this.#variesByChain;
  }

  /** The same question, asked for as long as `signal` allows: for what others wait for too. */
  within(signal: AbortSignal): SourceCall {
    return new SourceCall(this.#options, { ...this.ask, signal }, this);
  }

  /**
   * @returns undefined when the source says that there is no such document.
   * @throws {SourceRefusal} @throws {SourceFailure} @throws the signal's reason.
   */
  async read<T>(url: string, reader: DocumentReader<T>): Promise<ReadDocument<T> | undefined> {
    this.#assertAsSafe(url);
    const key = this.#keyOf(url);
    const known = this.#options.memory.get(key) as RememberedDocument | undefined;
    // Who may be answered by a chain is not answered out of what others were told, and the other way round.
    const remembered = this.ask.isNested === true ? undefined : known;
    if (remembered !== undefined && reader.isImmutable === true) return remembered.document as ReadDocument<T>;
    const { accept, maxBytes = MAX_DOCUMENT_BYTES } = reader;
    const etag = remembered?.etag;
    const request = { url, accept, maxBytes, ask: this.ask, ...(etag === undefined ? {} : { ifNoneMatch: etag }) };
    const response = await this.#counted(() => this.#options.http.request(this.#options.target, request));
    const { headers } = response;
    const variesByChain = this.#noteVary(headers.vary);
    if (response.status === 304 && remembered !== undefined)
      return { ...(remembered.document as ReadDocument<T>), variesByChain };
    if (!isFound(response.status)) return undefined;
    const isPartial = headers['x-feedfleet-partial'] !== undefined || headers['x-feedfleet-stale'] !== undefined;
    this.#isPartial ||= isPartial;
    const body = await plainBytes(response.body, maxBytes);
    const value = await this.#holding(body.length, () => reader.read(body, this.ask.signal));
    const document = { value, digest: createHash('sha256').update(body).digest('base64url'), variesByChain };
    if (this.ask.isNested !== true && this.ask.isRelayed !== true && !isPartial && !variesByChain)
      await this.#remember(key, { etag: headers.etag ?? '', document }, reader);
    return document;
  }

  /** Whether a document that never changes need not be asked for. */
  remembers(url: string): boolean {
    return this.ask.isNested !== true && this.#options.memory.get(this.#keyOf(url)) !== undefined;
  }

  /** Whether what is under the URL was noted not to be there. */
  isAbsent(url: string): boolean {
    const noted = this.#options.memory.get(`absent ${this.#keyOf(url)}`) as { readonly untilMs: number } | undefined;
    return noted !== undefined && this.#options.now() < noted.untilMs;
  }

  rememberAbsent(url: string, forMs: number): void {
    if (this.#variesByChain) return;
    this.#options.memory.set(`absent ${this.#keyOf(url)}`, { untilMs: this.#options.now() + forMs }, 0);
  }

  #keyOf(url: string): string {
    return `document ${this.#options.target.key} ${url}`;
  }

  /** A body as it comes; undefined when the source says that there is none. */
  async stream(url: string): Promise<{ readonly body: Readable; readonly sizeBytes: number | null } | undefined> {
    this.#assertAsSafe(url);
    const request = { url, accept: '*/*', ask: this.ask, stream: true as const };
    const response = await this.#counted(() => this.#options.http.request(this.#options.target, request));
    this.#noteVary(response.headers.vary);
    let isFine = false;
    try {
      isFine = isFound(response.status);
    } finally {
      if (!isFine) response.body.destroy();
    }
    const length = response.headers['content-length'];
    const sizeBytes = length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : null;
    return isFine ? { body: response.body, sizeBytes } : undefined;
  }

  async #holding<T>(bytes: number, read: () => Promise<T>): Promise<T> {
    const release = this.#options.http.hold(this.#options.target, READING_FACTOR * bytes);
    try {
      return await read();
    } finally {
      release();
    }
  }

  /** Who reaches a source by https is told nothing by it that anybody on the way could have changed. */
  #assertAsSafe(url: string): void {
    if (isHttps(url) || !isHttps(this.#options.url)) return;
    throw malformed(
      'The source has an https URL, and names an http one for what is asked, which is not followed: it has to name https URLs',
    );
  }

  async #remember(key: string, remembered: RememberedDocument, reader: DocumentReader<unknown>): Promise<void> {
    const { etag, document } = remembered;
    const isKept = reader.isImmutable === true || (etag !== '' && etag.length <= MAX_TAG_CHARACTERS);
    if (!isKept) this.#options.memory.delete(key);
    else this.#options.memory.set(key, remembered, await estimatedBytes(document.value, this.ask.signal));
  }

  /** @returns whether the answer with this header varies. */
  #noteVary(vary: string | undefined): boolean {
    const variesByChain = namesChain(vary);
    if (variesByChain) this.noteVarying();
    return variesByChain;
  }

  /** Notes that a document which others asked for varies. */
  noteVarying(): void {
    this.#variesByChain = true;
  }

  /** Notes that the source may have more than it could be asked for. */
  notePartial(): void {
    this.#isPartial = true;
  }

  #count(requests: number): void {
    this.#requests += requests;
    if (this.#partOf !== undefined) this.#partOf.#count(requests);
  }

  async #counted<T extends { readonly requests: number }>(send: () => Promise<T>): Promise<T> {
    this.ask.signal.throwIfAborted();
    if (this.ask.remainingMs() <= 0)
      throw new SourceRefusal('sourceTimeout', 'The source takes longer than there is time for');
    try {
      const response = await send();
      this.#count(response.requests);
      return response;
    } catch (error) {
      if (error instanceof SourceFailure) this.#count(error.requests);
      throw error;
    }
  }
}

const isHttps = (url: string): boolean => /^https:/i.test(url);

function namesChain(vary = ''): boolean {
  return vary.split(',').some((name) => name.trim().toLowerCase() === FEEDCHAIN_HEADER);
}

/** @throws {SourceRefusal} for what is neither "here it is" nor "there is none". */
function isFound(status: number): boolean {
  if (status === 200) return true;
  if (status === 404 || status === 410 || status === 204) return false;
  if (status === 401)
    throw new SourceRefusal('sourceDenied', 'The source asks for a credential, or for another one (401)');
  if (status === 403)
    throw new SourceRefusal('sourceDenied', 'The source does not allow this with the credential given (403)');
  const isRefused = status === 400 || status === 405;
  throw new SourceRefusal('sourceMalformed', `The source answered with the status ${status}`, isRefused);
}

/** Some sources keep compressed documents as files and forget to say so. */
async function plainBytes(body: Buffer, maxBytes: number): Promise<Buffer> {
  if (body[0] !== 0x1f || body[1] !== 0x8b) return body;
  try {
    return await promisify(gunzip)(body, { maxOutputLength: maxBytes });
  } catch {
    throw malformed('The source answered with compressed bytes that are damaged or swell without measure');
  }
}

/** What one question comes to, in the words of the port. */
export async function answering<T>(
  options: ForeignSourceOptions,
  ask: Ask,
  question: (
    call: SourceCall,
  ) => Promise<{ readonly value: T; readonly tag: string } | { readonly unsupported: string }>,
): Promise<SourceAnswer<T>> {
  const started = options.now();
  const call = new SourceCall(options, ask);
  const spent = (): { readonly requests: number; readonly tookMs: number } => ({
    requests: call.requests,
    tookMs: options.now() - started,
  });
  try {
    const answer = await question(call);
    if ('unsupported' in answer) return { outcome: 'unsupported', detail: answer.unsupported };
    const partial = call.isPartial ? { isPartial: true as const } : {};
    const varied = call.variesByChain ? { variesByChain: true as const } : {};
    return { outcome: 'answered', ...answer, ...partial, ...varied, ageMs: 0, isStale: false, ...spent() };
  } catch (error) {
    ask.signal.throwIfAborted();
    return { outcome: 'unavailable', ...whyUnavailable(error), ...spent() };
  }
}

function whyUnavailable(error: unknown): {
  readonly code: string;
  readonly detail: string;
  readonly retryAfterMs: number;
} {
  if (error instanceof SourceRefusal) return { code: error.code, detail: error.detail, retryAfterMs: 0 };
  if (!(error instanceof SourceFailure)) throw error;
  return { code: codeOfKind(error.kind), detail: error.detail, retryAfterMs: error.retryAfterMs };
}

/** The same digests, the same tag. */
export function tagOf(digests: readonly string[]): string {
  return createHash('sha256').update(digests.join('\n')).digest('base64url').slice(0, 22);
}
