/**
 * Answers taken apart as they come, in whatever pieces: interim answers skipped, the head checked whole, the body handed on as it
 * lies in the buffer, and its end told exactly, so that no byte of one answer is ever taken for another's.
 */
import { ChunkedDecoder } from './chunked-decoder.ts';
import { isForbidden, parseResponseHead } from './response-head.ts';
import type { ResponseHead, ResponseHeadRules } from './response-head.ts';

/** Bytes of a head, with the interim answers before it. */
const MAX_HEAD_BYTES = 16_384;
const HEAD_END = Buffer.from('\r\n\r\n');
const FIRST_WORD = 'HTTP/1.';

/** Told of an answer's parts in their order. */
export interface ResponseSink {
  head(head: ResponseHead): void;
  /** @param part - a view of the buffer that was read into. */
  body(part: Buffer): void;
  end(): void;
}

/**
 * `more`: the answer goes on. `done`: it ended with the last byte of the chunk. `excess`: it ended before that, so whoever sent it
 * counts differently. `invalid`: it is none; the sink is told nothing further.
 */
export type ParserOutcome = 'more' | 'done' | 'excess' | 'invalid';

/** For one answer. */
export class ResponseParser {
  readonly #sink: ResponseSink;
  readonly #rules: ResponseHeadRules;
  #text = '';
  #interimBytes = 0;
  #head: ResponseHead | undefined;
  #left = 0;
  #chunks: ChunkedDecoder | undefined;

  constructor(sink: ResponseSink, rules: ResponseHeadRules) {
    this.#sink = sink;
    this.#rules = rules;
  }

  /** Of the final answer, once it is known. */
  get head(): ResponseHead | undefined {
    return this.#head;
  }

  take(chunk: Buffer): ParserOutcome {
    let at = 0;
    while (this.#head === undefined) {
      const next = this.#takeHead(chunk, at);
      if (next === 'more' || next === 'invalid') return next;
      at = next;
    }
    return this.#takeBody(chunk, at, this.#head);
  }

  /** The connection ended. @returns `done` when that was the end of the body, else `more`: the answer is cut. */
  finish(): 'done' | 'more' {
    if (this.#head?.framing !== 'close') return 'more';
    this.#sink.end();
    return 'done';
  }

  /** @returns where the body starts; or `more`, or `invalid`. */
  #takeHead(chunk: Buffer, from: number): number | 'more' | 'invalid' {
    const room = MAX_HEAD_BYTES - this.#interimBytes;
    if (this.#text === '') {
      const end = chunk.indexOf(HEAD_END, from);
      if (end !== -1)
        return end - from <= room ? this.#headEnds(chunk.toString('latin1', from, end + 2), end + 4) : 'invalid';
    }
    const before = this.#text.length;
    this.#text += chunk.toString('latin1', from, Math.min(chunk.length, from + room + 4));
    const end = this.#text.indexOf('\r\n\r\n', Math.max(0, before - 3));
    if (end === -1) return this.#mayGoOn(room) ? 'more' : 'invalid';
    if (end > room) return 'invalid';
    const text = this.#text.slice(0, end + 2);
    this.#text = '';
    return this.#headEnds(text, from + end + 4 - before);
  }

  /** Nonsense is told at its first bytes, without waiting for an end that may never come. */
  #mayGoOn(room: number): boolean {
    const text = this.#text;
    const isStart = text.length < FIRST_WORD.length ? FIRST_WORD.startsWith(text) : text.startsWith(FIRST_WORD);
    return isStart && text.length <= room && !isForbidden(text.endsWith('\r') ? text.slice(0, -1) : text);
  }

  #headEnds(text: string, next: number): number | 'invalid' {
    const head = parseResponseHead(text, this.#rules);
    if (head === undefined) return 'invalid';
    if (head.status < 200) {
      this.#interimBytes += text.length + 2;
      return next;
    }
    this.#head = head;
    this.#left = head.length;
    if (head.framing === 'chunked') this.#chunks = new ChunkedDecoder();
    this.#sink.head(head);
    return next;
  }

  #takeBody(chunk: Buffer, at: number, { framing }: ResponseHead): ParserOutcome {
    switch (framing) {
      case 'none':
        return this.#ends(chunk, at);
      case 'length': {
        if (at === chunk.length) return 'more';
        const end = Math.min(chunk.length, at + this.#left);
        this.#left -= end - at;
        this.#sink.body(chunk.subarray(at, end));
        return this.#left === 0 ? this.#ends(chunk, end) : 'more';
      }
      case 'chunked': {
        const { next, outcome } = this.#chunks?.take(chunk, at, this.#sink) ?? { next: at, outcome: 'invalid' };
        return outcome === 'done' ? this.#ends(chunk, next) : outcome;
      }
      case 'close':
        if (at < chunk.length) this.#sink.body(chunk.subarray(at));
        return 'more';
    }
  }

  #ends(chunk: Buffer, at: number): ParserOutcome {
    this.#sink.end();
    return at === chunk.length ? 'done' : 'excess';
  }
}
