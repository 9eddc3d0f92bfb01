import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createLogger, createMetrics, startHost } from './index.ts';
import type { HostOptions, RunningHost } from './index.ts';

const hosts: RunningHost[] = [];
afterEach(() => Promise.all(hosts.splice(0).map((host) => host.drain())));

const start = async (options: Partial<HostOptions> = {}): Promise<RunningHost> => {
  const names = { service: 'test', instance: 'test-1' };
  const log = createLogger({ ...names, level: 'info', write: () => undefined });
  const listen = { host: '127.0.0.1', port: 0 };
  const host = await startHost({ ...names, listen, log, metrics: createMetrics(names), drainMs: 5_000, ...options });
  hosts.push(host);
  return host;
};

/** Sends bytes as they are and gives back everything that comes until the server closes. */
const raw = async (host: RunningHost, text: string): Promise<string> => {
  const socket = connect(host.port, '127.0.0.1');
  socket.on('error', () => undefined);
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
  socket.write(text);
  await once(socket, 'close');
  return answer;
};

describe('a health request', () => {
  it.each([
    ['GET', 'Content-Length: 100', 200],
    ['POST', 'Transfer-Encoding: chunked', 405],
  ])('of %s with %s is answered and closed before the body has come', async (method, framing, status) => {
    const answer = await raw(await start(), `${method} /health/live HTTP/1.1\r\nHost: x\r\n${framing}\r\n\r\n1`);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*\r\nconnection: close\r\n`, 'i'));
  });

  it('keeps the connection of a request without a body', async () => {
    const host = await start();
    const answer = await fetch(`${host.url}/health/live`, { method: 'POST', body: '' });
    expect([answer.status, answer.headers.get('connection')]).toEqual([405, 'keep-alive']);
  });
});
