/** What the transport's conformance suite talks through: real sockets on both sides, written and read byte by byte. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server as HttpServer, ServerResponse } from 'node:http';
import { connect, createServer as createNetServer } from 'node:net';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import type { ForwardOptions, ForwardOutcome, Target, Transport } from '../transport.ts';

const PATIENCE_MS = 60_000;

/** What has to be ended after a test, in the order in which it was opened. */
export class Cleanup {
  readonly #steps: (() => void)[] = [];

  add(step: () => void): void {
    this.#steps.push(step);
  }

  run(): void {
    for (const step of this.#steps.splice(0).reverse()) step();
  }
}

/** Fails loudly instead of hanging: `what` names what did not happen. */
export async function within<T>(promise: Promise<T>, what: string, timeoutMs: number = PATIENCE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${timeoutMs} ms: ${what}`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export async function listen(server: NetServer, cleanup: Cleanup): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  cleanup.add(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A socket with a memory: waits for what it is to receive. */
export class Peer {
  readonly socket: Socket;
  #received = '';

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => (this.#received += chunk));
    socket.on('error', () => undefined);
  }

  get received(): string {
    return this.#received;
  }

  send(text: string): this {
    this.socket.write(text, 'latin1');
    return this;
  }

  /** Everything received, as soon as it has `pattern` in it. */
  until(pattern: string | RegExp): Promise<string> {
    const has = (): boolean =>
      typeof pattern === 'string' ? this.#received.includes(pattern) : pattern.test(this.#received);
    const found = new Promise<string>((resolve, reject) => {
      const look = (): void => {
        if (has()) resolve(this.#received);
        else if (this.socket.destroyed) reject(new Error(`closed after: ${JSON.stringify(this.#received)}`));
      };
      this.socket.on('data', look);
      this.socket.once('close', look);
      look();
    });
    return within(found, `${String(pattern)} in ${JSON.stringify(this.#received)}`);
  }

  /** Everything received until the other side closed. */
  async closed(): Promise<string> {
    const closed = new Promise<void>((resolve) => {
      if (this.socket.closed) resolve();
      else this.socket.once('close', () => resolve());
    });
    await within(closed, `the end after ${JSON.stringify(this.#received)}`);
    return this.#received;
  }
}

export async function connectTo(port: number, cleanup: Cleanup): Promise<Peer> {
  const socket = connect(port, '127.0.0.1');
  cleanup.add(() => socket.destroy());
  const peer = new Peer(socket);
  await once(socket, 'connect');
  return peer;
}

export interface RawUpstream {
  readonly port: number;
  /** The connections in the order in which they came; waits for the next one. */
  next(): Promise<Peer>;
  count(): number;
}

/** An endpoint of which each byte is written by the test. */
export async function startRawUpstream(cleanup: Cleanup): Promise<RawUpstream> {
  const peers: Peer[] = [];
  let taken = 0;
  const server = createNetServer((socket) => peers.push(new Peer(socket)));
  const port = await listen(server, cleanup);
  return {
    port,
    count: () => peers.length,
    next: async () => {
      while (peers.length <= taken) await within(once(server, 'connection'), 'a connection to the endpoint');
      const peer = peers[taken++];
      if (peer === undefined) throw new Error('no connection');
      return peer;
    },
  };
}

export interface HttpUpstream {
  readonly port: number;
  readonly server: HttpServer;
  readonly seen: IncomingMessage[];
}

export async function startHttpUpstream(cleanup: Cleanup, handler: RequestListener): Promise<HttpUpstream> {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    handler(request, response);
  });
  return { port: await listen(server, cleanup), server, seen };
}

export interface Front {
  readonly port: number;
  /** Outcomes in the order in which exchanges ended; waits for the next one. */
  outcome(): Promise<ForwardOutcome>;
  client(): Promise<Peer>;
}

export interface FrontOptions {
  readonly transport: Transport;
  readonly upstreamPort: number;
  readonly hostname?: string;
  readonly forward?: Partial<ForwardOptions>;
}

/** A server in front of the transport that answers `599 <termination>` where the transport left that to its caller. */
export async function startFront(cleanup: Cleanup, options: FrontOptions): Promise<Front> {
  const outcomes: Promise<ForwardOutcome>[] = [];
  const target: Target = {
    family: 'v2',
    instance: 'v2-1',
    protocol: 'http:',
    hostname: options.hostname ?? '127.0.0.1',
    port: options.upstreamPort,
  };
  let announce: () => void = () => undefined;
  const server = createServer((request, response) => {
    outcomes.push(forward(options, { request, response, target }));
    announce();
  });
  cleanup.add(() => options.transport.close());
  const port = await listen(server, cleanup);
  return {
    port,
    client: () => connectTo(port, cleanup),
    outcome: async () => {
      if (outcomes.length === 0) await within(new Promise<void>((resolve) => (announce = resolve)), 'a request');
      const next = outcomes.shift();
      if (next === undefined) throw new Error('no request');
      return within(next, 'the outcome');
    },
  };
}

async function forward(
  { transport, forward: overrides }: FrontOptions,
  { request, response, target }: { request: IncomingMessage; response: ServerResponse; target: Target },
): Promise<ForwardOutcome> {
  const outcome = await transport.forward(request, response, target, {
    path: request.url ?? '/',
    timeoutMs: 5_000,
    idleTimeoutMs: 5_000,
    maxBodyBytes: 1024 ** 3,
    headers: {},
    withheld: new Set(),
    responseHeaders: {},
    ...overrides,
  });
  if (outcome.outcome === 'unanswered' && !response.destroyed) {
    response.writeHead(599, outcome.termination, { 'content-length': 0 }).end();
    request.resume();
  }
  return outcome;
}
