/** The connector: the suite of all engines, and what only an engine with its own sockets and its own reader can get wrong. */
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ConnectorTransport } from './connector-transport.ts';
import { describeTransport } from './conformance/describe-transport.ts';
import { rawPair } from './conformance/setting.ts';
import type { Setting } from './conformance/setting.ts';
import { Cleanup, listen, startFront } from './conformance/sockets.ts';
import type { Peer } from './conformance/sockets.ts';

describeTransport('the connector', () => new ConnectorTransport());

const OK = 'HTTP/1.1 200 OK\r\n';
const answer = (body: string, fields = ''): string => `${OK}${fields}Content-Length: ${body.length}\r\n\r\n${body}`;
const request = (method: string, path: string): string => `${method} ${path} HTTP/1.1\r\nHost: h\r\n\r\n`;

let setting: Setting;
beforeEach(() => {
  setting = { make: () => new ConnectorTransport(), cleanup: new Cleanup() };
});
afterEach(() => setting.cleanup.run());

/** A client, and an endpoint that has answered it once on a connection that is kept. */
async function used(fields = ''): Promise<Awaited<ReturnType<typeof rawPair>> & { client: Peer; endpoint: Peer }> {
  const pair = await rawPair(setting);
  const client = await pair.front.client();
  client.send(request('GET', '/first'));
  const endpoint = await pair.upstream.next();
  endpoint.send(answer('first', fields));
  await client.until('first');
  await pair.front.outcome();
  return { ...pair, client, endpoint };
}

describe('a connection that was used before', () => {
  it.each(['GET', 'HEAD', 'OPTIONS'])('and dies of a %s is replaced once by a fresh one', async (method) => {
    const { upstream, front, client, endpoint } = await used();
    client.send(request(method, '/second'));
    await endpoint.until('/second');
    endpoint.socket.resetAndDestroy();
    const fresh = await upstream.next();
    expect(await fresh.until('\r\n\r\n')).toContain(`${method} /second HTTP/1.1\r\n`);
    fresh.send(method === 'HEAD' ? `${OK}Content-Length: 6\r\n\r\n` : answer('second'));
    expect(await front.outcome()).toMatchObject({ outcome: 'answered', status: 200 });
  });

  it('is replaced once and not twice', async () => {
    const { upstream, client, endpoint } = await used();
    client.send(request('GET', '/second'));
    await endpoint.until('/second');
    endpoint.socket.destroy();
    const fresh = await upstream.next();
    await fresh.until('/second');
    fresh.socket.destroy();
    await client.until('599 upstream_reset');
    expect(upstream.count()).toBe(2);
  });

  it.each(['POST', 'DELETE'])('and dies of a %s is not replaced: it may have been carried out', async (method) => {
    const { upstream, client, endpoint } = await used();
    client.send(request(method, '/second'));
    await endpoint.until('/second');
    endpoint.socket.destroy();
    await client.until('599 upstream_reset');
    expect(upstream.count()).toBe(1);
  });

  it('and dies of a request with a body is not replaced', async () => {
    const { upstream, client, endpoint } = await used();
    client.send('GET /second HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc');
    await endpoint.until('abc');
    endpoint.socket.destroy();
    await client.until('599 upstream_reset');
    expect(upstream.count()).toBe(1);
  });

  it('and dies after a byte of the answer is not replaced', async () => {
    const { upstream, client, endpoint } = await used();
    client.send(request('GET', '/second'));
    await endpoint.until('/second');
    endpoint.socket.end('H');
    await client.until('599 upstream_reset');
    expect(upstream.count()).toBe(1);
  });

  it('and says something unasked is closed', async () => {
    const { upstream, client, endpoint } = await used();
    endpoint.send(answer('unasked'));
    await endpoint.closed();
    client.send(request('GET', '/second'));
    (await upstream.next()).send(answer('second'));
    expect(await client.until('second')).not.toContain('unasked');
  });

  it('is not kept beyond what the endpoint said', async () => {
    const { endpoint } = await used('Keep-Alive: timeout=1, max=5\r\n');
    expect(await endpoint.closed()).toContain('/first');
  });

  it('is closed with the transport', async () => {
    const transport = new ConnectorTransport();
    setting = { ...setting, make: () => transport };
    const { endpoint } = await used();
    transport.close();
    expect(await endpoint.closed()).toContain('/first');
  });

  it('is not used again after an answer that did not wait for the body', async () => {
    const { upstream, front } = await rawPair(setting);
    const client = await front.client();
    client.send('PUT /F/a HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf.');
    const endpoint = await upstream.next();
    await endpoint.until('half.');
    endpoint.send(answer('early'));
    await client.until('early');
    await endpoint.closed();
    client.send(`other${request('GET', '/second')}`);
    (await upstream.next()).send(answer('second'));
    expect(await client.until('second')).toContain('early');
  });

  it.each(['\n', 'nonsense'])(
    'is not used again after an answer with %j behind it, which is delivered',
    async (rest) => {
      const { upstream, front } = await rawPair(setting);
      const client = await front.client();
      client.send(request('GET', '/first'));
      const endpoint = await upstream.next();
      endpoint.send(answer('first') + rest);
      await client.until('first');
      await endpoint.closed();
      expect(await front.outcome()).toMatchObject({ outcome: 'answered' });
    },
  );
});

