/** What one failure means for the next request: retries, breaker, bulkhead, budgets. */
import { once } from 'node:events';

import { afterEach, describe, expect, it } from '@jest/globals';

import type { SourceHttpOptions } from './create-source-http.ts';
import { defaultLimits } from './limits.ts';
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

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}';

describe('a retry', () => {
  it('turns one failure into an answer', async () => {
    const { url, requests } = await source((_, response) => {
      response.writeHead(requests.length === 1 ? 503 : 200).end('{}');
    });
    const http = client();
    expect(await get(http, url)).toMatchObject({ status: 200, requests: 2 });
    expect(http.stateOf(url)).toMatchObject({ state: 'closed', retryAfterMs: 0 });
  });

  it('is not made for those for whom others wait', async () => {
    const { url, requests } = await source((_, response) => response.writeHead(503).end());
    const nested = get(client(), url, { request: { ask: askOf({ chain: 'abc; mac="x,y", def' }) } });
    expect(await failureIn(nested)).toMatchObject({ kind: 'status', requests: 1 });
    const told = get(client(), url, { request: { ask: askOf({ chain: 'abc', isNested: true }) } });
    expect(await failureIn(told)).toMatchObject({ kind: 'status', requests: 1 });
    const first = get(client(), url, { request: { ask: askOf({ chain: 'abc; mac="x,y"' }) } });
    expect(await failureIn(first)).toMatchObject({ kind: 'status', requests: 2 });
    expect(requests).toHaveLength(4);
  });

  it('is not made when the time for it does not remain, nor of what asks to be left alone', async () => {
    const { url } = await source((request, response) => {
      if (request.url === '/wish') response.writeHead(503, { 'retry-after': '2' });
      else response.writeHead(500);
      response.end();
    });
    const limits = { backoffMs: [5_000, 5_000] } as const;
    const hasty = get(client({ limits }), url, { target: { timeoutMs: 4_000 } });
    expect(await failureIn(hasty)).toMatchObject({ kind: 'status', requests: 1 });
    const wish = get(client(), `${url}/wish`);
    expect(await failureIn(wish)).toMatchObject({ kind: 'status', requests: 1, retryAfterMs: 2_000 });
  });

  it('costs of a budget that requests fill', async () => {
    const { url, requests } = await source((_, response) => response.writeHead(500).end());
    const never = { ...defaultLimits.breaker, consecutiveFailures: 1_000, minRequests: 1_000 };
    const http = client({ limits: { backoffMs: [0, 0], breaker: never } });
    for (let count = 0; count < 50; count += 1) await failureIn(get(http, url));
    // Two to begin with, and one for every five requests.
    expect(requests.length).toBeGreaterThanOrEqual(50 + 10);
    expect(requests.length).toBeLessThanOrEqual(50 + 12);
  });
});

describe('a kept connection that the source closes as a request leaves', () => {
  it('is replaced by a fresh one, once, for whoever asks', async () => {
    const { url, connections } = await startClosing(2);
    const http = client();
    const nested = { request: { ask: askOf({ isNested: true }) } };
    expect(await get(http, url, nested)).toMatchObject({ status: 200, requests: 1 });
    expect(await get(http, url, nested)).toMatchObject({ status: 200, requests: 2 });
    expect(connections()).toBe(2);
  });

  it('is no excuse for a fresh one that is closed too', async () => {
    const { url, connections } = await startClosing(1);
    const http = client();
    const nested = { request: { ask: askOf({ isNested: true }) } };
    expect(await get(http, url, nested)).toMatchObject({ status: 200 });
    expect(await failureIn(get(http, url, nested))).toMatchObject({ kind: 'reset', requests: 2 });
    expect(connections()).toBe(2);
  });

  /** Answers one request on each of the first `good` connections, and closes as the second comes; closes the others at once. */
  async function startClosing(good: number): Promise<SickSource> {
    const started = await startRawSource((socket, connection) => {
      let requests = 0;
      socket.on('data', () => {
        requests += 1;
        if (connection <= good && requests === 1) socket.write(ok);
        else socket.destroy();
      });
    });
    cleanups.push(() => started.stop());
    return started;
  }
});

