/**
 * Loaded into the processes of a fleet by `--import`, for tests and drills: on SIGUSR2 a process does the wrong that the file named by
 * `MISBEHAVIOUR_FILE` orders, for as long as it says. Until then, and in a process that is not told, it does nothing.
 */
import fs from 'node:fs';
import { Server } from 'node:http';
import type { ServerResponse } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { Worker } from 'node:worker_threads';

export type Misbehaviour = 'burn' | 'leak' | 'errors' | 'block' | 'slow' | 'poison' | 'no disk';

export interface MisbehaviourOrder {
  readonly what: Misbehaviour;
  readonly durationMs: number;
  /** What a URL has in it that kills who reads it, or the folder that cannot be read nor written. */
  readonly where?: string;
}

const STEP_MS = 20;
const LEAKED_ITEMS_A_STEP = 20_000;
/** The loop turns once between two of them, as with slow synchronous work. */
const BLOCK_MS = 500;
const SLOW_REQUEST_MS = 20;
/** So long are those that are asked with it under way when the process dies. */
const POISON_MS = 250;

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

/** One request after the other, each so long, as where one thread does the work; nothing is computed. Health checks are answered at once. */
function slow({ durationMs }: MisbehaviourOrder): void {
  const end = performance.now() + durationMs;
  const emit = Reflect.get(Server.prototype, 'emit');
  let freeAtMs = 0;
  Server.prototype.emit = function (this: Server, event: string | symbol, ...given: unknown[]): boolean {
    const [request] = given as [{ readonly url?: string }];
    const pass = (): boolean => Reflect.apply(emit, this, [event, ...given]) === true;
    const now = performance.now();
    if (event !== 'request' || now > end || request.url?.startsWith('/health') === true) return pass();
    freeAtMs = Math.max(freeAtMs, now) + SLOW_REQUEST_MS;
    setTimeout(pass, freeAtMs - now);
    return true;
  };
}

/** Whoever is asked for one thing dies of it, a moment later: as by a fault that a native library has with a certain package. */
function poison({ where = '' }: MisbehaviourOrder): void {
  const emit = Reflect.get(Server.prototype, 'emit');
  Server.prototype.emit = function (this: Server, event: string | symbol, ...given: unknown[]): boolean {
    const [request] = given as [{ readonly url?: string }];
    if (event !== 'request' || where === '' || request.url?.includes(where) !== true) {
      return Reflect.apply(emit, this, [event, ...given]) === true;
    }
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), POISON_MS);
    return true;
  };
}

const DISK_CALLS = ['stat', 'readFile', 'open', 'rename', 'mkdir', 'readdir', 'rm', 'openSync', 'rmSync', 'statSync'];

/** Whatever is done below a folder fails as it does on a disk that is broken. Source: errno(3), EIO. */
function breakDisk({ durationMs, where = '' }: MisbehaviourOrder): void {
  const end = performance.now() + durationMs;
  const failing = (name: string, call: (...given: unknown[]) => unknown) =>
    function (this: unknown, ...given: unknown[]): unknown {
      const isBelow = given.slice(0, 2).some((each) => typeof each === 'string' && each.startsWith(where));
      if (performance.now() > end || !isBelow) return Reflect.apply(call, this, given);
      const error = Object.assign(new Error(`EIO: i/o error, ${name}`), { code: 'EIO', errno: -5, syscall: name });
      if (name.endsWith('Sync')) throw error;
      return Promise.reject(error);
    };
  for (const name of DISK_CALLS) {
    const owner: object = name.endsWith('Sync') ? fs : fs.promises;
    const call = Reflect.get(owner, name) as (...given: unknown[]) => unknown;
    Reflect.set(owner, name, failing(name, call));
  }
  syncBuiltinESMExports();
}

const DEEDS: Readonly<Record<Misbehaviour, (order: MisbehaviourOrder) => void>> = {
  burn,
  leak,
  errors: failAll,
  block,
  slow,
  poison,
  'no disk': breakDisk,
};

function readOrder(): MisbehaviourOrder | undefined {
  try {
    return JSON.parse(fs.readFileSync(process.env.MISBEHAVIOUR_FILE ?? '', 'utf8')) as MisbehaviourOrder;
  } catch {
    return undefined;
  }
}

process.on('SIGUSR2', () => {
  const order = readOrder();
  if (order !== undefined) DEEDS[order.what](order);
});

// What kills is the package, and it is still there for the process that is started next.
const standing = readOrder();
if (standing?.what === 'poison') poison(standing);
