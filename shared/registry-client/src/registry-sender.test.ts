/** One suite over both ways to the wire. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { RegistryRequest } from './registry-sender.ts';
import { sendByAxios } from './send-by-axios.ts';
import { sendByNode } from './send-by-node.ts';

const token = 'ff_secret';

describe.each([
  ['axios', sendByAxios],
  ['node:http', sendByNode],
])('a request to the registry by %s', (_name, send) => {
  let server: Server;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let base: URL;

  const ask = (rest: Partial<RegistryRequest> = {}) =>
    send({ method: 'GET', url: base, token, body: undefined, timeoutMs: 5000, signal: undefined, ...rest });

  beforeEach(async () => {
    server = createServer((request, response) => answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api/x?after=1`);
  });
  afterEach(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });

  it('carries method, path, query, token and JSON, and gives status and JSON back', async () => {
    const seen: unknown[] = [];
    answer = (request, response) => {
      void text(request).then((body) => {
        const { authorization, 'content-type': type } = request.headers;
        seen.push(request.method, request.url, authorization, type?.split(';')[0], body);
        response.writeHead(201, { 'content-type': 'application/json' }).end('{"done":true}');
      });
    };
    expect(await ask({ method: 'POST', body: { a: '\u00e4' } })).toEqual({ status: 201, data: { done: true } });
    expect(seen).toEqual(['POST', '/api/x?after=1', `Bearer ${token}`, 'application/json', '{"a":"\u00e4"}']);
  });

  it('gives every status back, follows no redirect, and says nothing about a body that is no JSON', async () => {
    answer = (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end('<html>');
    expect(await ask()).toEqual({ status: 302, data: undefined });
  });

  it('has a connection of its own', async () => {
    const connections = new Set<unknown>();
    answer = (request, response) => {
      connections.add(request.socket);
      response.end('{}');
    };
    await ask();
    await ask();
    expect(connections.size).toBe(2);
  });

  it('fails when nobody answers, without the token in what it says', async () => {
    answer = (request) => request.socket.destroy();
    const error: unknown = await ask().catch((reason: unknown) => reason);
    expect(error).toHaveProperty('message');
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(token);
  });

  it('fails when the answer breaks off', async () => {
    answer = (request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"half":', () => request.socket.destroy());
    };
    await expect(ask()).rejects.toThrow();
  });

  it('waits no longer than it may, for the body too', async () => {
    answer = (_request, response) => void response.writeHead(200).write('{');
    await expect(ask({ timeoutMs: 50 })).rejects.toThrow();
  });

  it('ends when it is told to', async () => {
    const stop = new AbortController();
    answer = () => stop.abort();
    await expect(ask({ signal: stop.signal })).rejects.toThrow();
    await expect(ask({ signal: stop.signal })).rejects.toThrow();
  });
});