describe('the breaker of a source', () => {
  it('opens with its failures, so that it is left alone, and closes soon after it is well again', async () => {
    let isWell = false;
    const { url, requests } = await source((_, response) => response.writeHead(isWell ? 200 : 500).end());
    let nowMs = 0;
    const http = client({ now: () => nowMs, random: () => 0.5, limits: { backoffMs: [0, 0] } });
    const nested = { request: { ask: askOf({ isNested: true }) } };
    for (let count = 0; count < 5; count += 1) await failureIn(get(http, url, nested));
    expect(http.states()).toEqual([
      {
        sourceId: 'source-0123456789abcdef',
        state: 'open',
        reason: 'the source answers with status 500',
        retryAfterMs: 1_500,
        inFlight: 0,
        queued: 0,
      },
    ]);
    const refused = await failureIn(get(http, url));
    expect(refused).toMatchObject({ kind: 'breakerOpen', requests: 0, retryAfterMs: 1_500 });
    expect(refused.detail).toContain('status 500');
    expect(requests).toHaveLength(5);
    nowMs += 1_500;
    expect(http.stateOf(url)).toMatchObject({ state: 'halfOpen' });
    // A probe is never sent twice.
    expect(await failureIn(get(http, url))).toMatchObject({ kind: 'status', requests: 1 });
    isWell = true;
    nowMs += 1_500;
    expect(await get(http, url)).toMatchObject({ status: 200 });
    expect(http.stateOf(url)).toMatchObject({ state: 'closed' });
  });

  it('waits for as long as the source asks', async () => {
    const { url } = await source((_, response) => response.writeHead(429, { 'retry-after': '9' }).end());
    const http = client({ now: () => 0 });
    await failureIn(get(http, url));
    expect(http.stateOf(url)).toMatchObject({ state: 'open', retryAfterMs: 9_000 });
  });

  it('is of that source alone', async () => {
    const { url } = await source((request, response) =>
      response.writeHead(request.url === '/b' ? 200 : 429, { 'retry-after': '9' }).end(),
    );
    const http = client();
    await failureIn(get(http, url));
    expect(await failureIn(get(http, `${url}/b`))).toMatchObject({ kind: 'breakerOpen' });
    expect(await get(http, `${url}/b`, { target: { key: 'other' } })).toMatchObject({ status: 200 });
  });

  it('does not hear of those who gave up, nor of those who had no time', async () => {
    const { url } = await source(() => undefined);
    const http = client();
    for (let count = 0; count < 6; count += 1) {
      const late = get(http, url, { request: { ask: askOf({ remainingMs: () => 20 }) } });
      expect(await failureIn(late)).toMatchObject({ kind: 'timeout' });
      const controller = new AbortController();
      const gone = get(http, url, { request: { ask: askOf({ signal: controller.signal }) } });
      setImmediate(() => controller.abort());
      expect(await failureIn(gone)).toMatchObject({ kind: 'cancelled' });
    }
    expect(http.stateOf(url)).toMatchObject({ state: 'closed', inFlight: 0 });
  });

  it('opens for a black hole, however short the time that the source has, for those who have as little', async () => {
    const { url } = await source((request, response) => {
      if (request.url === '/well') response.end('{}');
    });
    for (const timeoutMs of [100, 300]) {
      const http = client();
      const asked = Array.from({ length: 5 }, () => failureIn(get(http, url, { target: { timeoutMs } })));
      for (const failure of await Promise.all(asked)) expect(failure).toMatchObject({ kind: 'timeout' });
      expect(http.stateOf(url)).toMatchObject({ state: 'open', reason: 'the source took too long' });
      expect(await failureIn(get(http, url, { target: { timeoutMs } }))).toMatchObject({
        ...{ kind: 'breakerOpen', requests: 0 },
      });
      expect(await get(http, `${url}/well`)).toMatchObject({ status: 200 });
    }
  });

  it('is one for questions that clients make up, and another one for those about ids', async () => {
    const { url } = await source((request, response) =>
      response.writeHead(request.url === '/odd' ? 429 : 200, { 'retry-after': '9' }).end('{}'),
    );
    const http = client({ now: () => 0 });
    const shaped = { request: { ask: askOf({ isClientShaped: true }) } };
    expect(await failureIn(get(http, `${url}/odd`, shaped))).toMatchObject({ kind: 'status' });
    expect(http.stateOf(url)).toMatchObject({ state: 'open', retryAfterMs: 9_000 });
    expect(await failureIn(get(http, url, shaped))).toMatchObject({ kind: 'breakerOpen' });
    expect(await get(http, url)).toMatchObject({ status: 200 });
  });

  it('lets a probe pass those that hang', async () => {
    const { url } = await source((request, response) => {
      if (request.url === '/hang') return;
      response.writeHead(request.url === '/ill' ? 429 : 200, { 'retry-after': '1' }).end();
    });
    let nowMs = 0;
    const documents = { maxConcurrent: 1, maxQueued: 0, maxWaitMs: 1 };
    const http = client({ now: () => nowMs, random: () => 0, limits: { documents } });
    const hanging = failureIn(get(http, `${url}/hang`));
    const ill = http.request(targetOf(url), { url: `${url}/ill`, accept: '*/*', ask: askOf(), stream: true });
    expect(await failureIn(ill)).toMatchObject({ kind: 'status' });
    expect(await failureIn(get(http, url))).toMatchObject({ kind: 'breakerOpen' });
    nowMs += 1_000;
    expect(http.stateOf(url)).toMatchObject({ state: 'halfOpen', inFlight: 1 });
    expect(await get(http, url)).toMatchObject({ status: 200 });
    expect(await failureIn(get(http, url))).toMatchObject({ kind: 'saturated' });
    http.close();
    expect(await hanging).toMatchObject({ kind: 'cancelled' });
  });
});

