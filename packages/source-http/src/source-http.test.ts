/** The client against real sources, well and sick ones. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

import { afterEach, describe, expect, it } from '@jest/globals';

import type { SourceHttpOptions } from './create-source-http.ts';
import { askOf, failureIn, get, makeClient, startRawSource, startSource, targetOf } from './source-fixture.ts';
import type { Answer, SickSource } from './source-fixture.ts';
import type { SourceHttp } from './source-http.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function client(options: Partial<SourceHttpOptions> = {}): SourceHttp {
  const http = makeClient(options);
  cleanups.push(() => http.close());
  return http;
}

async function source(answer: Answer): Promise<SickSource> {
  const started = await startSource(answer);
  cleanups.push(() => started.stop());
  return started;
}

async function rawSource(...args: Parameters<typeof startRawSource>): Promise<SickSource> {
  const started = await startRawSource(...args);
  cleanups.push(() => started.stop());
  return started;
}

const endless = (write: () => boolean, drain: (then: () => void) => void): void => {
  while (write());
  drain(() => endless(write, drain));
};

describe('a document far larger than real ones', () => {
  const large = (bytes: number) =>
    source((_, response) => {
      response.writeHead(200);
      response.end(Buffer.alloc(bytes, ' '));
    });
  /** Minutes for what is beyond: who waits for that has to be told to stop. */
  const pace = { freeBytes: 100_000, maxFreeBytes: 300_000, startBytesPerSecond: 1_000, fullBytesPerSecond: 1_000 };
  const limits = { pace };

  /** Of `reader`, or that it is still reading after a while; then it is told to stop. */
  const readFor300Ms = async (reader: ReturnType<typeof client>, url: string): Promise<unknown> => {
    const leaving = new AbortController();
    const asked = get(reader, url, { request: { ask: askOf({ signal: leaving.signal }) } });
    const told = asked.then(({ body }) => body.length).catch((error: unknown) => error);
    const found = await Promise.race([told, new Promise((resolve) => setTimeout(resolve, 300, 'still reading'))]);
    leaving.abort(new Error('gone'));
    if (found === 'still reading') expect(await told).toMatchObject({ kind: 'cancelled' });
    return found;
  };

  it('is read no faster than its pace, and given up with the one who asks', async () => {
    const { url } = await large(400_000);
    expect(await readFor300Ms(client({ limits }), url)).toBe('still reading');
  });

  it('makes its source one that is read slowly from early on, until a document is whole', async () => {
    let bytes = 400_000;
    const { url } = await source((_, response) => {
      response.writeHead(200);
      response.end(Buffer.alloc(bytes, ' '));
    });
    const reader = client({ limits });
    const read = (next: number): Promise<unknown> => {
      bytes = next;
      return readFor300Ms(reader, url);
    };
    expect(await read(80_000)).toBe(80_000);
    expect(await read(400_000)).toBe('still reading');
    expect(await read(80_000)).toBe('still reading');
    expect(await read(20_000)).toBe(20_000);
    expect(await read(80_000)).toBe(80_000);
  });

  it('is read at once when its source had one half as large, up to a bound', async () => {
    let bytes = 0;
    const { url } = await source((_, response) => {
      response.writeHead(200);
      response.end(Buffer.alloc(bytes, ' '));
    });
    const reader = client({ limits });
    for (bytes of [90_000, 170_000, 290_000]) expect(await readFor300Ms(reader, url)).toBe(bytes);
    bytes = 400_000;
    expect(await readFor300Ms(reader, url)).toBe('still reading');
  });

  it('is read faster and faster', async () => {
    const { url } = await large(800_000);
    const slow = { ...pace, startBytesPerSecond: 100_000 };
    const reader = client({ limits: { pace: { ...slow, fullBytesPerSecond: 10_000_000 } } });
    const startedAtMs = performance.now();
    expect((await get(reader, url)).body).toHaveLength(800_000);
    expect(performance.now() - startedAtMs).toBeGreaterThan(2_400);
    expect(performance.now() - startedAtMs).toBeLessThan(7_000);
  });

  it('is read at once below that', async () => {
    const { url } = await large(100_000);
    expect((await get(client({ limits }), url)).body).toHaveLength(100_000);
  });
});

