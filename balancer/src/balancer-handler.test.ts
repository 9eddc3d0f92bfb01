import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OBSERVER_AGENT } from '@feedfleet/status-model';
import { Cleanup, connectTo, listen, within } from './conformance/sockets.ts';
import { instanceAt, startEndpoint, startFleet, viewOf } from './fake-fleet.ts';
import type { FakeFleet, FakeFleetOptions } from './fake-fleet.ts';
import { publicUrlOf } from './settings.ts';
import { trustedProxies } from './trusted-proxies.ts';

interface Echo {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

let cleanup: Cleanup;
beforeEach(() => {
  cleanup = new Cleanup();
});
afterEach(() => cleanup.run());

const FAMILIES = ['default', 'v2', 'push', 'v3'];

async function startAll(options: FakeFleetOptions = {}): Promise<FakeFleet> {
  const endpoints = await Promise.all(FAMILIES.map((family) => startEndpoint(cleanup, { id: `${family}-1`, family })));
  return startFleet(cleanup, { view: viewOf(endpoints.map(({ instance }) => instance)), ...options });
}

async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server, cleanup);
  server.close();
  await once(server, 'close');
  return port;
}

async function ask(fleet: FakeFleet, path: string, init?: RequestInit): Promise<Echo> {
  const answer = await fetch(fleet.url + path, init);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Echo;
}

async function problem(
  fleet: FakeFleet,
  path: string,
  init?: RequestInit,
): Promise<{ answer: Response; code: string; detail: string }> {
  const answer = await fetch(fleet.url + path, init);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  const document = (await answer.json()) as { code: string; detail: string; requestId: string };
  expect(document.requestId).toBe(answer.headers.get('x-request-id'));
  return { answer, ...document };
}

describe('routing', () => {
  it.each([
    ['GET', '/F/Tools', 'default-1'],
    ['GET', '/f/tools/', 'default-1'],
    ['GET', "/F/Tools/Packages(Id='A',Version='1.0')?$format=atom", 'default-1'],
    ['PUT', '/F/Tools/', 'push-1'],
    ['GET', '/F/Tools/api/v2/', 'v2-1'],
    ['GET', '/f/TOOLS/API/V2/$metadata', 'v2-1'],
    ['PUT', '/F/Tools/api/v2/package/', 'push-1'],
    ['GET', '/F/Tools/api/v2/package', 'push-1'],
    ['DELETE', '/F/Tools/api/v2/package/A/1.0', 'push-1'],
    ['GET', '/F/Tools/api/v2/package/A/1.0', 'v2-1'],
    ['GET', '/F/Tools/api/v3/index.json', 'v3-1'],
    ['GET', '/F/Tools/auth/ff_key/api/v3/index.json', 'v3-1'],
    ['GET', '/F/Tools//api/v2//Packages()', 'v2-1'],
  ])('%s %s goes to %s, with its path as it is', async (method, path, id) => {
    const fleet = await startAll();
    expect(await ask(fleet, path, { method })).toMatchObject({ id, method, path });
  });

  it('gives each of the instances of a family its share', async () => {
    const endpoints = await Promise.all(['v3-1', 'v3-2'].map((id) => startEndpoint(cleanup, { id, family: 'v3' })));
    const fleet = await startFleet(cleanup, { view: viewOf(endpoints.map(({ instance }) => instance)) });
    const ids = [];
    for (let count = 0; count < 40; count++) ids.push((await ask(fleet, '/F/a/api/v3/index.json')).id);
    expect(new Set(ids)).toEqual(new Set(['v3-1', 'v3-2']));
  });

  it('takes up a change of instances while requests are under way, and loses none', async () => {
    const old = await startEndpoint(cleanup, { id: 'v3-old', family: 'v3' });
    const fresh = await startEndpoint(cleanup, { id: 'v3-new', family: 'v3' });
    const fleet = await startFleet(cleanup, { view: viewOf([old.instance]) });
    const ids: string[] = [];
    const worker = async (): Promise<void> => {
      for (let count = 0; count < 40; count++) {
        ids.push((await ask(fleet, '/F/a/api/v3/index.json')).id);
        if (ids.length === 60) fleet.show(viewOf([fresh.instance]));
      }
    };
    await Promise.all([worker(), worker(), worker()]);
    expect(ids).toHaveLength(120);
    expect(ids.at(-1)).toBe('v3-new');
    expect(new Set(ids)).toEqual(new Set(['v3-old', 'v3-new']));
  });
});

