import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { connect, constants } from 'node:http2';
import type { ClientHttp2Session, OutgoingHttpHeaders } from 'node:http2';
import type { CertificateSource } from '@feedfleet/host';
import { makeCertificate } from '@feedfleet/test-certificates';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cleanup, within } from '../conformance/sockets.ts';
import type { EngineSettings } from '../create-transport.ts';
import { startEndpoint, startFleet, viewOf } from '../fake-fleet.ts';

const { certificate: cert, key } = makeCertificate({
  commonName: 'feedfleet.test',
  addresses: ['127.0.0.1'],
  notBefore: new Date(Date.now() - 86_400_000),
  notAfter: new Date(Date.now() + 86_400_000),
});
const certificates: CertificateSource = {
  fallback: { cert, key },
  contextFor: () => undefined,
  subscribe: () => undefined,
};
const PATH = '/F/a/api/v3/index.json';

let cleanup: Cleanup;
beforeEach(() => {
  cleanup = new Cleanup();
});
afterEach(() => cleanup.run());

describe.each<EngineSettings['transport']>(['connector', 'http-proxy'])('a client of HTTP/2, by %s', (engine) => {
  async function start(handler?: RequestListener): Promise<ClientHttp2Session> {
    const endpoints = await Promise.all(
      ['v3', 'push'].map((family) =>
        startEndpoint(cleanup, { id: `${family}-1`, family, ...(handler && { handler }) }),
      ),
    );
    const view = viewOf(endpoints.map(({ instance }) => instance));
    const secureListen = { host: '127.0.0.1', port: 0, certificates };
    const fleet = await startFleet(cleanup, { view, engine, secureListen });
    const session = connect(fleet.host.secureUrl ?? '', { ca: cert });
    session.on('error', () => undefined);
    cleanup.add(() => session.destroy());
    return session;
  }

  async function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: readonly string[]) {
    const stream = session.request(headers, { endStream: body === undefined });
    for (const part of body ?? []) stream.write(part);
    if (body !== undefined) stream.end();
    let text = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    const [answer] = (await within(once(stream, 'response'), 'an answer')) as [Record<string, unknown>];
    if (!stream.readableEnded) await within(once(stream, 'end'), 'the end of the answer');
    return { answer, text };
  }

  it('reaches an endpoint like any other', async () => {
    const session = await start();
    const { answer, text } = await ask(session, { ':path': PATH, 'x-a': '1' });
    expect(answer[':status']).toBe(200);
    const { headers } = JSON.parse(text) as { headers: Record<string, string> };
    const host = new URL(String(session.originSet?.[0])).host;
    expect(headers).toMatchObject({ 'x-a': '1', 'x-forwarded-proto': 'https', 'x-forwarded-host': host });
    expect(Object.keys(headers).filter((name) => name.startsWith(':'))).toEqual([]);
  });

  it('has many answers at a time on one connection', async () => {
    const session = await start();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => ask(session, { ':path': `${PATH}?${index}` })),
    );
    expect(answers.map(({ text }) => (JSON.parse(text) as { path: string }).path)).toEqual(
      Array.from({ length: 50 }, (_, index) => `${PATH}?${index}`),
    );
  });

  it.each<[string, OutgoingHttpHeaders]>([
    ['of unknown length', {}],
    ['of a length', { 'content-length': 10 }],
  ])('sends a body %s whole', async (_, headers) => {
    const session = await start((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => response.end(body));
    });
    const push = { ':method': 'PUT', ':path': '/F/a/api/v2/package/', ...headers };
    expect((await ask(session, push, ['hello', 'world'])).text).toBe('helloworld');
  });

  it('gets the head alone for a HEAD', async () => {
    const session = await start((_request, response) => response.writeHead(200, { 'content-length': 7 }).end());
    const { answer, text } = await ask(session, { ':method': 'HEAD', ':path': PATH });
    expect([answer['content-length'], text]).toEqual(['7', '']);
  });

  it('that goes away cancels what was asked for it, and nothing else', async () => {
    const asked = Promise.withResolvers<undefined>();
    const gone = Promise.withResolvers<undefined>();
    const session = await start((request, response) => {
      if (request.url === PATH) {
        response.end('other');
        return;
      }
      response.once('close', () => gone.resolve(undefined));
      asked.resolve(undefined);
    });
    const stream = session.request({ ':path': `${PATH}?slow` });
    stream.on('error', () => undefined);
    await within(asked.promise, 'the request at the endpoint');
    stream.close(constants.NGHTTP2_CANCEL);
    await within(gone.promise, 'the end of the request at the endpoint');
    expect((await ask(session, { ':path': PATH })).text).toBe('other');
  });

  it('is told when an answer breaks off', async () => {
    const session = await start((_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half');
      setTimeout(() => response.destroy(), 20);
    });
    const stream = session.request({ ':path': PATH });
    stream.resume();
    const [error] = (await within(once(stream, 'error'), 'an error')) as [Error];
    expect(error.message).toContain('NGHTTP2_INTERNAL_ERROR');
  });

  it('may say its host twice', async () => {
    const session = await start();
    const { answer, text } = await ask(session, { ':path': PATH, ':authority': 'one.test', host: 'one.test' });
    expect(answer[':status']).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ headers: { 'x-forwarded-host': 'one.test' } });
  });

  it('with two hosts is refused', async () => {
    const session = await start();
    const { answer, text } = await ask(session, { ':path': PATH, ':authority': 'one.test', host: 'other.test' });
    expect(answer[':status']).toBe(400);
    expect(text).toContain('There must be one Host header.');
  });

  it('with a body too large is told so', async () => {
    const session = await start();
    const push = { ':method': 'PUT', ':path': '/F/a/api/v2/package/', 'content-length': 2_000_000 };
    const stream = session.request(push);
    stream.on('error', () => undefined);
    const [answer] = (await within(once(stream, 'response'), 'an answer')) as [Record<string, unknown>];
    expect(answer[':status']).toBe(413);
  });
});
