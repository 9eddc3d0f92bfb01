/** The body of a client's request on its way to the endpoint; made only for a request that has one. */
import type { IncomingMessage } from 'node:http';
import { discardBody } from '../discard-body.ts';
import type { Connection } from './connection.ts';

export interface ClientBodyOptions {
  readonly framing: 'length' | 'chunked';
  readonly maxBytes: number;
  /** How long the rest is read after an answer that did not wait for it, in milliseconds. */
  readonly discardTimeoutMs: number;
  /** The connection that takes it; `undefined` once there is none any more. */
  readonly connection: () => Connection | undefined;
  /** From the end of the body on: when the head of the answer must have come, by `performance.now()`. */
  readonly deadlineAt: () => number;
  /** It grew past `maxBytes`. */
  readonly tooLarge: () => void;
}

export class ClientBody {
  readonly #request: IncomingMessage;
  readonly #options: ClientBodyOptions;
  #bytes = 0;
  #isBegun = false;

  constructor(request: IncomingMessage, options: ClientBodyOptions) {
    this.#request = request;
    this.#options = options;
  }

  /** Whether some of it may have been read. */
  get isBegun(): boolean {
    return this.#isBegun;
  }

  begin(): void {
    if (this.#isBegun) return;
    this.#isBegun = true;
    this.#request.on('data', this.#onPart);
    this.#request.on('end', this.#onEnd);
  }

  resume(): void {
    this.#request.resume();
  }

  /** Nothing of it is passed on any more. */
  stop(): void {
    this.#request.off('data', this.#onPart);
    this.#request.off('end', this.#onEnd);
  }

  discard(): void {
    this.stop();
    discardBody(this.#request, { timeoutMs: this.#options.discardTimeoutMs });
  }

  readonly #onPart = (part: Buffer): void => {
    const { framing, maxBytes, tooLarge } = this.#options;
    const connection = this.#options.connection();
    if (connection === undefined) return;
    this.#bytes += part.length;
    if (this.#bytes > maxBytes) {
      tooLarge();
      return;
    }
    const takesMore = framing === 'chunked' ? connection.sendChunk(part) : connection.sendPart(part);
    if (!takesMore) this.#request.pause();
  };

  readonly #onEnd = (): void => {
    const { framing, deadlineAt } = this.#options;
    this.#options.connection()?.bodySent(framing === 'chunked' ? '0\r\n\r\n' : '', deadlineAt());
  };
}