describe('the bulkhead of a source', () => {
  it('bounds what is under way and what waits', async () => {
    const { url, requests } = await source(() => undefined);
    const http = client({ limits: { documents: { maxConcurrent: 2, maxQueued: 1, maxWaitMs: 50 } } });
    const controller = new AbortController();
    const ask = askOf({ signal: controller.signal });
    const inside = [1, 2].map(() => failureIn(get(http, url, { request: { ask } })));
    const waiting = failureIn(get(http, url, { request: { ask } }));
    expect(await failureIn(get(http, url))).toMatchObject({ kind: 'saturated', requests: 0 });
    expect(http.stateOf(url)).toMatchObject({ inFlight: 2, queued: 1 });
    expect(await waiting).toMatchObject({ kind: 'saturated', requests: 0 });
    controller.abort();
    await Promise.all(inside);
    expect(requests.length).toBeLessThanOrEqual(2);
    expect(http.stateOf(url)).toMatchObject({ inFlight: 0, queued: 0, state: 'closed' });
  });

  it('has a compartment for each depth of fan-out', async () => {
    const { url } = await source((request, response) => {
      if (request.headers['x-nuget-feedchain'] !== 'a') response.end();
    });
    const http = client({ limits: { documents: { maxConcurrent: 1, maxQueued: 0, maxWaitMs: 1 } } });
    const hanging = failureIn(get(http, url, { request: { ask: askOf({ chain: 'a' }) } }));
    expect(await get(http, url, { request: { ask: askOf({ chain: 'a, b' }) } })).toMatchObject({ status: 200 });
    const alike = get(http, url, { request: { ask: askOf({ chain: 'made up, b', depth: 1 }) } });
    expect(await failureIn(alike)).toMatchObject({ kind: 'saturated' });
    http.close();
    expect(await hanging).toMatchObject({ kind: 'cancelled' });
  });
});

describe('what is held in memory', () => {
  it('is bounded for each source and for all', async () => {
    const { url } = await source((request, response) =>
      response.end(Buffer.alloc(request.url === '/small' ? 10 : 1_000)),
    );
    const http = client({ limits: { heldBytes: { maxBytes: 2_000, maxBytesPerSource: 999 } } });
    expect(await failureIn(get(http, url))).toMatchObject({ kind: 'saturated', requests: 1 });
    for (let count = 0; count < 300; count += 1) await get(http, `${url}/small`);
    expect(http.stateOf(url)).toMatchObject({ state: 'closed' });
  });

  it('is the state of so many sources', async () => {
    const { url } = await source((_, response) => response.end());
    const http = client({ limits: { maxSources: 2 } });
    for (const key of ['a', 'b', 'a', 'c']) await get(http, url, { target: { key, sourceId: key } });
    expect(http.states().map(({ sourceId }) => sourceId)).toEqual(['a', 'c']);
  });
});

describe('a streamed body', () => {
  const request = { accept: '*/*', ask: askOf(), stream: true } as const;

  it('frees its place when it is destroyed, read or not, also while the source is silent', async () => {
    const { url } = await source((_, response) => response.write('a'));
    const http = client();
    for (const isRead of [false, true]) {
      const { body } = await http.request(targetOf(url), { ...request, url });
      if (isRead) {
        body.on('data', () => undefined);
        await once(body, 'data');
      }
      expect(http.stateOf(url)).toMatchObject({ inFlight: 1 });
      body.destroy();
      await once(body, 'close');
      expect(http.stateOf(url)).toMatchObject({ inFlight: 0 });
    }
  });

  it('ends when nobody waits any more', async () => {
    const { url } = await source((_, response) => response.write('a'));
    const http = client();
    const controller = new AbortController();
    const ask = askOf({ signal: controller.signal });
    const { body } = await http.request(targetOf(url), { ...request, url, ask });
    const read = failureIn(body.toArray());
    controller.abort();
    expect(await read).toMatchObject({ kind: 'cancelled' });
    expect(http.stateOf(url)).toMatchObject({ inFlight: 0 });
  });

  it('may fail before anybody reads it', async () => {
    const { url } = await source((_, response) => response.write('a'));
    const http = client();
    const { body } = await http.request(targetOf(url), { ...request, url });
    http.close();
    await new Promise<void>((resolve) => body.once('close', () => resolve()));
    expect(await failureIn(body.toArray())).toMatchObject({ kind: 'cancelled' });
  });

  it('may take longer than the head', async () => {
    const { url } = await source((_, response) => {
      response.write('a');
      setTimeout(() => response.end('b'), 150);
    });
    const { body } = await client().request(targetOf(url, { timeoutMs: 100 }), { ...request, url });
    expect(Buffer.concat(await body.toArray()).toString()).toBe('ab');
  });

  it('has a bound', async () => {
    const { url } = await source((_, response) => response.end(Buffer.alloc(1_000)));
    const { body } = await client().request(targetOf(url), { ...request, url, maxBytes: 1_000 });
    expect(Buffer.concat(await body.toArray())).toHaveLength(1_000);
    const tooLong = client().request(targetOf(url), { ...request, url, maxBytes: 999 });
    expect(await failureIn(tooLong.then(({ body: read }) => read.toArray()))).toMatchObject({ kind: 'tooLarge' });
  });
});
