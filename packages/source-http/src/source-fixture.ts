/** A package source on a real socket that does what a test says, and a client that may reach it. */
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Certificate } from '@feedfleet/test-certificates';
import { createSourceHttp } from './create-source-http.ts';
import type { SourceHttpOptions } from './create-source-http.ts';
import { SourceFailure } from './source-failure.ts';
import type { SourceAsk, SourceHttp, SourceRequest, SourceResponse, SourceTarget } from './source-http.ts';

export interface SickSource {
  /** Without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Of all requests, in order. */
  readonly requests: IncomingMessage[];
  readonly connections: () => number;
  readonly stop: () => Promise<void>;
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export async function startSource(answer: Answer, certificate?: Certificate): Promise<SickSource> {
  const requests: IncomingMessage[] = [];
  const listener: RequestListener = (request, response) => {
    requests.push(request);
    answer(request, response);
  };
  const server =
    certificate === undefined
      ? createServer(listener)
      : createTlsServer({ cert: certificate.certificate, key: certificate.key }, listener);
  const running = await listen(server);
  const scheme = certificate === undefined ? 'http' : 'https';
  return { ...running, url: `${scheme}://127.0.0.1:${running.port}`, requests };
}

/** One that speaks no HTTP but what the test writes. */
export async function startRawSource(connected: (socket: Socket, connection: number) => void): Promise<SickSource> {
  let connection = 0;
  const server = createTcpServer((socket) => {
    connection += 1;
    socket.on('error', () => undefined);
    connected(socket, connection);
  });
  const running = await listen(server);
  return { ...running, url: `http://127.0.0.1:${running.port}`, requests: [] };
}

async function listen(server: Server): Promise<Pick<SickSource, 'port' | 'connections' | 'stop'>> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    connections: () => connections,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

export function makeClient(options: Partial<SourceHttpOptions> = {}): SourceHttp {
  return createSourceHttp({ ownAddresses: () => [], ...options });
}

export function targetOf(url: string, rest: Partial<SourceTarget> = {}): SourceTarget {
  return {
    key: url,
    sourceId: 'source-0123456789abcdef',
    origin: new URL(url).origin,
    allowPrivateAddresses: true,
    timeoutMs: 10_000,
    authorization: () => ({}),
    ...rest,
  };
}

export function askOf(rest: Partial<SourceAsk> = {}): SourceAsk {
  return {
    signal: new AbortController().signal,
    remainingMs: () => 30_000,
    requestId: 'request-1',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    chain: '',
    ...rest,
  };
}

export function get(
  http: SourceHttp,
  url: string,
  rest: { readonly target?: Partial<SourceTarget>; readonly request?: Omit<Partial<SourceRequest>, 'stream'> } = {},
): Promise<SourceResponse> {
  return http.request(targetOf(new URL(url).origin, rest.target), {
    url,
    accept: 'application/json',
    ask: askOf(),
    ...rest.request,
  });
}

/** @returns the failure; an answer fails the test. */
export async function failureIn(asked: Promise<unknown>): Promise<SourceFailure> {
  const ended = await asked.then(
    () => 'an answer',
    (error: unknown) => error,
  );
  if (ended instanceof SourceFailure) return ended;
  throw new Error(`expected a SourceFailure, got ${String(ended)}`, { cause: ended });
}