describe('an answer', () => {
  it('comes with status, body and the headers that somebody has a use for', async () => {
    const { url } = await source((_, response) => {
      response.writeHead(200, { etag: '"a"', 'content-type': 'application/json', 'set-cookie': 'a=b', 'x-other': '1' });
      response.end('{}');
    });
    const answer = await get(client(), `${url}/index.json`);
    expect(answer).toMatchObject({ status: 200, finalUrl: `${url}/index.json`, requests: 1 });
    expect(answer.body.toString()).toBe('{}');
    expect(answer.headers).toEqual({ etag: '"a"', 'content-type': 'application/json' });
  });

  it.each([200, 304, 401, 403, 404, 410])('may have status %d', async (status) => {
    const { url } = await source((_, response) => response.writeHead(status).end());
    expect(await get(client(), url, { request: { ifNoneMatch: '"a"' } })).toMatchObject({ status, requests: 1 });
  });

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('is decompressed: %s', async (coding, compress) => {
    const text = 'packages '.repeat(1000);
    const { url } = await source((_, response) => {
      const body = compress(text);
      response.writeHead(200, { 'content-encoding': coding, 'content-length': body.length }).end(body);
    });
    const answer = await get(client(), url);
    expect(answer.body.toString()).toBe(text);
    expect(answer.headers).not.toHaveProperty('content-length');
  });

  it('is asked for with all that the source has to know', async () => {
    const { url, requests } = await source((_, response) => response.end());
    const ask = askOf({ chain: 'abc; leaf, def', remainingMs: () => 2_000 });
    await get(client(), url, { request: { ask, ifNoneMatch: '"x"', accept: 'application/atom+xml' } });
    expect(requests[0]?.headers).toMatchObject({
      accept: 'application/atom+xml',
      'accept-encoding': 'gzip, br',
      'if-none-match': '"x"',
      'x-nuget-feedchain': 'abc; leaf, def',
      'x-request-id': 'request-1',
      traceparent: ask.traceparent,
    });
    const toldMs = Number(requests[0]?.headers['x-feedfleet-timeout-ms']);
    expect(toldMs).toBeGreaterThan(0);
    expect(toldMs).toBeLessThanOrEqual(2_000);
  });

  it('comes over one connection as long as that is kept', async () => {
    const { url, connections } = await source((_, response) => response.end('{}'));
    const http = client();
    for (let count = 0; count < 5; count += 1) await get(http, url);
    expect(connections()).toBe(1);
  });

  it('is handed on as it comes when it is asked for so', async () => {
    const { url, requests } = await source((_, response) => response.end(Buffer.alloc(3_000_000, 7)));
    const http = client();
    const request = { url, accept: '*/*', ask: askOf(), stream: true } as const;
    const { body, headers } = await http.request(targetOf(url), request);
    expect(http.stateOf(url)).toMatchObject({ inFlight: 1 });
    let bytes = 0;
    for await (const part of body as AsyncIterable<Buffer>) bytes += part.length;
    expect(bytes).toBe(3_000_000);
    expect(headers['content-length']).toBe('3000000');
    expect(requests[0]?.headers['accept-encoding']).toBe('identity');
    expect(http.stateOf(url)).toMatchObject({ inFlight: 0 });
  });
});

