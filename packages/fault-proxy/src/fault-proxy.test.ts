import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { buffer, text } from 'node:stream/consumers';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { FaultProxy } from './fault-proxy.ts';

/** Says back what it is told, and closes when it is told no more. */
let server: Server;
let proxy: FaultProxy;
let clients: Socket[];
let serverEnds: Socket[];

async function client(): Promise<Socket> {
  const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
  clients.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

async function roundTrip(socket: Socket, words: string): Promise<string> {
  socket.write(words);
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return chunk.toString();
}

/** What comes, from now on. */
const heard = (socket: Socket): readonly string[] => {
  const chunks: string[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  return chunks;
};

async function untilReset(socket: Socket): Promise<string> {
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  return error.code ?? '';
}

beforeEach(async () => {
  clients = [];
  serverEnds = [];
  server = createServer({ allowHalfOpen: true }, (socket) => {
    serverEnds.push(socket);
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy = await FaultProxy.open({ targetPort: (server.address() as AddressInfo).port });
});

afterEach(async () => {
  for (const socket of [...clients, ...serverEnds]) socket.destroy();
  await proxy.close();
  await new Promise((resolve) => server.close(resolve));
});

describe('without a fault', () => {
  it('passes everything on, both ways, to the end', async () => {
    const socket = await client();
    const sent = Buffer.alloc(3_000_000, 'all of it ');
    socket.end(sent);
    expect((await buffer(socket)).equals(sent)).toBe(true);
    expect(proxy.accepted).toBe(1);
  });
});

describe('latency', () => {
  it('delays what passes, each way, also on a connection that is there', async () => {
    const socket = await client();
    expect(await roundTrip(socket, 'soon')).toBe('soon');
    await proxy.become({ kind: 'latency', latencyMs: 100 });
    const begun = performance.now();
    expect(await roundTrip(socket, 'later')).toBe('later');
    // Timers may fire a millisecond early.
    expect(performance.now() - begun).toBeGreaterThan(195);
  });

  it('keeps the order of what was sent', async () => {
    await proxy.become({ kind: 'latency', latencyMs: 20 });
    const socket = await client();
    for (let each = 0; each < 50; each += 1) socket.write(`${each} `);
    socket.end();
    expect(await text(socket)).toBe(Array.from({ length: 50 }, (_, each) => `${each} `).join(''));
  });
});

describe('bandwidth', () => {
  it('lets so many bytes pass in a second', async () => {
    await proxy.become({ kind: 'bandwidth', bytesPerSecond: 200_000 });
    const socket = await client();
    const begun = performance.now();
    socket.end(Buffer.alloc(40_000));
    expect(await buffer(socket)).toHaveLength(40_000);
    expect(performance.now() - begun).toBeGreaterThan(195);
  });
});

describe('reset', () => {
  it('breaks connections that are there, and new ones', async () => {
    const socket = await client();
    await roundTrip(socket, 'well');
    const gone = untilReset(socket);
    await proxy.become({ kind: 'reset', afterBytes: 0 });
    expect(await gone).toBe('ECONNRESET');
    const late = connect(proxy.port, '127.0.0.1');
    clients.push(late);
    expect(await untilReset(late)).toBe('ECONNRESET');
  });

  it('may let the beginning of an answer pass', async () => {
    await proxy.become({ kind: 'reset', afterBytes: 4 });
    const socket = await client();
    const said = heard(socket);
    socket.write('abc');
    await once(socket, 'data');
    socket.write('d');
    expect(await untilReset(socket)).toBe('ECONNRESET');
    expect(said.join('').startsWith('abc')).toBe(true);
  });
});

describe('refused', () => {
  it('has nobody listen until it is over, then on the same port', async () => {
    const { port } = proxy;
    await proxy.become({ kind: 'refused' });
    const socket = connect(port, '127.0.0.1');
    clients.push(socket);
    expect(await untilReset(socket)).toBe('ECONNREFUSED');
    await proxy.become({ kind: 'none' });
    expect(proxy.port).toBe(port);
    expect(await roundTrip(await client(), 'again')).toBe('again');
  });
});

describe('black hole', () => {
  it('takes connections and lets nothing pass; what waited comes when it is over', async () => {
    await proxy.become({ kind: 'blackHole' });
    const socket = await client();
    const said = heard(socket);
    socket.write('hello');
    // A whole exchange through a proxy of its own takes longer than this one would have.
    const other = await FaultProxy.open({ targetPort: (server.address() as AddressInfo).port });
    const beside = connect(other.port, '127.0.0.1');
    beside.on('error', () => undefined);
    clients.push(beside);
    expect(await roundTrip(beside, 'beside')).toBe('beside');
    await other.close();
    expect(said).toEqual([]);
    await proxy.become({ kind: 'none' });
    if (said.length === 0) await once(socket, 'data');
    expect(said).toEqual(['hello']);
  });
});

describe('half open', () => {
  it('loses what a client sends, and does not tell it that the other side is gone', async () => {
    const socket = await client();
    await roundTrip(socket, 'well');
    const [serverEnd] = serverEnds;
    const ended = serverEnd === undefined ? undefined : once(serverEnd, 'close');
    await proxy.become({ kind: 'halfOpen' });
    await ended;
    const said = heard(socket);
    socket.write('lost');
    const late = await client();
    late.write('lost, too');
    expect(said).toEqual([]);
    expect([socket.destroyed, socket.readableEnded, late.destroyed]).toEqual([false, false, false]);
    const gone = Promise.all([untilReset(socket), untilReset(late)]);
    await proxy.become({ kind: 'none' });
    expect(await gone).toEqual(['ECONNRESET', 'ECONNRESET']);
  });
});

describe('slow close', () => {
  it('tells of the end later, and of nothing else', async () => {
    await proxy.become({ kind: 'slowClose', delayMs: 100 });
    const socket = await client();
    expect(await roundTrip(socket, 'at once')).toBe('at once');
    const begun = performance.now();
    socket.resume();
    socket.end();
    await once(socket, 'end');
    // The end goes there, and comes back.
    expect(performance.now() - begun).toBeGreaterThan(195);
  });
});

describe('a fault that means nothing', () => {
  it('is refused', async () => {
    await expect(proxy.become({ kind: 'bandwidth', bytesPerSecond: 0 })).rejects.toThrow(
      'bandwidth.bytesPerSecond: expected a number of at least 1, got 0',
    );
    await expect(proxy.become({ kind: 'latency', latencyMs: NaN })).rejects.toThrow(RangeError);
  });
});

describe('a proxy that is closed', () => {
  it('becomes nothing else, and does not listen again', async () => {
    await proxy.close();
    await expect(proxy.become({ kind: 'blackHole' })).rejects.toThrow('the proxy is closed');
    const socket = connect({ port: proxy.port, host: '127.0.0.1' });
    clients.push(socket);
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
  });
});
