import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect as connectHttp2, constants } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls, createSecureContext } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { makeCertificate } from '@feedfleet/test-certificates';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { HostFixture } from './host-fixture.ts';
import type { CertificateSource, HostOptions, RunningHost } from './host-options.ts';
import { TLS_POLICY } from './tls-policy.ts';

const fixture = new HostFixture();
const sessions: ClientHttp2Session[] = [];
afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  await fixture.end();
});

const dates = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) };
const certificateFor = (name: string) => {
  const { certificate, key } = makeCertificate({ ...dates, commonName: name, names: [name], addresses: ['127.0.0.1'] });
  return { cert: certificate, key };
};

/** One certificate for everybody, another for `other.test`; the first can be changed. */
class Certificates implements CertificateSource {
  fallback = certificateFor('first.test');
  readonly other = certificateFor('other.test');
  readonly #listeners: (() => void)[] = [];

  readonly contextFor = (name: string) =>
    name === 'other.test' ? createSecureContext({ ...TLS_POLICY, ...this.other }) : undefined;

  subscribe(listener: () => void): void {
    this.#listeners.push(listener);
  }

  change(): void {
    this.fallback = certificateFor('second.test');
    for (const listener of this.#listeners) listener();
  }
}

let certificates: Certificates;
beforeAll(() => {
  certificates = new Certificates();
});

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

function start(handler: Handler, options: Partial<HostOptions> = {}): Promise<RunningHost> {
  return fixture.start({ handler, secureListen: { host: '127.0.0.1', port: 0, certificates }, ...options });
}

function sessionTo(host: RunningHost): ClientHttp2Session {
  const session = connectHttp2(host.secureUrl ?? '', { rejectUnauthorized: false });
  session.on('error', () => undefined);
  sessions.push(session);
  return session;
}

interface Answer {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

async function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  let body = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  await once(stream, 'end');
  return { headers, body };
}

function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: readonly string[]): Promise<Answer> {
  const stream = session.request(headers, { endStream: body === undefined });
  for (const part of body ?? []) stream.write(part);
  if (body !== undefined) stream.end();
  return answerOf(stream);
}

function port({ secureUrl }: RunningHost): number {
  return Number(new URL(secureUrl ?? '').port);
}

async function handshake(host: RunningHost, options: ConnectionOptions = {}): Promise<string> {
  const socket = connectTls({ host: '127.0.0.1', port: port(host), rejectUnauthorized: false, ...options });
  try {
    await once(socket, 'secureConnect');
    return String(socket.getPeerCertificate().subject.CN);
  } finally {
    socket.destroy();
  }
}

const echo: Handler = (request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
  request.on('end', () => {
    const { method, url, headers, rawHeaders } = request;
    response.writeHead(200, 'Fine', ['content-type', 'application/json']);
    response.end(JSON.stringify({ method, url, headers, rawHeaders, body }));
  });
};

describe('a request of HTTP/2', () => {
  it('looks like one of HTTP/1.1', async () => {
    const host = await start(echo);
    const { headers, body } = await ask(sessionTo(host), { ':path': '/a?b=c', 'x-a': '1' });
    expect(headers).toMatchObject({ ':status': 200, 'content-type': 'application/json' });
    const seen = JSON.parse(body) as { headers: Record<string, string>; rawHeaders: string[] };
    expect(seen).toMatchObject({
      method: 'GET',
      url: '/a?b=c',
      headers: { host: `127.0.0.1:${port(host)}`, 'x-a': '1' },
    });
    expect([...Object.keys(seen.headers), ...seen.rawHeaders].filter((name) => name.startsWith(':'))).toEqual([]);
    expect(seen.headers['transfer-encoding']).toBeUndefined();
  });

  it.each([
    ['of unknown length', {}, { 'transfer-encoding': 'chunked' }],
    ['of a length', { 'content-length': 5 }, { 'content-length': '5' }],
  ])('with a body %s says so', async (_, sent, seen) => {
    const host = await start(echo);
    const { body } = await ask(sessionTo(host), { ':method': 'PUT', ':path': '/', ...sent }, ['he', 'llo']);
    expect(JSON.parse(body)).toMatchObject({ headers: seen, body: 'hello' });
  });

  it('that would be a tunnel is refused', async () => {
    const host = await start(echo);
    const stream = sessionTo(host).request({ ':method': 'CONNECT', ':authority': 'elsewhere:1' }, { endStream: true });
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    expect(headers[':status']).toBe(405);
  });

  it('is aborted for its handler when its client takes it back, and no other of the connection is', async () => {
    const gone = Promise.withResolvers<boolean>();
    const host = await start((request, response) => {
      if (request.url === '/other') response.end('whole');
      else response.once('close', () => gone.resolve(response.writableFinished));
    });
    const session = sessionTo(host);
    const stream = session.request({ ':path': '/slow' });
    stream.on('error', () => undefined);
    expect((await ask(session, { ':path': '/other' })).body).toBe('whole');
    stream.close(constants.NGHTTP2_CANCEL);
    expect(await gone.promise).toBe(false);
    expect((await ask(session, { ':path': '/other' })).body).toBe('whole');
  });

  it('whose answer breaks off ends with an error and not with an end', async () => {
    const host = await start((_request, response) => {
      response.writeHead(200);
      response.write('half');
      setImmediate(() => response.destroy());
    });
    const stream = sessionTo(host).request({ ':path': '/' });
    stream.resume();
    const [error] = (await once(stream, 'error')) as [Error];
    expect(error.message).toContain('NGHTTP2_INTERNAL_ERROR');
  });

  it('that fails is answered with a problem', async () => {
    const host = await start(() => {
      throw new Error('broken');
    });
    const { headers, body } = await ask(sessionTo(host), { ':path': '/' });
    expect(headers).toMatchObject({ ':status': 500, 'content-type': 'application/problem+json' });
    expect(JSON.parse(body)).toMatchObject({ code: 'FF_INTERNAL' });
  });
});

