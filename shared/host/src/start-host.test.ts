import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HostFixture, sendRaw } from './host-fixture.ts';
import { createMetrics } from './index.ts';
import type { RequestContext, RunningHost } from './index.ts';

const fixture = new HostFixture();
const { start } = fixture;
afterEach(fixture.end);

const get = (host: RunningHost, path: string, init?: RequestInit) => fetch(host.url + path, init);

/** A promise that a test settles from elsewhere. */
const latch = <T = void>() => {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { promise, open: resolve };
};

describe('/health', () => {
  it('is live and ready from the start', async () => {
    const host = await start({ readiness: () => ({ ready: true, checks: { store: 'open' } }) });
    expect((await get(host, '/health/live')).status).toBe(200);
    const ready = await get(host, '/health/ready?probe=1');
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({ ready: true, checks: { store: 'open', draining: false } });
  });

  it('is not ready while the process says so', async () => {
    const host = await start({ readiness: () => ({ ready: false, checks: { snapshot: 'absent' } }) });
    const ready = await get(host, '/health/ready');
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ ready: false, checks: { snapshot: 'absent' } });
  });

  it('takes GET and HEAD only', async () => {
    const host = await start();
    const posted = await get(host, '/health/live', { method: 'POST' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    const head = await get(host, '/health/live', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '13', '']);
  });
});

describe('/metrics', () => {
  it('counts requests by method and class of status', async () => {
    const host = await start();
    await (await get(host, '/nothing')).text();
    const text = await (await get(host, '/metrics')).text();
    const labels = 'method="GET",status_class="4xx",service="test",instance="test-1"';
    expect(text).toContain(`feedfleet_http_request_duration_seconds_count{${labels}} 1`);
    expect(text).toContain(`feedfleet_http_request_duration_seconds_bucket{le="+Inf",${labels}} 1`);
    expect(text).toContain('process_cpu_seconds_total');
  });

  it('is served on the listener for operators only, when there is one', async () => {
    const host = await start({ opsListen: { host: '127.0.0.1', port: 0 } });
    expect((await get(host, '/metrics')).status).toBe(404);
    expect((await get(host, '/health/live')).status).toBe(200);
    expect((await fetch(`${host.opsUrl}/metrics`)).status).toBe(200);
    expect((await fetch(`${host.opsUrl}/health/ready`)).status).toBe(200);
    expect((await fetch(`${host.opsUrl}/F/main`)).status).toBe(404);
  });

  it('are declared with name, kind, help and labels for the generated page', () => {
    const metrics = createMetrics({ service: 'test', instance: 'test-1' });
    metrics.counter({ name: 'a_total', help: 'A.', labels: ['kind'] }).inc({ kind: 'x' }, 2);
    metrics.gauge({ name: 'b', help: 'B.' }).set(3);
    expect(metrics.declared()).toEqual([
      { name: 'a_total', kind: 'counter', help: 'A.', labels: ['kind'] },
      { name: 'b', kind: 'gauge', help: 'B.', labels: [] },
    ]);
  });
});

describe('a drain', () => {
  it('turns readiness to 503 before the listener closes', async () => {
    const delayed = await start({ drainDelayMs: 1_000 });
    const drained = delayed.drain();
    const ready = await get(delayed, '/health/ready');
    expect([ready.status, ready.headers.get('connection')]).toEqual([503, 'close']);
    expect(await ready.json()).toEqual({ ready: false, checks: { draining: true } });
    expect((await get(delayed, '/health/live')).status).toBe(200);
    await drained;
    await expect(get(delayed, '/health/live')).rejects.toThrow();
  });

  it('lets requests under way finish, closes idle connections, and is the same drain when asked twice', async () => {
    const arrived = latch();
    const release = latch();
    const host = await start({
      handler: (_request, response) => {
        arrived.open();
        void release.promise.then(() => response.end('whole'));
      },
    });
    const agent = new Agent({ keepAlive: true });
    const idle = httpRequest(`${host.url}/health/live`, { agent }).end();
    const [answer] = (await once(idle, 'response')) as [IncomingMessage];
    const closed = once(answer.socket, 'close');
    answer.resume();
    await once(answer, 'end');
    const slow = get(host, '/slow');
    await arrived.promise;
    const drained = host.drain();
    expect(host.drain()).toBe(drained);
    await closed;
    release.open();
    expect(await (await slow).text()).toBe('whole');
    await drained;
    agent.destroy();
  });

  it('cuts what takes longer than its limit', async () => {
    const arrived = latch();
    const host = await start({ drainMs: 20, handler: () => arrived.open() });
    const hanging = get(host, '/hangs').then(
      () => 'answered',
      () => 'cut',
    );
    await arrived.promise;
    await host.drain();
    expect(await hanging).toBe('cut');
  });
});