describe('what an endpoint is told', () => {
  it('is how the client reached us, in place of what the client says', async () => {
    const fleet = await startAll();
    const headers = {
      'x-forwarded-host': 'evil',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil',
      'x-real-ip': '6.6.6.6',
    };
    const echo = await ask(fleet, '/F/a', { headers });
    const host = new URL(fleet.url).host;
    expect(echo.headers).toMatchObject({
      host,
      'x-forwarded-host': host,
      'x-forwarded-proto': 'http',
      'x-forwarded-prefix': '',
      'x-forwarded-for': '127.0.0.1',
      forwarded: `for=127.0.0.1;host="${host}";proto=http`,
    });
    expect(echo.headers['x-real-ip']).toBeUndefined();
  });

  it('is the outermost URL behind a trusted proxy, under TLS and a prefix', async () => {
    const fleet = await startAll({ forwarded: { isTrusted: trustedProxies(['127.0.0.0/8']), pathPrefix: '/nuget' } });
    const headers = { 'x-forwarded-host': 'feeds.example', 'x-forwarded-proto': 'https', 'x-forwarded-prefix': '/a' };
    const echo = await ask(fleet, '/nuget/F/a/api/v3/index.json', { headers });
    expect(echo).toMatchObject({
      id: 'v3-1',
      path: '/F/a/api/v3/index.json',
      headers: { 'x-forwarded-host': 'feeds.example', 'x-forwarded-proto': 'https', 'x-forwarded-prefix': '/a/nuget' },
    });
  });

  it('is the public URL where one is set', async () => {
    const fleet = await startAll({ forwarded: { publicUrl: publicUrlOf('https://pub.example/n/') } });
    const { headers } = await ask(fleet, '/F/a');
    expect(headers).toMatchObject({
      'x-forwarded-host': 'pub.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-prefix': '/n',
    });
  });

  it('has a request id and a trace, made here or passed on, and the client gets the id back', async () => {
    const fleet = await startAll();
    const made = await fetch(`${fleet.url}/F/a`);
    const { headers } = (await made.json()) as Echo;
    expect(headers['x-request-id']).toBe(made.headers.get('x-request-id'));
    expect(headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const sent = { 'x-request-id': 'mine', traceparent: `00-${trace}-b7ad6b7169203331-01` };
    const passed = await ask(fleet, '/F/a', { headers: sent });
    expect(passed.headers['x-request-id']).toBe('mine');
    expect(passed.headers.traceparent).toContain(trace);
  });

  it.each(['connector', 'http-proxy'] as const)(
    'has the tracestate of a trace that goes on, and of no other (%s)',
    async (engine) => {
      const fleet = await startAll({ engine });
      const stateAfter = async (sent: Record<string, string>): Promise<string | undefined> =>
        (await ask(fleet, '/F/a', { headers: { ...sent, tracestate: 'vendor=1' } })).headers.tracestate;
      const valid = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      expect(await stateAfter({ traceparent: valid })).toBe('vendor=1');
      expect(await stateAfter({ traceparent: `${valid}-more` })).toBeUndefined();
      expect(await stateAfter({})).toBeUndefined();
    },
  );

  it('has a budget that a client can make shorter and not longer', async () => {
    const fleet = await startAll({ requestTimeoutMs: 3_000 });
    const budget = async (wish: string): Promise<number> => {
      const { headers } = await ask(fleet, '/F/a', { headers: { 'x-feedfleet-timeout-ms': wish } });
      return Number(headers['x-feedfleet-timeout-ms']);
    };
    expect(await budget('500')).toBeGreaterThan(0);
    expect(await budget('500')).toBeLessThanOrEqual(500);
    expect(await budget('999999')).toBeLessThanOrEqual(3_000);
    expect(await budget('soon')).toBeLessThanOrEqual(3_000);
  });

  it('has no budget with an upload, which takes the time that it takes', async () => {
    const fleet = await startAll();
    const { headers } = await ask(fleet, '/F/a', { method: 'PUT', body: 'package' });
    expect(headers['x-feedfleet-timeout-ms']).toBeUndefined();
  });
});

describe('refusals', () => {
  it('are 404 with the paths that are served', async () => {
    const fleet = await startAll();
    const { answer, code, detail } = await problem(fleet, '/nuget/F/a');
    expect([answer.status, answer.statusText, code]).toEqual([404, 'Nothing is served here', 'FF_NO_SUCH_RESOURCE']);
    expect(detail).toContain('/F/{feed}[/auth/{key}]/api/v3');
  });

  it('are 405 with Allow where a path has routes for other methods only', async () => {
    const { instance } = await startEndpoint(cleanup, { id: 'p', family: 'push' });
    const routes = [{ id: 'r', pattern: '/F/{feed}', methods: ['PUT' as const, 'DELETE' as const], family: 'push' }];
    const fleet = await startFleet(cleanup, { view: viewOf([instance], routes) });
    const { answer } = await problem(fleet, '/F/a');
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'DELETE, PUT']);
  });

  it('are 400 for a malformed Host, two of them, or two framings', async () => {
    const fleet = await startAll();
    for (const head of ['Host: a"b', 'Host: a\r\nHost: b', 'Host: a\r\nTransfer-Encoding: gzip, chunked']) {
      const client = await connectTo(fleet.host.port, cleanup);
      client.send(`GET /F/a HTTP/1.1\r\n${head}\r\n\r\n0\r\n\r\n`);
      expect(await client.until('FF_INVALID_REQUEST')).toMatch(/^HTTP\/1\.1 400 /);
    }
  });

  it('are 414 for a long URL and 431 for long headers', async () => {
    const fleet = await startAll();
    const { answer } = await problem(fleet, `/F/a?q=${'x'.repeat(2_000)}`);
    expect(answer.status).toBe(414);
    const client = await connectTo(fleet.host.port, cleanup);
    client.send(`GET /F/a HTTP/1.1\r\nHost: h\r\nX-Long: ${'x'.repeat(40_000)}\r\n\r\n`);
    await client.until('HTTP/1.1 431');
  });

  it('are 413 for a body that says it is too large, which the client can read after sending all of it', async () => {
    const fleet = await startAll();
    const client = await connectTo(fleet.host.port, cleanup);
    const part = 'x'.repeat(500_000);
    client.send(`PUT /F/a HTTP/1.1\r\nHost: h\r\nContent-Length: ${8 * part.length}\r\n\r\n`);
    for (let count = 0; count < 8; count++) client.send(part);
    expect(await client.until('FF_BODY_TOO_LARGE')).toMatch(/^HTTP\/1\.1 413 Too large: at most 1000000 bytes\r\n/);
    client.send('GET /F/a HTTP/1.1\r\nHost: h\r\n\r\n');
    await client.until('"default-1"');
  });

  it('are 413 for a body that turns out too large', async () => {
    const fleet = await startAll({ limits: { maxBodyBytes: 1_000 } });
    const client = await connectTo(fleet.host.port, cleanup);
    const { instance } = await startEndpoint(cleanup, {
      id: 'push-1',
      family: 'push',
      handler: (request, response) => void request.resume().once('end', () => response.end()),
    });
    fleet.show(viewOf([instance]));
    client.send('PUT /F/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (let count = 0; count < 3; count++) client.send(`200\r\n${'x'.repeat(512)}\r\n`);
    expect(await client.until('FF_BODY_TOO_LARGE')).toMatch(/^HTTP\/1\.1 413 /);
  });
});