describe('TLS', () => {
  it('serves HTTP/1.1 to those who know nothing else', async () => {
    const host = await start(echo);
    const socket = connectTls({ host: '127.0.0.1', port: port(host), rejectUnauthorized: false });
    socket.end('GET /old HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    await once(socket, 'close');
    expect(text).toMatch(/^HTTP\/1\.1 200 Fine\r\n/);
    expect(text).toContain('"url":"/old"');
  });

  it('gives each name its certificate, and the first one where there is none', async () => {
    const host = await start(echo);
    expect(await handshake(host)).toBe('first.test');
    expect(await handshake(host, { servername: 'other.test' })).toBe('other.test');
    expect(await handshake(host, { servername: 'unknown.test' })).toBe('first.test');
  });

  it('takes up a changed certificate, and keeps the connections that stand', async () => {
    const host = await start(echo);
    const session = sessionTo(host);
    await ask(session, { ':path': '/' });
    certificates.change();
    expect(await handshake(host)).toBe('second.test');
    expect((await ask(session, { ':path': '/' })).headers[':status']).toBe(200);
  });

  it('refuses what is older than 1.2', async () => {
    const host = await start(echo);
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await expect(handshake(host, old)).rejects.toThrow(/alert|protocol|version/i);
  });
});

describe('a head that does not end', () => {
  it('is cut soon after its limit', async () => {
    const host = await start(echo, { limits: { headersTimeoutMs: 300 } });
    const begun = performance.now();
    const socket = connectTls({ host: '127.0.0.1', port: port(host), rejectUnauthorized: false });
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n');
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    await once(socket, 'close');
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    // Node looks for them every 30 seconds where nothing is said.
    expect(performance.now() - begun).toBeLessThan(15_000);
  });
});

describe('a drain', () => {
  const opened: Socket[] = [];
  afterEach(() => {
    for (const socket of opened.splice(0)) socket.destroy();
  });

  it.each([
    ['a handshake that was never begun', (at: number) => connect(at, '127.0.0.1'), 'connect'],
    [
      'a connection that was never used',
      (at: number) => connectTls({ host: '127.0.0.1', port: at, rejectUnauthorized: false }),
      'secureConnect',
    ],
  ] as const)('does not wait for %s', async (_what, open, ready) => {
    const host = await start(echo, { drainMs: 60_000 });
    const socket = open(port(host));
    opened.push(socket);
    socket.on('error', () => undefined);
    await once(socket, ready);
    // What was opened before has been accepted when this one has its answer.
    await ask(sessionTo(host), { ':path': '/' });
    const closed = once(socket.resume(), 'close');
    const begun = performance.now();
    await host.drain();
    await closed;
    // As long as a handshake may take, or the drain.
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  it('waits for the first request of a connection that was just made', async () => {
    const host = await start(echo);
    const socket = connectTls({ host: '127.0.0.1', port: port(host), rejectUnauthorized: false });
    opened.push(socket);
    await once(socket, 'secureConnect');
    await ask(sessionTo(host), { ':path': '/' });
    const drained = host.drain();
    socket.write('GET /last HTTP/1.1\r\nHost: x\r\n\r\n');
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    await drained;
    expect(text).toContain('"url":"/last"');
  });
});

describe('a drain of HTTP/2', () => {
  it('lets requests under way end, and takes no new ones', async () => {
    const arrived = Promise.withResolvers<ServerResponse>();
    const host = await start((_request, response) => arrived.resolve(response));
    const session = sessionTo(host);
    const answer = ask(session, { ':path': '/' });
    const response = await arrived.promise;
    const drained = host.drain();
    await once(session, 'goaway');
    response.end('whole');
    expect((await answer).body).toBe('whole');
    await drained;
    await expect(handshake(host)).rejects.toThrow('ECONNREFUSED');
  });

  it('cuts what is left after its time', async () => {
    const arrived = Promise.withResolvers<undefined>();
    const host = await start(() => arrived.resolve(undefined), { drainMs: 50 });
    const stream = sessionTo(host).request({ ':path': '/' });
    stream.on('error', () => undefined);
    const closed = once(stream, 'close');
    await arrived.promise;
    await host.drain();
    await closed;
    expect(stream.destroyed).toBe(true);
  });
});
