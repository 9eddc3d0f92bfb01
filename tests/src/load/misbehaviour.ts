/**
 * Loaded into the processes of a fleet by `--import`, for tests: on SIGUSR2 a process does the wrong that the file named by
 * `MISBEHAVIOUR_FILE` orders, for as long as it says. Until then, and in a process that is not told, it does nothing.
 */
import { readFileSync } from 'node:fs';
import { Server } from 'node:http';
import type { ServerResponse } from 'node:http';
import { Worker } from 'node:worker_threads';

export type Misbehaviour = 'burn' | 'leak' | 'errors' | 'block';

export interface MisbehaviourOrder {
  readonly what: Misbehaviour;
  readonly durationMs: number;
}

const STEP_MS = 20;
const LEAKED_ITEMS_A_STEP = 20_000;
/** The loop turns once between two of them, as with slow synchronous work. */
const BLOCK_MS = 500;

/** A thread of the process that computes; its event loop goes on, when it gets the processor. */
function burn({ durationMs }: MisbehaviourOrder): void {
  const source = 'const end = performance.now() + Number(process.argv[2]); while (performance.now() < end);';
  new Worker(source, { eval: true, argv: [String(durationMs)] });
}

/** About 150 MB a second of objects that stay, until the heap is full and the process dies. */
function leak({ durationMs }: MisbehaviourOrder): void {
  const kept: unknown[] = [];
  const end = performance.now() + durationMs;
  const step = (): void => {
    for (let each = 0; each < LEAKED_ITEMS_A_STEP; each += 1) kept.push({ each, text: `leaked ${each}`, list: [each] });
    if (performance.now() < end) setTimeout(step, STEP_MS);
  };
  step();
}

/** Every answer is a 500 but those of the health checks: the process believes that it is well. */
function failAll({ durationMs }: MisbehaviourOrder): void {
  const end = performance.now() + durationMs;
  const emit = Reflect.get(Server.prototype, 'emit');
  Server.prototype.emit = function (this: Server, event: string | symbol, ...given: unknown[]): boolean {
    const [request, response] = given as [{ readonly url?: string }, ServerResponse];
    if (event !== 'request' || performance.now() > end || request.url?.startsWith('/health') === true) {
      return Reflect.apply(emit, this, [event, ...given]) === true;
    }
    response.writeHead(500, { 'content-type': 'text/plain' }).end('out of order');
    return true;
  };
}

/** The event loop stands still, and computes nothing meanwhile. */
function block({ durationMs }: MisbehaviourOrder): void {
  const end = performance.now() + durationMs;
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const step = (): void => {
    Atomics.wait(cell, 0, 0, BLOCK_MS);
    if (performance.now() < end) setTimeout(step, 1);
  };
  step();
}

const DEEDS: Readonly<Record<Misbehaviour, (order: MisbehaviourOrder) => void>> = {
  burn,
  leak,
  errors: failAll,
  block,
};

process.on('SIGUSR2', () => {
  const order = JSON.parse(readFileSync(process.env.MISBEHAVIOUR_FILE ?? '', 'utf8')) as MisbehaviourOrder;
  DEEDS[order.what](order);
});
