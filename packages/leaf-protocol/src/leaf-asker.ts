/** Asks one feed of the fleet, and keeps what it told: asked again, it says that nothing has changed, and nothing is read twice. */
import type { IncomingMessage } from 'node:http';

import { FEEDCHAIN_HEADER } from '@feedfleet/feedchain';
import type { Ask, SourceContent } from '@feedfleet/package-sources';

import { bodyOf } from './fleet-body.ts';
import { relayedContent } from './fleet-content.ts';
import type { FleetExchange, FleetRequest, FleetResponse } from './fleet-exchange.ts';
import { FleetFailure } from './fleet-failure.ts';
import { MAX_LEAF_BYTES } from './leaf-format.ts';
import type { LeafHead, LeafKind } from './leaf-format.ts';
import { LeafMalformedError, isRecord } from './leaf-malformed-error.ts';
import { leafUrl } from './leaf-paths.ts';
import type { LeafQuestion } from './leaf-paths.ts';
import { Slices } from './slices.ts';

/** Answers by name, within a bound of bytes: a `ByteBoundedCache`. */
export interface KeptAnswers {
  get(key: string): KeptAnswer | undefined;
  set(key: string, answer: KeptAnswer, bytes: number): void;
}

export interface KeptAnswer {
  readonly tag: string;
  readonly read: ReadAnswer<unknown>;
}

/** Which feed is asked, and how. */
export interface FleetTarget {
  readonly feedName: string;
  /** Of the family whose query it is: '', `/api/v1`, `/api/v2` or `/api/v3`. */
  readonly mount: string;
  /** Changes with the credential; '' for none. */
  readonly credentialId: string;
  /** The API key to send; null for none. Called when a request is sent. */
  readonly apiKey: () => string | null;
  /** How long an answer may take, in milliseconds. */
  readonly timeoutMs: number;
}

export interface LeafAskerParts {
  readonly exchange: FleetExchange;
  readonly kept: KeptAnswers;
}

export type Told<T> =
  | { readonly outcome: 'told'; readonly value: T; readonly tag: string; readonly requests: number }
  /** The feed does not show itself with this credential, or is gone. */
  | { readonly outcome: 'denied'; readonly requests: number }
  | { readonly outcome: 'unsupported'; readonly detail: string };

export interface ReadAnswer<T> {
  readonly head: LeafHead;
  readonly value: T;
}

const MAX_URL_CHARACTERS = 8000;
const MAX_PROBLEM_BYTES = 64 * 1024;
const DENIED: ReadonlySet<string> = new Set(['FF_NO_SUCH_FEED', 'FF_UNAUTHENTICATED', 'FF_FORBIDDEN']);

export class LeafAsker {
  readonly #parts: LeafAskerParts;
  readonly #target: FleetTarget;
  readonly #base: string;

  constructor(parts: LeafAskerParts, target: FleetTarget) {
    this.#parts = parts;
    this.#target = target;
    this.#base = `/F/${encodeURIComponent(target.feedName)}${target.mount}`;
  }

  /** @throws {FleetFailure} @throws {LeafMalformedError} @throws the signal's reason. */
  async ask<T>(
    question: LeafQuestion,
    kind: LeafKind,
    ask: Ask,
    read: (body: Buffer, slices: Slices) => Promise<ReadAnswer<T>>,
  ): Promise<Told<T>> {
    const path = `${this.#base}${leafUrl(question)}`;
    if (path.length > MAX_URL_CHARACTERS) return { outcome: 'unsupported', detail: 'the question is too long' };
    const key = `${this.#target.credentialId}\n${path}`;
    const kept = this.#parts.kept.get(key);
    const sent = await this.#get('question', path, ask, kept?.tag);
    const { response, requests } = sent;
    if (response.statusCode === 304 && kept !== undefined) {
      response.resume();
      // Under this name stands what was read of this question, and nothing else.
      return toldOf(kept.read as ReadAnswer<T>, kept.tag, requests);
    }
    if (response.statusCode !== 200) return this.#refused(sent);
    const body = await bodyOf(response, MAX_LEAF_BYTES);
    const answer = await read(body, new Slices(ask.signal));
    if (answer.head.kind !== kind && answer.head.kind !== 'unsupported') {
      throw new LeafMalformedError('an answer to another question');
    }
    const tag = response.headers.etag ?? '';
    // Strings out of the body are two bytes a character at worst, and rows are objects.
    if (tag !== '') this.#parts.kept.set(key, { tag, read: answer }, 2 * body.length + 200 * answer.head.rows);
    return toldOf(answer, tag, requests);
  }