describe('a family that is down', () => {
  it('is answered 503 long before any deadline, with Retry-After and its name, while the others serve', async () => {
    const v3 = await startEndpoint(cleanup, { id: 'v3-1', family: 'v3' });
    const dead = instanceAt('v2-1', 'v2', await closedPort());
    const fleet = await startFleet(cleanup, { view: viewOf([v3.instance, dead]) });
    const started = performance.now();
    const { answer, code, detail } = await problem(fleet, '/F/a/api/v2/');
    expect(performance.now() - started).toBeLessThan(2_500);
    expect([answer.status, code, answer.headers.get('retry-after')]).toEqual([503, 'FF_UNAVAILABLE', '1']);
    expect(answer.statusText).toBe('Temporarily unavailable: the v2 endpoint is down');
    expect(detail).toContain('v2');
    expect((await ask(fleet, '/F/a/api/v3/index.json')).id).toBe('v3-1');
  });

  it('is 503 too when it has no instance at all', async () => {
    const fleet = await startFleet(cleanup, { view: viewOf([]) });
    expect((await problem(fleet, '/F/a/api/v2/')).answer.status).toBe(503);
  });

  it('is 502 when it breaks off, with a warning that names instance and outcome and no path', async () => {
    const { instance } = await startEndpoint(cleanup, {
      id: 'v2-1',
      family: 'v2',
      handler: (request) => request.socket.destroy(),
    });
    const fleet = await startFleet(cleanup, { view: viewOf([instance]) });
    const { answer, code } = await problem(fleet, '/F/a/auth/ff_secret/api/v2/');
    expect([answer.status, code]).toEqual([502, 'FF_ENDPOINT_FAILED']);
    await problem(fleet, '/F/a/api/v2/');
    const warnings = fleet.lines.filter(({ level }) => level === 'warn');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.fields).toMatchObject({
      'feedfleet.family': 'v2',
      'feedfleet.instance': 'v2-1',
      'feedfleet.outcome': 'upstream_reset',
    });
    expect(JSON.stringify(warnings)).not.toContain('ff_secret');
  });

  it('is 504 when it does not answer by the deadline, the one that the client set at the latest', async () => {
    const { instance } = await startEndpoint(cleanup, { id: 'v2-1', family: 'v2', handler: () => undefined });
    const fleet = await startFleet(cleanup, { view: viewOf([instance]) });
    const headers = { 'x-feedfleet-timeout-ms': '50' };
    const { answer, code } = await within(problem(fleet, '/F/a/api/v2/', { headers }), 'the deadline', 2_000);
    expect([answer.status, code]).toEqual([504, 'FF_DEADLINE_EXCEEDED']);
  });

  it('answers HEAD without a body', async () => {
    const fleet = await startFleet(cleanup, { view: viewOf([]) });
    const client = await connectTo(fleet.host.port, cleanup);
    client.send('HEAD /F/a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 503 [\s\S]*\r\n\r\n$/);
  });
});

