/** The control: http-proxy as it comes fails what the guards are for. When one of these fails, its guard can go. */
import { Agent, createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import httpProxy from 'http-proxy';
import { Cleanup, connectTo, listen, startHttpUpstream, startRawUpstream, within } from './conformance/sockets.ts';
import type { Peer, RawUpstream } from './conformance/sockets.ts';

const GET = 'GET /F/a HTTP/1.1\r\nHost: h\r\n\r\n';
const HIDDEN = 'GET /hidden HTTP/1.1\r\nHost: inner\r\n\r\n';

let cleanup: Cleanup;
beforeEach(() => {
  cleanup = new Cleanup();
});
afterEach(() => cleanup.run());

async function clientOf(upstreamPort: number, agent: Agent | undefined): Promise<Peer> {
  const proxy = httpProxy.createProxyServer({ target: { host: '127.0.0.1', port: upstreamPort }, agent });
  proxy.on('error', () => undefined);
  cleanup.add(() => agent?.destroy());
  return connectTo(
    await listen(
      createServer((request, response) => proxy.web(request, response)),
      cleanup,
    ),
    cleanup,
  );
}

async function pair(): Promise<{ readonly upstream: RawUpstream; readonly client: Peer }> {
  const upstream = await startRawUpstream(cleanup);
  return { upstream, client: await clientOf(upstream.port, new Agent({ keepAlive: true })) };
}

const staysOpen = (peer: Peer): Promise<string> =>
  within(peer.closed(), 'the end', 300).then(
    () => 'closed',
    () => 'open',
  );

describe('http-proxy 1.18.1 without the guards', () => {
  it.each(['DELETE', 'OPTIONS'])('lets the body of a %s be the next request (guard 1)', async (method) => {
    const upstream = await startHttpUpstream(cleanup, (_request, response) => response.end('ok'));
    const client = await clientOf(upstream.port, new Agent({ keepAlive: true }));
    const body = `${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`;
    client.send(`${method} /F/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n${body}`);
    await client.until('ok');
    client.send('GET /second HTTP/1.1\r\nHost: h\r\n\r\n');
    await client.until(/ok[\s\S]*ok/);
    expect(upstream.seen.map(({ url }) => url)).toContain('/hidden');
  });

  it('goes on with a request whose client is gone (guard 2)', async () => {
    const { upstream, client } = await pair();
    client.send(GET);
    const endpoint = await upstream.next();
    await endpoint.until('\r\n\r\n');
    client.socket.destroy();
    expect(await staysOpen(endpoint)).toBe('open');
  });

  it('leaves the client hanging when the endpoint dies in the middle of a body (guard 3)', async () => {
    const { upstream, client } = await pair();
    client.send(GET);
    const endpoint = await upstream.next();
    endpoint.send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
    await client.until('half');
    endpoint.socket.destroy();
    expect(await staysOpen(client)).toBe('open');
  });

  it('waits for a silent endpoint without end (guard 4)', async () => {
    const { upstream, client } = await pair();
    client.send(GET);
    const endpoint = await upstream.next();
    await endpoint.until('\r\n\r\n');
    expect(await staysOpen(endpoint)).toBe('open');
    expect(client.received).toBe('');
  });

  it('makes a connection for each request when it is given no agent (guard 5)', async () => {
    const upstream = await startRawUpstream(cleanup);
    const client = await clientOf(upstream.port, undefined);
    for (const answer of ['one', 'two']) {
      client.send(GET);
      (await upstream.next()).send(`HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n${answer}`);
      await client.until(answer);
    }
    expect(upstream.count()).toBe(2);
  });

  it('throws a refused connection at whoever started it (guard 6)', () => {
    const proxy = httpProxy.createProxyServer({});
    expect(() =>
      (proxy as unknown as { emit: (...event: unknown[]) => void }).emit('error', new Error('refused')),
    ).toThrow('refused');
  });

  it("passes the client's Connection on and changes the path", async () => {
    const { upstream, client } = await pair();
    client.send('GET /F//a HTTP/1.1\r\nHost: h\r\nConnection: X-NuGet-Feedchain\r\nX-NuGet-Feedchain: a\r\n\r\n');
    const seen = await (await upstream.next()).until('\r\n\r\n');
    expect(seen).toMatch(/^connection: X-NuGet-Feedchain\r$/im);
    expect(seen).toContain('GET /F/a HTTP/1.1');
  });
});