describe('a sick source', () => {
  it('that refuses connections', async () => {
    const { url, stop } = await source(() => undefined);
    await stop();
    expect(await failureIn(get(client(), url))).toMatchObject({ kind: 'refused', requests: 0, where: url });
  });

  it('that takes a request and is silent', async () => {
    const { url } = await source(() => undefined);
    const http = client({ limits: { headTimeoutMs: 100 } });
    expect(await failureIn(get(http, url))).toMatchObject({ kind: 'timeout', requests: 1 });
    const slow = get(client(), url, { target: { timeoutMs: 100 } });
    expect(await failureIn(slow)).toMatchObject({ kind: 'timeout', requests: 1 });
    const late = get(client(), url, { request: { ask: askOf({ remainingMs: () => 100 }) } });
    expect(await failureIn(late)).toMatchObject({ kind: 'timeout', requests: 1 });
  });

  it('is not asked when the time is over', async () => {
    const { url, requests } = await source((_, response) => response.end());
    const over = get(client(), url, { request: { ask: askOf({ remainingMs: () => 0 }) } });
    expect(await failureIn(over)).toMatchObject({ kind: 'timeout', requests: 0 });
    expect(requests).toHaveLength(0);
  });

  it('that stops in the middle, or drips', async () => {
    const { url } = await source((request, response) => {
      response.write('{');
      if (request.url !== '/drip') return;
      const timer = setInterval(() => response.write(' '), 10);
      response.once('close', () => clearInterval(timer));
    });
    const http = client({ limits: { idleTimeoutMs: 100 } });
    expect(await failureIn(get(http, url))).toMatchObject({
      kind: 'timeout',
      detail: expect.stringMatching(/middle/) as unknown,
    });
    const drip = get(http, `${url}/drip`, { target: { timeoutMs: 300 } });
    expect(await failureIn(drip)).toMatchObject({ kind: 'timeout', requests: 1 });
  });

  it('that drips what is streamed', async () => {
    const { url } = await source((_, response) => {
      const timer = setInterval(() => response.write('a'), 10);
      response.once('close', () => clearInterval(timer));
    });
    const http = client({ limits: { rateGraceMs: 200, minBytesPerSecond: 10_000 } });
    const { body } = await http.request(targetOf(url), { url, accept: '*/*', ask: askOf(), stream: true });
    expect(await failureIn(body.toArray())).toMatchObject({
      kind: 'timeout',
      detail: expect.stringMatching(/slowly/) as unknown,
    });
  });

  it.each([500, 502, 503, 408, 429])('that answers with %d', async (status) => {
    const { url } = await source((_, response) => response.writeHead(status).end('broken'));
    expect(await failureIn(get(client(), url))).toMatchObject({ kind: 'status', status });
  });

  it('that speaks something else than HTTP', async () => {
    const { url } = await rawSource((socket) => socket.end('SSH-2.0-OpenSSH_9.0\r\n'));
    expect(await failureIn(get(client(), url))).toMatchObject({ kind: 'malformed', requests: 1 });
  });

  it('that never stops: with the head, the body, or a body in chunks of nothing', async () => {
    const { url: head } = await rawSource((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      endless(
        () => socket.write(`x-a: ${'b'.repeat(1000)}\r\n`),
        (then) => socket.once('drain', then),
      );
    });
    expect(await failureIn(get(client(), head))).toMatchObject({
      kind: 'tooLarge',
      detail: expect.stringMatching(/head/) as unknown,
    });
    const { url: body } = await source((_, response) => {
      endless(
        () => response.write(Buffer.alloc(10_000)),
        (then) => response.once('drain', then),
      );
    });
    const bounded = get(client(), body, { request: { maxBytes: 100_000 } });
    expect(await failureIn(bounded)).toMatchObject({ kind: 'tooLarge', requests: 1 });
  });

  it('that tells a length beyond the bound is not read', async () => {
    const { url } = await source((_, response) => response.writeHead(200, { 'content-length': 10_000 }).flushHeaders());
    const bounded = get(client(), url, { request: { maxBytes: 1_000 } });
    expect(await failureIn(bounded)).toMatchObject({ kind: 'tooLarge' });
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('that sends a bomb: %s', async (coding, compress) => {
    const bomb = compress(Buffer.alloc(20_000_000));
    const { url } = await source((_, response) => response.writeHead(200, { 'content-encoding': coding }).end(bomb));
    expect(await failureIn(get(client(), url))).toMatchObject({
      kind: 'tooLarge',
      detail: expect.stringMatching(/swells/) as unknown,
    });
    const bounded = get(client(), url, { request: { maxBytes: 500_000 } });
    expect(await failureIn(bounded)).toMatchObject({
      kind: 'tooLarge',
      detail: expect.stringMatching(/more than 500000 bytes/) as unknown,
    });
  });

  it('that compresses otherwise than it says, or in a way that nobody asked for', async () => {
    const { url } = await source((request, response) => {
      const coding = request.url === '/zstd' ? 'zstd' : 'gzip';
      const body = request.url === '/cut' ? gzipSync('a'.repeat(1000)).subarray(0, 20) : 'plain text';
      response.writeHead(200, { 'content-encoding': coding }).end(body);
    });
    for (const path of ['/', '/cut', '/zstd']) {
      expect(await failureIn(get(client(), `${url}${path}`))).toMatchObject({ kind: 'malformed' });
    }
  });

  it('that breaks off in the middle of the body is asked once more', async () => {
    const { url, requests } = await source((_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half', () => response.destroy());
    });
    expect(await failureIn(get(client(), url))).toMatchObject({ kind: 'reset', requests: 2 });
    expect(requests).toHaveLength(2);
  });
});
