/** Sources that lead somewhere else: by their name, by redirects, by a connection that was good once. */
import { afterEach, describe, expect, it } from '@jest/globals';

import type { OwnAddress } from '@feedfleet/address-guard';
import type { SourceHttpOptions } from './create-source-http.ts';
import { askOf, failureIn, get, makeClient, startRawSource, startSource } from './source-fixture.ts';
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

const redirectTo =
  (location: string, status = 302): Answer =>
  (_, response) =>
    response.writeHead(status, { location }).end();

describe('a name', () => {
  it('that resolves to where the source may not lead is not connected to', async () => {
    const { port, connections } = await source((_, response) => response.end());
    const http = client({ resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]) });
    const url = `http://source.example:${port}/`;
    const failure = await failureIn(get(http, url, { target: { allowPrivateAddresses: false } }));
    expect(failure).toMatchObject({ kind: 'blockedAddress', requests: 0, where: `http://source.example:${port}` });
    expect(failure.detail).toBe('the source leads to a loopback address, which it may not');
    expect(connections()).toBe(0);
    expect(await get(http, url)).toMatchObject({ status: 200 });
  });

  it('of several addresses is reached by those that are allowed', async () => {
    const { port } = await source((_, response) => response.end());
    const addresses = [
      { address: '169.254.169.254', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
    const http = client({ resolve: () => Promise.resolve(addresses) });
    expect(await get(http, `http://source.example:${port}/`)).toMatchObject({ status: 200 });
  });

  it('of the fleet itself is not even resolved', async () => {
    const http = client({
      ownAddresses: () => [{ host: 'packages.example', port: 80 }],
      resolve: () => Promise.reject(new Error('resolved')),
    });
    const failure = await failureIn(get(http, 'http://PACKAGES.example./F/a'));
    expect(failure).toMatchObject({ kind: 'blockedAddress', requests: 0 });
  });

  it('that does not resolve', async () => {
    const http = client({ resolve: () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })) });
    expect(await failureIn(get(http, 'http://source.example/'))).toMatchObject({ kind: 'dns', requests: 0 });
  });

  it('whose resolver is silent is waited for no longer than for a connection', async () => {
    const http = client({ resolve: () => new Promise(() => undefined), limits: { connectTimeoutMs: 50 } });
    expect(await failureIn(get(http, 'http://source.example/'))).toMatchObject({ kind: 'timeout', requests: 0 });
  });
});

describe('a connection', () => {
  it.each(['http', 'https'])('is judged again when it stands, before anything is sent on it: %s', async (scheme) => {
    let received = 0;
    const ended = Promise.withResolvers<undefined>();
    const { url, port, stop } = await startRawSource((socket) => {
      socket.on('data', ({ length }) => (received += length));
      socket.once('close', () => ended.resolve(undefined));
    });
    cleanups.push(stop);
    let asked = 0;
    const ownAddresses = (): readonly OwnAddress[] => {
      asked += 1;
      return asked === 1 ? [] : [{ host: '127.0.0.1', port }];
    };
    const answer = get(client({ ownAddresses }), url.replace('http', scheme));
    expect(await failureIn(answer)).toMatchObject({ kind: 'blockedAddress', requests: 0 });
    await ended.promise;
    expect(received).toBe(0);
  });

  it('that is kept is judged again each time', async () => {
    const { port, requests, connections } = await source((_, response) => response.end());
    const http = client({ resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]) });
    const url = `http://source.example:${port}/`;
    await get(http, url);
    const failure = await failureIn(get(http, url, { target: { allowPrivateAddresses: false } }));
    expect(failure).toMatchObject({ kind: 'blockedAddress', requests: 0 });
    expect(requests).toHaveLength(1);
    expect(connections()).toBe(1);
  });
});

describe('a redirect', () => {
  it('is followed, with the chain, and with the credential only to the source itself', async () => {
    const other = await source((_, response) => response.end('there'));
    const { url, requests } = await source((request, response) => {
      const location = request.url === '/a' ? '/b' : `${other.url}/c#part`;
      response.writeHead(307, { location }).end();
    });
    const answer = await get(client(), `${url}/a`, {
      target: { authorization: () => ({ authorization: 'Basic c2VjcmV0', 'x-nuget-apikey': 'secret' }) },
      request: { ask: askOf({ chain: 'abc' }) },
    });
    expect(answer).toMatchObject({ status: 200, finalUrl: `${other.url}/c`, requests: 3 });
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(['Basic c2VjcmV0', 'Basic c2VjcmV0']);
    expect(other.requests[0]?.headers).toMatchObject({ 'x-nuget-feedchain': 'abc', host: `127.0.0.1:${other.port}` });
    expect(other.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(other.requests[0]?.headers).not.toHaveProperty('x-nuget-apikey');
  });

  it('to an address of the fleet is not followed', async () => {
    const own = await source((_, response) => response.end());
    const { url } = await source(redirectTo(`${own.url}/F/a`));
    const http = client({ ownAddresses: () => [{ host: '127.0.0.1', port: own.port }] });
    expect(await failureIn(get(http, url))).toMatchObject({ kind: 'blockedAddress', requests: 1 });
    expect(own.connections()).toBe(0);
  });

  it.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://[::ffff:169.254.169.254]/',
    'http://2852039166/',
    'http://0/',
    'http://[fd00:ec2::254]/',
  ])('to %s is not followed', async (location) => {
    const { url } = await source(redirectTo(location));
    expect(await failureIn(get(client(), url))).toMatchObject({ kind: 'blockedAddress', requests: 1 });
  });

  it.each([
    ['in circles', '/'],
    ['to something else', 'file:///etc/passwd'],
    ['to something else', 'ftp://packages.example/'],
    ['to nowhere', 'http://'],
    ['user name', 'http://user:word@packages.example/'],
  ])('%s (%s) is refused', async (words, location) => {
    const { url } = await source(redirectTo(location));
    const failure = await failureIn(get(client(), `${url}/`));
    expect(failure).toMatchObject({ kind: 'badRedirect', requests: 1 });
    expect(failure.detail).toContain(words);
  });

  it('without an end is followed five times', async () => {
    const { url, requests } = await source((request, response) => {
      redirectTo(`${request.url ?? ''}x`)(request, response);
    });
    expect(await failureIn(get(client(), `${url}/`))).toMatchObject({ kind: 'badRedirect', requests: 6 });
    expect(requests).toHaveLength(6);
  });
});

describe('a URL', () => {
  it.each([
    'file:///etc/passwd',
    'ftp://packages.example/',
    '//packages.example/',
    'http://user@packages.example/',
    '',
  ])('that is none of http or https without user info is not asked for: %s', async (url) => {
    const http = client();
    const asked = http.request(
      { ...targetWithoutUrl, key: 'a', origin: 'https://packages.example' },
      { url, accept: '*/*', ask: askOf() },
    );
    expect(await failureIn(asked)).toMatchObject({ kind: 'malformed', requests: 0 });
  });
});

const targetWithoutUrl = {
  sourceId: 'source-0123456789abcdef',
  allowPrivateAddresses: true,
  timeoutMs: 1_000,
  authorization: () => ({}),
};