  async content(
    { id, normalizedVersion }: { readonly id: string; readonly normalizedVersion: string },
    ask: Ask,
  ): Promise<Told<SourceContent | null>> {
    const sent = await this.#get('package', `${this.#base}${this.#downloadPath(id, normalizedVersion)}`, ask);
    const { response, requests, untimed } = sent;
    if (response.statusCode !== 200) return this.#refused<SourceContent | null>(sent, { FF_NO_SUCH_PACKAGE: null });
    untimed();
    const content = relayedContent(response);
    return { outcome: 'told', value: content, tag: content.sha512 ?? '', requests };
  }

  #downloadPath(id: string, normalizedVersion: string): string {
    if (this.#target.mount !== '/api/v3')
      return `/package/${encodeURIComponent(id)}/${encodeURIComponent(normalizedVersion)}`;
    const [idPart, version] = [id, normalizedVersion].map((part) => encodeURIComponent(part.toLowerCase()));
    return `/flat/${idPart}/${version}/${idPart}.${version}.nupkg`;
  }

  #get(kind: FleetRequest['kind'], path: string, ask: Ask, tag?: string): Promise<FleetResponse> {
    const { exchange } = this.#parts;
    const timeoutMs = Math.floor(Math.min(ask.remainingMs(), this.#target.timeoutMs));
    const key = this.#target.apiKey();
    const headers = {
      'x-feedfleet-timeout-ms': String(timeoutMs),
      ...(ask.requestId !== '' && { 'x-request-id': ask.requestId }),
      ...(ask.traceparent !== '' && { traceparent: ask.traceparent }),
      ...(ask.chain !== '' && { [FEEDCHAIN_HEADER]: ask.chain }),
      ...(key !== null && { 'x-nuget-apikey': key }),
      ...(tag !== undefined && { 'if-none-match': tag }),
      ...(!exchange.isLocal && { 'accept-encoding': 'gzip' }),
    };
    const repeats = ask.isNested !== true;
    return exchange.get({ kind, path, headers, timeoutMs, repeats, signal: ask.signal });
  }

  /** @param absent - values that a problem's code stands for. @throws {FleetFailure} */
  async #refused<T>({ response, requests }: FleetResponse, absent: Readonly<Record<string, T>> = {}): Promise<Told<T>> {
    const code = codeIn(await bodyOf(response, MAX_PROBLEM_BYTES), response);
    if (DENIED.has(code)) return { outcome: 'denied', requests };
    if (code in absent) return { outcome: 'told', value: absent[code] as T, tag: code, requests };
    throw FleetFailure.said(code, retryAfterOf(response));
  }
}

function toldOf<T>({ head, value }: ReadAnswer<T>, tag: string, requests: number): Told<T> {
  if (head.kind === 'unsupported') return { outcome: 'unsupported', detail: head.detail };
  return { outcome: 'told', value, tag, requests };
}

/** Code of a problem document, and what the status says where there is none. */
function codeIn(body: Buffer, { statusCode = 0 }: IncomingMessage): string {
  let document: unknown;
  try {
    document = JSON.parse(body.toString('utf8'));
  } catch {
    document = undefined;
  }
  if (isRecord(document) && typeof document.code === 'string') return document.code;
  if (statusCode === 401) return 'FF_UNAUTHENTICATED';
  return statusCode === 403 ? 'FF_FORBIDDEN' : 'FF_UNAVAILABLE';
}

function retryAfterOf({ headers }: IncomingMessage): number {
  const seconds = headers['retry-after'] ?? '';
  return /^\d{1,5}$/.test(seconds) ? Number(seconds) * 1000 : 0;
}
