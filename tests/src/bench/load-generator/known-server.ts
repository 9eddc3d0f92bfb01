/**
 * A process that answers each request (`/?ms=D`) after as many milliseconds as it says, and stands still for a time when it is told to. It keeps
 * when it did, by the clock that all processes of a machine share.
 *
 * It looks at its clock all the time instead of relying on timers, which are a millisecond late or more; that takes a processor.
 */
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Stall } from './known-answers.ts';

/** From the parent. */
export type KnownServerOrder = { readonly stallMs: number } | { readonly tell: true };

interface Waiting {
  readonly dueMs: number;
  readonly response: ServerResponse;
}

const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;
const BODY = Buffer.from('ok');

let stall: Stall = { startMs: 0, endMs: 0 };
let waiting: Waiting[] = [];
let isLooking = false;

function answer({ response }: Waiting): void {
  response.writeHead(200, { 'content-length': BODY.length }).end(BODY);
}

function look(): void {
  const now = nowMs();
  const due = waiting.filter(({ dueMs }) => dueMs <= now);
  if (due.length > 0) {
    waiting = waiting.filter(({ dueMs }) => dueMs > now);
    for (const each of due) answer(each);
  }
  isLooking = waiting.length > 0;
  if (isLooking) setImmediate(look);
}

function standStill(ms: number): void {
  const startMs = nowMs();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  stall = { startMs, endMs: nowMs() };
}

const server = createServer((request, response) => {
  const query = new URLSearchParams(request.url?.split('?')[1]);
  const each = { dueMs: nowMs() + Number(query.get('ms')), response };
  if (query.get('ms') === '0') {
    answer(each);
    return;
  }
  waiting.push(each);
  if (!isLooking) setImmediate(look);
  isLooking = true;
});

// A connection that ends for lack of use, just when it is used again, would be an error that nobody meant.
server.keepAliveTimeout = 0;

process.on('message', (order: KnownServerOrder) => {
  if ('stallMs' in order) standStill(order.stallMs);
  else process.send?.(stall);
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
