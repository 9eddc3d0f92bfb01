/**
 * One connection to an endpoint: a socket, the buffer that it reads into, the answer that is being read, and the watch over its
 * silence. Exchanges use it one after the other; between two of them it is idle, and whatever comes then ends it.
 *
 * Reads go into one buffer, again and again, unless the user still has parts of it to write: then the next read gets a new one.
 */
import { connect as connectPlain, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import type { Target } from '../transport.ts';
import { Alarm } from './alarm.ts';
import type { ConnectionUser, Loss } from './connection-user.ts';
import type { ResponseHead, ResponseHeadRules } from './response-head.ts';
import { ResponseParser } from './response-parser.ts';

/** What is read at a time, in bytes. */
const READ_BYTES = 65_536;
/** An endpoint closes a connection when its `Keep-Alive: timeout` is over; by as much earlier, in milliseconds, it is not used. */
const KEEP_ALIVE_MARGIN_MS = 1_000;

/** Where a connection goes when it is idle, and what is told when it is gone. */
export interface ConnectionOwner {
  readonly connectTimeoutMs: number;
  /** How long an idle connection is kept at most, in milliseconds. */
  readonly keepAliveMs: number;
  idle(connection: Connection): void;
  gone(connection: Connection): void;
}

export interface Use {
  /** The request's head with its empty line, one character for each byte. */
  readonly head: string;
  /** Whether a body follows; `bodySent` tells of its end. */
  readonly hasBody: boolean;
  readonly rules: ResponseHeadRules;
  readonly idleTimeoutMs: number;
  /** For the head of the answer, by `performance.now()`; `Infinity` until a body was sent. */
  readonly deadlineAt: number;
}

export class Connection {
  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  readonly #alarm = new Alarm(() => this.#rang());
  readonly #connectBy: number;
  #connecting = true;
  #user: ConnectionUser | undefined;
  #parser: ResponseParser | undefined;
  #isHeadSeen = false;
  #isBodySent = false;
  #hasBytes = false;
  #uses = 0;
  #deadlineAt = Infinity;
  #quietSince = 0;
  #quietMs = Infinity;
  #keepAliveText = '';
  #keepAliveMs: number;
  #isPaused = false;
  #isHeld = false;
  #error: unknown;

  constructor(target: Target, owner: ConnectionOwner) {
    this.#owner = owner;
    this.#keepAliveMs = owner.keepAliveMs;
    this.#connectBy = performance.now() + owner.connectTimeoutMs;
    const { hostname: host, port } = target;
    const options = { host, port, noDelay: true, onread: { buffer: this.#nextBuffer, callback: this.#onRead } };
    const isSecure = target.protocol === 'https:';
    this.#isHeld = true;
    this.#socket = isSecure
      ? connectSecure(isIP(host) === 0 ? { ...options, servername: host } : options)
      : connectPlain(options);
    this.#socket.once(isSecure ? 'secureConnect' : 'connect', this.#onConnected);
    this.#socket.on('error', (error) => (this.#error = error));
    this.#socket.once('end', this.#onEnd);
    this.#socket.once('close', () => this.#ended());
    this.#socket.on('drain', this.#onDrain);
  }

  /** Whether it is still coming about: what was written waits for that. */
  get isConnecting(): boolean {
    return this.#connecting;
  }

  /** Whether what was written waits for the endpoint to take it. */
  get isFull(): boolean {
    return this.#socket.writableNeedDrain;
  }

  begin(user: ConnectionUser, { head, hasBody, rules, idleTimeoutMs, deadlineAt }: Use): void {
    this.#user = user;
    this.#parser = new ResponseParser(user, rules);
    this.#isHeadSeen = false;
    this.#isBodySent = !hasBody;
    this.#hasBytes = false;
    this.#uses++;
    this.#deadlineAt = deadlineAt;
    this.#quietMs = idleTimeoutMs;
    this.#quietSince = performance.now();
    this.#socket.write(head, 'latin1');
    this.#watch();
  }

  /** @returns false when the endpoint takes no more until `drained`. */
  sendPart(part: Buffer): boolean {
    this.#quietSince = performance.now();
    return this.#socket.write(part);
  }

  /** As a chunk of the chunked coding. @returns as `sendPart`. */
  sendChunk(part: Buffer): boolean {
    this.#quietSince = performance.now();
    this.#socket.cork();
    this.#socket.write(`${part.length.toString(16)}\r\n`, 'latin1');
    this.#socket.write(part);
    const takesMore = this.#socket.write('\r\n', 'latin1');
    this.#socket.uncork();
    return takesMore;
  }

  /** @param tail - what ends the body by its framing. */
  bodySent(tail: string, deadlineAt: number): void {
    if (tail !== '') this.#socket.write(tail, 'latin1');
    this.#isBodySent = true;
    if (this.#isHeadSeen) return;
    this.#deadlineAt = deadlineAt;
    this.#watch();
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#quietSince = performance.now();
    this.#socket.resume();
  }

  /** Its user, if it has one, is told that it is gone. */
  cut(): void {
    this.#lose('broken');
  }

  /** Its user, if it has one, is told nothing. */
  destroy(): void {
    this.#user = undefined;
    this.#close();
  }

  /** Called by the socket for each read; false stops reading. */
  readonly #onRead = (length: number, buffer: Uint8Array): boolean => {
    const user = this.#user;
    const parser = this.#parser;
    if (user === undefined || parser === undefined) {
      // Nobody asked: an idle connection on which something comes cannot be trusted with the next request.
      this.#close();
      return false;
    }
    this.#hasBytes = true;
    this.#quietSince = performance.now();
    const outcome = parser.take((buffer as Buffer).subarray(0, length));
    if (outcome === 'invalid') {
      this.#lose('invalid');
      return false;
    }
    if (!this.#isHeadSeen && parser.head !== undefined) this.#headSeen();
    if (outcome === 'more') user.flush();
    this.#isHeld = user.holdsBuffer();
    if (outcome !== 'more') this.#answerEnded(parser.head, outcome === 'done');
    return !this.#isPaused;
  };

  /** Called before the first read and after each one: what it returns is read into from then on, if it returns anything. */
  readonly #nextBuffer = (): Uint8Array => {
    if (!this.#isHeld) return undefined as unknown as Uint8Array;
    this.#isHeld = false;
    return Buffer.allocUnsafeSlow(READ_BYTES);
  };

  readonly #onConnected = (): void => {
    this.#connecting = false;
    this.#quietSince = performance.now();
    this.#watch();
    this.#user?.connected();
  };

  readonly #onDrain = (): void => {
    this.#quietSince = performance.now();
    this.#user?.drained();
  };

  readonly #onEnd = (): void => {
    if (this.#parser?.finish() === 'done') this.destroy();
    else this.#ended();
  };

  #headSeen(): void {
    this.#isHeadSeen = true;
    this.#deadlineAt = Infinity;
  }

  /** Idle from now on, or over: when an end is not agreed about, or the endpoint still waits for a body. */
  #answerEnded(head: ResponseHead | undefined, isExact: boolean): void {
    // The user broke off while it was told of the end.
    if (this.#user === undefined) return;
    this.#user = undefined;
    this.#parser = undefined;
    if (head === undefined || !isExact || !head.persistent || !this.#isBodySent || this.#socket.destroyed) {
      this.#close();
      return;
    }
    if (head.keepAlive !== this.#keepAliveText) this.#obey(head.keepAlive);
    if (this.#keepAliveMs <= 0) {
      this.#close();
      return;
    }
    this.resume();
    this.#quietMs = this.#keepAliveMs;
    this.#watch();
    this.#owner.idle(this);
  }

  #obey(keepAlive: string): void {
    this.#keepAliveText = keepAlive;
    const seconds = /(?:^|[\s,;])timeout=([0-9]{1,7})(?:$|[\s,;])/i.exec(keepAlive)?.[1];
    const theirs = seconds === undefined ? Infinity : Number(seconds) * 1_000 - KEEP_ALIVE_MARGIN_MS;
    this.#keepAliveMs = Math.min(this.#owner.keepAliveMs, theirs);
  }

  #watch(): void {
    this.#alarm.set(this.#dueAt());
  }

  #dueAt(): number {
    const dueAt = Math.min(this.#deadlineAt, this.#quietSince + this.#quietMs);
    return this.#connecting ? Math.min(dueAt, this.#connectBy) : dueAt;
  }

  #rang(): void {
    const now = performance.now() + 1;
    if (this.#dueAt() > now) this.#watch();
    else if (this.#user === undefined) this.#close();
    else if (this.#connecting && this.#connectBy <= now) this.#lose('unconnected');
    else if (this.#deadlineAt <= now) this.#lose('overdue');
    else if (this.#user.mayStaySilent()) {
      this.#quietSince = now;
      this.#watch();
    }
  }

  #ended(): void {
    this.#lose(this.#uses > 1 && !this.#hasBytes ? 'stale' : 'broken', this.#error);
  }

  #lose(loss: Loss, error?: unknown): void {
    const user = this.#user;
    this.#user = undefined;
    this.#close();
    user?.lost(loss, error);
  }

  #close(): void {
    this.#alarm.stop();
    this.#parser = undefined;
    this.#socket.destroy();
    this.#owner.gone(this);
  }
}
