/**
 * One way of a relayed connection: what one socket sends and the other gets, in order, under the fault of the moment.
 *
 * Bounded: with more than `MOST_QUEUED_BYTES` on the way, nothing more is read of the sender.
 */
import type { Socket } from 'node:net';

import { closeDelayOf, latencyOf, transferMs } from './network-fault.ts';
import type { NetworkFault } from './network-fault.ts';

const MOST_QUEUED_BYTES = 1024 * 1024;
/** What passes at once where there is a limit to the bandwidth. */
const PIECE_BYTES = 4 * 1024;

interface Passing {
  /** Null is the end. */
  readonly bytes: Buffer | null;
  readonly dueMs: number;
}

export interface OneWayOptions {
  readonly from: Socket;
  readonly to: Socket;
  readonly fault: () => NetworkFault;
  /** Told of bytes that have passed. */
  readonly onPassed: (bytes: number) => void;
}

export class OneWay {
  readonly #options: OneWayOptions;
  readonly #queue: Passing[] = [];
  #queuedBytes = 0;
  #busyUntilMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #waitsForDrain = false;

  constructor(options: OneWayOptions) {
    this.#options = options;
    const { from, to } = options;
    from.on('data', (chunk) => this.#take(Buffer.from(chunk as Buffer)));
    from.on('end', () => this.#add({ bytes: null, dueMs: performance.now() + closeDelayOf(options.fault()) }));
    to.on('drain', () => {
      this.#waitsForDrain = false;
      this.wake();
    });
  }

  /** To be called when the fault is another one. */
  wake(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pass();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#queue.length = 0;
    this.#queuedBytes = 0;
  }

  #take(chunk: Buffer): void {
    const fault = this.#options.fault();
    // Who sends into a connection whose other end is gone gets no answer, and is not told.
    if (fault.kind === 'halfOpen') return;
    const piece = fault.kind === 'bandwidth' ? PIECE_BYTES : chunk.length;
    for (let at = 0; at < chunk.length; at += piece) {
      const bytes = chunk.subarray(at, at + piece);
      this.#busyUntilMs = Math.max(this.#busyUntilMs, performance.now()) + transferMs(fault, bytes.length);
      this.#queuedBytes += bytes.length;
      this.#add({ bytes, dueMs: this.#busyUntilMs + latencyOf(fault) });
    }
    if (this.#queuedBytes > MOST_QUEUED_BYTES) this.#options.from.pause();
  }

  #add(passing: Passing): void {
    this.#queue.push(passing);
    if (this.#timer === undefined) this.#pass();
  }

  #pass(): void {
    const { from, to, fault, onPassed } = this.#options;
    while (!this.#waitsForDrain && fault().kind !== 'blackHole') {
      const [next] = this.#queue;
      if (next === undefined) return;
      const waitMs = next.dueMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.wake(), waitMs);
        return;
      }
      this.#queue.shift();
      if (next.bytes === null) {
        to.end();
        return;
      }
      this.#queuedBytes -= next.bytes.length;
      this.#waitsForDrain = !to.write(next.bytes);
      if (this.#queuedBytes <= MOST_QUEUED_BYTES / 2) from.resume();
      onPassed(next.bytes.length);
    }
  }
}
