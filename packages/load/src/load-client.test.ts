import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { LoadClient } from './load-client.ts';
import type { LoadOutcome, LoadRequest } from './load-client.ts';

let server: Server;
let port: number;
let client: LoadClient;
let asked: IncomingMessage[];

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request);
    const [, kind, rest = ''] = /^\/(to|again|bytes)\/?(.*)$/.exec(request.url ?? '') ?? [];
    if (kind === 'to') response.writeHead(302, { location: decodeURIComponent(rest) }).end('moved');
    else if (kind === 'again') response.writeHead(302, { location: '/again' }).end();
    else response.end(Buffer.alloc(Number(rest) || 2));
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  port = (server.address() as AddressInfo).port;
  client = new LoadClient({ maxConnections: 2, timeoutMs: 5_000 });
});

afterEach(async () => {
  client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const ask = (request: LoadRequest): Promise<LoadOutcome> => new Promise((resolve) => client.send(request, resolve));
const to = (url: string): string => `http://127.0.0.1:${port}/to/${encodeURIComponent(url)}`;

describe('a load client', () => {
  it.each(['http://packages.example/', 'http://10.0.0.1/', 'http://127.0.0.1.example/'])(
    'goes to this machine alone: not to %s',
    (url) => {
      expect(() => client.send({ url }, () => undefined)).toThrow('this machine alone');
    },
  );

  it('goes to a host that was named', async () => {
    const named = new LoadClient({ maxConnections: 1, timeoutMs: 5_000, allowedHosts: new Set(['packages.invalid']) });
    const outcome = await new Promise<LoadOutcome>((resolve) =>
      named.send({ url: 'http://packages.invalid/' }, resolve),
    );
    expect(outcome.outcome).toBe('failed');
    named.close();
  });

  it('follows where it is sent, as a client does, when it is told to', async () => {
    const url = to('/file');
    expect(await ask({ url })).toEqual({ outcome: 'failed', reason: 'status 302' });
    expect(await ask({ url, followsRedirects: true })).toEqual({ outcome: 'ok' });
    expect(await ask({ url: `http://127.0.0.1:${port}/again`, followsRedirects: true })).toEqual({
      outcome: 'failed',
      reason: 'status 302',
    });
    expect(await ask({ url: to('ftp://127.0.0.1/'), followsRedirects: true })).toEqual({
      ...{ outcome: 'failed', reason: 'ERR_INVALID_PROTOCOL' },
    });
    expect(await ask({ url: to('http://packages.example/'), followsRedirects: true })).toEqual({
      ...{ outcome: 'failed', reason: 'sent on to packages.example, which may not be loaded' },
    });
  });

  it('shows its key to nobody but the host that it asked', async () => {
    const headers = { 'X-NuGet-ApiKey': 'secret', authorization: 'Basic c2VjcmV0', 'user-agent': 'load' };
    await ask({ url: to('/same'), followsRedirects: true, headers });
    await ask({ url: to(`http://localhost:${port}/other`), followsRedirects: true, headers });
    const [, same, , other] = asked.map((request) => [
      request.headers['x-nuget-apikey'],
      request.headers.authorization,
      request.headers['user-agent'],
    ]);
    expect(same).toEqual(['secret', 'Basic c2VjcmV0', 'load']);
    expect(other).toEqual([undefined, undefined, 'load']);
  });

  it('takes as long for an answer as its pace says', async () => {
    const begun = performance.now();
    expect(await ask({ url: `http://127.0.0.1:${port}/bytes/1000000`, readBytesPerSecond: 5_000_000 })).toEqual({
      outcome: 'ok',
    });
    // Nothing waits for what comes last.
    expect(performance.now() - begun).toBeGreaterThanOrEqual(180);
  });
});