describe('connections that are idle', () => {
  it('are as many as were needed, at most the limit, and the last one used is used next', async () => {
    setting = { ...setting, make: () => new ConnectorTransport({ maxIdleConnections: 2 }) };
    const { upstream, front } = await rawPair(setting);
    const clients = await Promise.all([1, 2, 3].map(() => front.client()));
    const endpoints: Peer[] = [];
    for (const [index, client] of clients.entries()) {
      client.send(request('GET', `/${index}`));
      endpoints.push(await upstream.next());
    }
    for (const [index, endpoint] of endpoints.entries()) {
      endpoint.send(answer(`body${index}`));
      await clients[index]?.until(`body${index}`);
    }
    await endpoints[2]?.closed();
    clients[0]?.send(request('GET', '/again'));
    await endpoints[1]?.until('/again');
    expect(endpoints[0]?.received).not.toContain('/again');
  });

  it('are closed when their time is over', async () => {
    setting = { ...setting, make: () => new ConnectorTransport({ keepAliveMs: 30 }) };
    const { endpoint } = await used();
    expect(await endpoint.closed()).toContain('/first');
  });
});

describe('whatever an endpoint sends', () => {
  const piece = fc.oneof(
    fc.constantFrom(OK, 'Content-Length: 4\r\n', 'Transfer-Encoding: chunked\r\n', 'Connection: close\r\n', '\r\n'),
    fc.constantFrom('4\r\nBODY\r\n', '0\r\n\r\n', 'BODY', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.0 200 OK\r\n', 'X'),
    fc.string({ unit: 'binary-ascii', maxLength: 6 }),
  );

  it('each exchange ends, and no client gets a byte that was meant for another one', async () => {
    const texts: string[] = [];
    const port = await listen(
      createServer((socket) => answerFrom(texts, socket)),
      setting.cleanup,
    );
    const front = await startFront(setting.cleanup, { transport: new ConnectorTransport(), upstreamPort: port });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(piece, { maxLength: 5 }), { maxLength: 4 }), async (noise) => {
        for (const [turn, pieces] of noise.entries()) {
          texts[turn] = pieces.join('').replaceAll('BODY', `bod${turn}`);
          const client = await front.client();
          client.send(request('GET', `/turn${turn}`));
          const outcome = await front.outcome();
          if (outcome.outcome === 'answered') await client.until('\r\n\r\n');
          client.socket.destroy();
          for (const other of noise.keys()) if (other !== turn) expect(client.received).not.toContain(`bod${other}`);
        }
      }),
      { numRuns: 300 },
    );
  });

  /** Sends the text of each turn that is asked for, at once and in one piece, and ends the connection if that was not enough. */
  function answerFrom(texts: readonly string[], socket: Socket): void {
    let patience: NodeJS.Timeout | undefined;
    socket.on('data', (data) => {
      clearTimeout(patience);
      const turn = Number(/\/turn(\d)/.exec(data.toString('latin1'))?.[1]);
      socket.write(texts[turn] ?? '', 'latin1');
      patience = setTimeout(() => socket.end(), 10);
    });
    socket.on('close', () => clearTimeout(patience));
  }
});
