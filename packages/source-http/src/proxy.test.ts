import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { makeCertificate } from '@feedfleet/test-certificates';
import { proxyFromEnvironment } from './proxy.ts';
import { failureIn, get, makeClient, startSource } from './source-fixture.ts';
import type { SourceHttpOptions } from './create-source-http.ts';
import type { SourceHttp } from './source-http.ts';

describe('the proxy of the environment', () => {
  const through = (environment: Record<string, string>, url: string): string | undefined =>
    proxyFromEnvironment(environment)?.(new URL(url))?.href;

  it('is that of the scheme, in lower case first', () => {
    const environment = {
      HTTP_PROXY: 'http://a.example:3128',
      HTTPS_PROXY: 'b.example:8080',
      https_proxy: 'c.example',
    };
    expect(through(environment, 'http://packages.example/')).toBe('http://a.example:3128/');
    expect(through(environment, 'https://packages.example/')).toBe('http://c.example/');
    expect(through({ HTTP_PROXY: 'http://a.example' }, 'https://packages.example/')).toBeUndefined();
    expect(proxyFromEnvironment({ NO_PROXY: '*', HTTPS_PROXY: '' })).toBeUndefined();
  });

  it.each([
    ['packages.example', 'https://packages.example/', true],
    ['packages.example', 'https://a.packages.example/', true],
    ['packages.example', 'https://otherpackages.example/', false],
    ['.packages.example', 'https://a.packages.example/', true],
    ['a, *.EXAMPLE', 'https://packages.example/', true],
    ['packages.example:8443', 'https://packages.example/', false],
    ['packages.example:443', 'https://packages.example/', true],
    ['10.0.0.1', 'https://10.0.0.1/', true],
    ['*', 'https://packages.example/', true],
    ['', 'https://packages.example/', false],
  ])('is passed by for NO_PROXY=%s: %s %s', (list, url, isDirect) => {
    const proxy = through({ HTTPS_PROXY: 'http://proxy.example:3128', NO_PROXY: list }, url);
    expect(proxy).toBe(isDirect ? undefined : 'http://proxy.example:3128/');
  });

  it('must be one that speaks http', () => {
    expect(() => proxyFromEnvironment({ HTTPS_PROXY: 'socks5://user:word@proxy.example' })).toThrow(
      /^HTTPS_PROXY: expected (?!.*word)/,
    );
  });
});

describe('a source behind a proxy', () => {
  const valid = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) };
  const authority = makeCertificate({ commonName: 'Trusted', ...valid });
  const before = getCACertificates('default');
  beforeAll(() => setDefaultCACertificates([...before, authority.certificate]));
  afterAll(() => setDefaultCACertificates(before));

  const cleanups: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  /** Knows `*.example`, which all are at the source's port, and asks for a password. */
  async function startProxy(): Promise<{ readonly port: number; readonly seen: string[] }> {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(`${request.headers['proxy-authorization'] ?? ''} ${request.url ?? ''}`);
      response.end('relayed');
    });
    server.on('connect', (request, socket) => {
      seen.push(`${request.headers['proxy-authorization'] ?? ''} ${request.url ?? ''}`);
      if (request.headers['proxy-authorization'] === undefined) {
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
        return;
      }
      const onward = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        onward.pipe(socket).pipe(onward);
      });
      onward.on('error', () => socket.destroy());
      socket.on('error', () => onward.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return { port: (server.address() as AddressInfo).port, seen };
  }

  async function source(): Promise<number> {
    const certificate = makeCertificate({ commonName: 'a', names: ['source.example'], issuer: authority, ...valid });
    const { port, stop } = await startSource((_, response) => response.end('tunnelled'), certificate);
    cleanups.push(stop);
    return port;
  }

  function client(proxy: string, options: Partial<SourceHttpOptions> = {}): SourceHttp {
    const http = makeClient({
      proxyFor: proxyFromEnvironment({ HTTP_PROXY: proxy, HTTPS_PROXY: proxy }),
      resolve: () => Promise.reject(new Error('this machine knows no name')),
      ...options,
    });
    cleanups.push(() => http.close());
    return http;
  }

  const guarded = { target: { allowPrivateAddresses: false } };

  it('is asked through a tunnel, with its certificate verified, or through a relay', async () => {
    const [proxy, port] = [await startProxy(), await source()];
    const http = client(`http://user:word@127.0.0.1:${proxy.port}`);
    for (let count = 0; count < 2; count += 1) {
      const answer = await get(http, `https://source.example:${port}/`, guarded);
      expect(answer.body.toString()).toBe('tunnelled');
    }
    expect((await get(http, 'http://other.example/a?b', guarded)).body.toString()).toBe('relayed');
    const other = await failureIn(get(http, `https://other.example:${port}/`, guarded));
    expect(other).toMatchObject({ kind: 'tls', detail: 'the certificate of the source is for another host name' });
    const credential = 'Basic dXNlcjp3b3Jk';
    expect(proxy.seen).toEqual([
      `${credential} source.example:${port}`,
      `${credential} http://other.example/a?b`,
      `${credential} other.example:${port}`,
    ]);
  });

  it('is refused where it leads to what can still be judged', async () => {
    const proxy = await startProxy();
    const url = `http://127.0.0.1:${proxy.port}`;
    const own = client(url, { ownAddresses: () => [{ host: 'packages.example', port: 443 }] });
    expect(await failureIn(get(own, 'https://packages.example/', guarded))).toMatchObject({ kind: 'blockedAddress' });
    expect(await failureIn(get(own, 'http://169.254.169.254/', guarded))).toMatchObject({ kind: 'blockedAddress' });
    const inside = client(url, { resolve: () => Promise.resolve([{ address: '10.0.0.1', family: 4 }]) });
    expect(await failureIn(get(inside, 'http://inner.example/', guarded))).toMatchObject({ kind: 'blockedAddress' });
    expect(proxy.seen).toEqual([]);
  });

  it('is not there when the proxy refuses, or is not there itself', async () => {
    const proxy = await startProxy();
    const refused = await failureIn(get(client(`http://127.0.0.1:${proxy.port}`), 'https://source.example/', guarded));
    expect(refused).toMatchObject({ kind: 'refused', where: `proxy 127.0.0.1:${proxy.port}` });
    expect(refused.detail).toContain('407');
    const { port, stop } = await startSource(() => undefined);
    await stop();
    for (const scheme of ['http', 'https']) {
      const gone = await failureIn(get(client(`http://127.0.0.1:${port}`), `${scheme}://source.example/`, guarded));
      expect(gone).toMatchObject({ kind: 'refused', detail: 'the proxy of this fleet cannot be reached' });
    }
  });
});