describe('a request', () => {
  it('keeps its id and continues its trace', async () => {
    const seen = latch<RequestContext>();
    const host = await start({
      routes: (app, contextOf) =>
        app.get('/x', (request, response) => {
          seen.open(contextOf(request));
          response.end();
        }),
    });
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const headers = { 'x-request-id': 'from-outside', traceparent: `00-${trace}-00f067aa0ba902b7-01` };
    const answer = await get(host, '/x', { headers: { ...headers, 'x-feedfleet-timeout-ms': '5000' } });
    expect(answer.headers.get('x-request-id')).toBe('from-outside');
    const context = await seen.promise;
    expect(context.traceparent).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
    expect(context.traceparent).not.toContain('00f067aa0ba902b7');
    expect(context.traceparent).toBe(context.traceparent);
    expect(context.remainingMs()).toBeLessThanOrEqual(5000);
    expect(context.remainingMs()).toBeGreaterThan(1000);
  });

  it.each(['spaces are not allowed', 'x'.repeat(129)])('gets an id of ours in place of %j', async (id) => {
    const host = await start({ routes: (app) => app.get('/x', (_request, response) => void response.end()) });
    const first = await get(host, '/x', { headers: { 'x-request-id': id } });
    const second = await get(host, '/x');
    expect(first.headers.get('x-request-id')).toMatch(/^[\w-]{12}-1$/);
    expect(second.headers.get('x-request-id')).toMatch(/^[\w-]{12}-2$/);
  });

  it('is answered with 504 at its deadline, also by a route that never looks at the signal', async () => {
    const aborted = latch<unknown>();
    const host = await start({
      limits: { requestTimeoutMs: 30 },
      routes: (app, contextOf) => {
        app.get('/hangs', (request) => {
          const { signal } = contextOf(request);
          signal.addEventListener('abort', () => aborted.open(signal.reason));
        });
      },
    });
    const answer = await get(host, '/hangs', { headers: { 'x-feedfleet-timeout-ms': '60000' } });
    expect(answer.status).toBe(504);
    expect(await answer.json()).toMatchObject({ code: 'FF_DEADLINE_EXCEEDED' });
    expect(await aborted.promise).toMatchObject({ code: 'FF_DEADLINE_EXCEEDED' });
  });

  it('aborts when its client goes away', async () => {
    const arrived = latch();
    const aborted = latch<unknown>();
    const host = await start({
      handler: (_request, _response, { signal }) => {
        signal.addEventListener('abort', () => aborted.open(signal.reason));
        arrived.open();
      },
    });
    const client = new AbortController();
    const gone = get(host, '/x', { signal: client.signal }).catch(() => 'gone');
    await arrived.promise;
    client.abort();
    expect(await gone).toBe('gone');
    expect(await aborted.promise).toMatchObject({ name: 'AbortError' });
  });

  it('is asked to the fast handler before the routes', async () => {
    const host = await start({
      fast: (request, response) => {
        if (request.url !== '/fast') return false;
        response.end('fast');
        return true;
      },
      routes: (app) => app.get('/slow', (_request, response) => void response.end('slow')),
    });
    expect(await (await get(host, '/fast')).text()).toBe('fast');
    expect(await (await get(host, '/slow')).text()).toBe('slow');
  });

  it('of HTTP/1.0 is answered without chunks, and the connection is closed', async () => {
    const host = await start({
      handler: (_request, response) => {
        response.write('one ');
        response.end('two');
      },
    });
    const answer = await sendRaw(host, 'GET /x HTTP/1.0\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toMatch(/\r\nConnection: close\r\n/);
    expect(answer).not.toMatch(/chunked/i);
    expect(answer).toMatch(/\r\n\r\none two$/);
  });
});

describe('a port that is taken', () => {
  it('is named with its host', async () => {
    const { port } = await start();
    const second = start({ listen: { host: '127.0.0.1', port } });
    await expect(second).rejects.toMatchObject({ code: 'FF_PORT_TAKEN', detail: `127.0.0.1:${port} is in use` });
  });

  it('on the listener for operators leaves the main one closed', async () => {
    const { port } = await start();
    const second = start({ opsListen: { host: '127.0.0.1', port } });
    await expect(second).rejects.toMatchObject({ code: 'FF_PORT_TAKEN' });
  });

  it('is told apart from an address that the machine does not have', async () => {
    const second = start({ listen: { host: '192.0.2.1', port: 0 } });
    await expect(second).rejects.toMatchObject({ code: 'FF_INVALID_SETTINGS' });
  });
});

describe('POST /-/restart', () => {
  const authorization = 'Bearer the-operator-token';
  const asked: string[] = [];
  afterEach(() => void asked.splice(0));
  const restart = { token: 'the-operator-token', begin: () => void asked.push('restart') };
  const post = (url: string, headers: Record<string, string> = { authorization }) =>
    fetch(`${url}/-/restart`, { method: 'POST', headers });

  it('is answered first and carried out then, for the operator token, and told in the log', async () => {
    const done = latch();
    const host = await start({ restart: { ...restart, begin: () => done.open() } });
    const answer = await post(host.url);
    expect([answer.status, await answer.json()]).toEqual([202, { restarting: true }]);
    await done.promise;
    expect(fixture.lines.some((line) => line.includes('restart asked for'))).toBe(true);
  });

  it.each([
    ['nothing', {}],
    ['another token', { authorization: 'Bearer the-operator-tokeN' }],
    ['a longer one', { authorization: 'Bearer the-operator-token-' }],
    ['another scheme', { authorization: `Basic ${btoa('a:the-operator-token')}` }],
  ])('is refused with %s', async (_what, headers) => {
    const host = await start({ restart });
    const answer = await post(host.url, headers);
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="feedfleet"']);
    expect(asked).toEqual([]);
  });

  it('takes POST only, and is not there where nobody asked for it', async () => {
    const host = await start({ restart });
    const got = await get(host, '/-/restart', { headers: { authorization } });
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await post((await start()).url)).status).toBe(404);
    expect(asked).toEqual([]);
  });

  it('is on the listener for operators only, when there is one', async () => {
    const host = await start({ restart, opsListen: { host: '127.0.0.1', port: 0 } });
    expect((await post(host.url)).status).toBe(404);
    expect(asked).toEqual([]);
    expect((await post(host.opsUrl)).status).toBe(202);
  });
});
