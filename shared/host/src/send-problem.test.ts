import { ProblemError } from '@feedfleet/problems';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HostFixture, sendRaw } from './host-fixture.ts';
import { sendProblem } from './index.ts';
import type { RunningHost } from './index.ts';

const fixture = new HostFixture();
const { start, lines } = fixture;
afterEach(fixture.end);

const get = (host: RunningHost, path: string, init?: RequestInit) => fetch(host.url + path, init);

describe('a problem that quotes a key', () => {
  it('goes out without it, in the detail and in the reason phrase', async () => {
    const key = 'ff_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG';
    const host = await start({
      handler: (_request, response, context) =>
        sendProblem(response, new ProblemError('noSuchFeed', { detail: `no "${key}"`, reason: `no ${key}` }), context),
    });
    const answer = await get(host, `/F/${key}`);
    expect(answer.status).toBe(404);
    expect(answer.statusText + (await answer.text())).not.toContain(key);
  });
});

describe('a problem', () => {
  const failing = (error: () => unknown) =>
    start({
      routes: (app) =>
        app.get('/x', () => {
          throw error() as Error;
        }),
    });

  it('is answered as problem details with its reason phrase', async () => {
    const host = await failing(() => new ProblemError('unavailable', { detail: 'later', retryAfterSeconds: 7 }));
    const answer = await get(host, '/x', { headers: { 'x-request-id': 'r1' } });
    expect([answer.status, answer.statusText]).toEqual([503, 'Temporarily unavailable']);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('retry-after')).toBe('7');
    expect(await answer.json()).toMatchObject({
      code: 'FF_UNAVAILABLE',
      status: 503,
      detail: 'later',
      requestId: 'r1',
    });
  });

  it.each([
    ['sourceTimeout', 'source'],
    ['sourceUnavailable', 'source'],
    ['storeUnavailable', null],
  ] as const)('%s says whose trouble it is where that is not the endpoint: %s', async (name, fault) => {
    const host = await failing(() => new ProblemError(name));
    expect((await get(host, '/x')).headers.get('x-feedfleet-fault')).toBe(fault);
  });

  it('has no body under HEAD, and the length of the one that GET has', async () => {
    const host = await failing(() => new ProblemError('noSuchFeed', { headers: { 'x-more': 'yes' } }));
    const got = await get(host, '/x', { headers: { 'x-request-id': 'r1' } });
    const head = await sendRaw(host, 'HEAD /x HTTP/1.1\r\nHost: x\r\nX-Request-Id: r1\r\nConnection: close\r\n\r\n');
    expect(got.headers.get('x-more')).toBe('yes');
    expect(head).toMatch(/^HTTP\/1\.1 404 No such feed\r\n/);
    expect(head).toContain(`content-length: ${(await got.text()).length}\r\n`);
    expect(head).toMatch(/\r\n\r\n$/);
  });

  it('that nobody foresaw is logged with its cause and answered without it', async () => {
    const host = await failing(() => new Error('at /F/main/auth/topsecret/x', { cause: new Error('disk') }));
    const answer = await get(host, '/x');
    const text = await answer.text();
    expect(answer.status).toBe(500);
    expect(text).toContain('FF_INTERNAL');
    expect(text).not.toMatch(/disk|topsecret/);
    const line = lines.find((each) => each.includes('request failed')) ?? '';
    expect(JSON.parse(line)).toMatchObject({ level: 'error', 'error.causes': 'Error: disk', 'url.path': '/x' });
    expect(line).not.toContain('topsecret');
  });

  it('is 404 where nothing is served, and 400 for a path that cannot be decoded', async () => {
    const host = await start({ routes: (app) => app.get('/x/:id', (_request, response) => void response.end()) });
    expect((await get(host, '/y')).status).toBe(404);
    expect((await get(host, '/x/%ff')).status).toBe(400);
  });

  it('in the middle of an answer breaks the connection off', async () => {
    const host = await start({
      handler: (_request, response, context) => {
        response.write('half');
        sendProblem(response, new Error('broken'), context);
      },
    });
    const answer = await sendRaw(host, 'GET /x HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(answer).not.toContain('problem+json');
    expect(answer).not.toMatch(/\r\n0\r\n\r\n$/);
  });

  it('drops the headers of the answer that failed', async () => {
    const host = await start({
      handler: (_request, response, context) => {
        response.setHeader('etag', '"1"');
        sendProblem(response, new ProblemError('noSuchPackage'), context);
      },
    });
    expect((await get(host, '/x')).headers.get('etag')).toBeNull();
  });
});
