/** The lean client against a real server: the same outcomes as the other one has. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { LeanClient } from './lean-client.ts';
import type { LoadOutcome } from './load-client.ts';

let server: Server;
let origin: string;
let client: LeanClient;
const connections = new Set<number | undefined>();

beforeEach(async () => {
  server = createServer((request, response) => {
    connections.add(request.socket.remotePort);
    switch (request.url) {
      case '/length?a=1':
        response.writeHead(200, { 'content-length': 5 }).end('hello');
        return;
      case '/chunks':
        response.write('hel\r\n\r\n');
        setImmediate(() => response.end('0\r\n\r\n'));
        return;
      case '/busy':
        response.writeHead(503, 'Too busy: try again in 7 s', { 'retry-after': '7' }).end('busy');
        return;
      case '/close':
        response.writeHead(200, { connection: 'close' }).end('last');
        return;
      case '/broken':
        response.writeHead(200, { 'content-length': 100 }).write('half');
        setImmediate(() => response.destroy());
        return;
      case '/silent':
        return;
      default:
        response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = new LeanClient({ maxConnections: 2, timeoutMs: 1_000 });
  connections.clear();
});

afterEach(async () => {
  client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const ask = (path: string): Promise<LoadOutcome> =>
  new Promise((resolve) => client.send({ url: origin + path }, resolve));

describe('a lean client', () => {
  it.each([
    ['/length?a=1', { outcome: 'ok' }],
    ['/chunks', { outcome: 'ok' }],
    ['/close', { outcome: 'ok' }],
    ['/busy', { outcome: 'refused', reason: '503 Too busy: try again in N s' }],
    ['/absent', { outcome: 'failed', reason: 'status 404' }],
    ['/broken', { outcome: 'failed', reason: 'the answer broke off' }],
    ['/silent', { outcome: 'failed', reason: 'timeout' }],
  ])('tells what became of %s, and goes on after it', async (path, outcome) => {
    expect(await ask(path)).toEqual(outcome);
    expect(await ask('/chunks')).toEqual({ outcome: 'ok' });
  });

  it('keeps its connections, and has no more than it may', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => ask('/chunks')));
    expect(all.every(({ outcome }) => outcome === 'ok')).toBe(true);
    expect(connections.size).toBe(2);
  });

  it('goes to this machine alone', () => {
    expect(() => client.send({ url: 'http://packages.example/' }, () => undefined)).toThrow('this machine alone');
  });
});