describe('the balancer itself', () => {
  it('greets at / with the URLs of feeds as the client reaches them', async () => {
    const fleet = await startAll({ forwarded: { publicUrl: publicUrlOf('https://pub.example/n') } });
    const answer = await fetch(`${fleet.url}/`);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('https://pub.example/n/F/<feed>/api/v3/index.json');
  });

  it('is alive on its public listener, and has its metrics on the other one only', async () => {
    const fleet = await startAll();
    expect((await fetch(`${fleet.url}/health/live`)).status).toBe(200);
    expect((await fetch(`${fleet.url}/metrics`)).status).toBe(404);
    await ask(fleet, '/F/a/api/v3/index.json');
    await ask(fleet, '/F/a/api/v3/index.json', { headers: { 'user-agent': OBSERVER_AGENT } });
    await problem(fleet, '/nothing');
    const text = await (await fetch(`${fleet.host.opsUrl}/metrics`)).text();
    expect(text).toMatch(/^feedfleet_balancer_requests_total\{.*family="v3",served_by="v3",outcome="complete".*\} 2$/m);
    expect(text).toMatch(/^feedfleet_balancer_probe_requests_total\{.*family="v3",outcome="complete".*\} 1$/m);
    expect(text).toMatch(
      /^feedfleet_balancer_requests_total\{.*family="none",served_by="none",outcome="not_found".*\} 2$/m,
    );
    // From nought on, also of a family that was never asked: what follows is seen as a rise.
    expect(text).toMatch(/^feedfleet_balancer_failed_requests_total\{.*family="v3".*\} 0$/m);
    expect(text).toMatch(/^feedfleet_balancer_failed_requests_total\{.*family="v1".*\} 0$/m);
  });

  it('says 503, not 404, while it never had a view of the registry, and serves as soon as it has one', async () => {
    const v3 = await startEndpoint(cleanup, { id: 'v3-1', family: 'v3' });
    const fleet = await startFleet(cleanup, {});
    const { answer, code } = await problem(fleet, '/F/a/api/v3/index.json');
    expect([answer.status, code]).toEqual([503, 'FF_REGISTRY_UNAVAILABLE']);
    fleet.show(viewOf([v3.instance]));
    expect((await ask(fleet, '/F/a/api/v3/index.json')).id).toBe('v3-1');
  });
});
