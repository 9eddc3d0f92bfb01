import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HostFixture, sendRaw } from './host-fixture.ts';

const fixture = new HostFixture();
const { start } = fixture;
afterEach(fixture.end);

describe('what is not a request', () => {
  it('is told of, but not where it is the body of one', async () => {
    const told: unknown[] = [];
    const host = await start({
      refused: (message) => told.push(message),
      handler: (request) => void request.resume(),
      limits: { maxHeaderBytes: 2048, headersTimeoutMs: 100 },
    });
    const head = 'GET / HTTP/1.1\r\nHost: x\r\n';
    await sendRaw(host, 'nonsense\r\n\r\n');
    await sendRaw(host, `${head}X: ${'a'.repeat(4096)}\r\n\r\n`);
    await sendRaw(host, 'CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n');
    await sendRaw(host, head);
    await sendRaw(host, 'PUT /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n');
    const peer = '127.0.0.1';
    expect(told).toEqual([
      { reason: 'malformed', status: 400, peer },
      { reason: 'headersTooLarge', status: 431, peer },
      { reason: 'tunnel', status: 405, peer },
      { reason: 'timeout', status: 408, peer },
    ]);
  });

  it('is 400 with a problem document', async () => {
    const answer = await sendRaw(await start(), 'nonsense\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 Invalid request\r\n/);
    expect(answer).toContain('FF_INVALID_REQUEST');
  });

  it('does not take the answer of the whole request before it', async () => {
    const begun = Promise.withResolvers<ServerResponse>();
    const host = await start({ handler: (_request, response) => begun.resolve(response) });
    const answer = sendRaw(host, 'PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhinonsense\r\n\r\n');
    const response = await begun.promise;
    await new Promise((resolve) => setImmediate(resolve));
    response.writeHead(201).end('made');
    expect(await answer).toMatch(/^HTTP\/1\.1 201 Created\r\n/);
    expect(await answer).toMatch(/connection: close\r\n/i);
    expect(await answer).not.toContain('FF_INVALID_REQUEST');
  });

  it('is 400 when it is the body of the request under way', async () => {
    const host = await start({ handler: (request) => void request.resume() });
    const answer = await sendRaw(host, 'PUT /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('is 405 when it asks for a tunnel, and closed also when its client does not close', async () => {
    const host = await start();
    const answer = await sendRaw(host, 'CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\nmore');
    expect(answer).toMatch(/^HTTP\/1\.1 405 Method not allowed\r\n/);
    expect(answer).toMatch(/\r\nallow: GET, /i);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ code: 'FF_METHOD_NOT_ALLOWED' });
    const stubborn = connect({ port: host.port, host: '127.0.0.1', allowHalfOpen: true });
    stubborn.on('error', () => undefined);
    stubborn.write('CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n');
    await once(stubborn.resume(), 'end');
    const gone = new Promise<void>((resolve) => stubborn.once('close', () => resolve()));
    const sending = setInterval(() => stubborn.write('more'), 50);
    await gone;
    clearInterval(sending);
  });

  it('is 431 when its head is too large', async () => {
    const host = await start({ limits: { maxHeaderBytes: 2048 } });
    const answer = await sendRaw(host, `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(4096)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 Request header fields too large\r\n/);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ code: 'FF_HEADERS_TOO_LARGE' });
  });
});
