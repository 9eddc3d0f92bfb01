/** TLS as it is met: certificates that are good, and each way in which one is not. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { makeCertificate } from '@feedfleet/test-certificates';
import type { CertificateOptions, Issuer } from '@feedfleet/test-certificates';
import { failureIn, get, makeClient, startSource } from './source-fixture.ts';
import type { SickSource } from './source-fixture.ts';
import type { SourceHttp } from './source-http.ts';

const day = 86_400_000;
const daysFromNow = (days: number): Date => new Date(Math.floor(Date.now() / 1000) * 1000 + days * day);
const valid = { notBefore: daysFromNow(-1), notAfter: daysFromNow(1) };
const authority = makeCertificate({ commonName: 'Trusted', ...valid });
const before = getCACertificates('default');

beforeAll(() => setDefaultCACertificates([...before, authority.certificate]));
afterAll(() => setDefaultCACertificates(before));

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function client(): SourceHttp {
  const http = makeClient();
  cleanups.push(() => http.close());
  return http;
}

async function source(certificate: Issuer): Promise<SickSource> {
  const started = await startSource((_, response) => response.end('{}'), certificate);
  cleanups.push(() => started.stop());
  return started;
}

const issued = (rest: Partial<CertificateOptions>): Issuer =>
  makeCertificate({ commonName: 'source', ...valid, addresses: ['127.0.0.1'], issuer: authority, ...rest });

describe('a source over TLS', () => {
  it('is asked when its certificate is good', async () => {
    const { url, connections } = await source(issued({}));
    const http = client();
    expect(await get(http, url)).toMatchObject({ status: 200, requests: 1 });
    expect(await get(http, url)).toMatchObject({ status: 200, requests: 1 });
    expect(connections()).toBe(1);
  });

  it('with an expired certificate is told with the date, is not asked, and not tried again', async () => {
    const notAfter = daysFromNow(-3);
    const { url, requests, connections } = await source(issued({ notBefore: daysFromNow(-9), notAfter }));
    const http = client();
    const failure = await failureIn(get(http, url));
    expect(failure).toMatchObject({
      kind: 'certificateExpired',
      certificateExpiredAt: notAfter.toISOString(),
      detail: `the certificate of the source expired at ${notAfter.toISOString()}`,
      requests: 0,
      where: url,
    });
    expect(http.stateOf(url)).toMatchObject({ state: 'open', reason: failure.detail });
    const next = await failureIn(get(http, url));
    expect(next).toMatchObject({ kind: 'breakerOpen', requests: 0 });
    expect(next.detail).toContain(notAfter.toISOString());
    expect(next.retryAfterMs).toBeGreaterThan(0);
    expect(requests).toHaveLength(0);
    expect(connections()).toBe(1);
  });

  it.each([
    ['not valid yet', issued({ notBefore: daysFromNow(1), notAfter: daysFromNow(2) })],
    ['another host name', issued({ addresses: [], names: ['other.example'] })],
    ['self-signed', makeCertificate({ commonName: 'source', ...valid, addresses: ['127.0.0.1'] })],
    ['authority', issued({ issuer: makeCertificate({ commonName: 'Unknown', ...valid }) })],
  ])('whose certificate is %s is told so', async (words, certificate) => {
    const { url, requests } = await source(certificate);
    const http = client();
    const failure = await failureIn(get(http, url));
    expect(failure).toMatchObject({ kind: 'tls', requests: 0 });
    expect(failure.detail).toContain(words);
    expect(http.stateOf(url)).toMatchObject({ state: 'open' });
    expect(requests).toHaveLength(0);
  });

  it('that does not speak TLS is told so', async () => {
    const { url } = await startPlain();
    expect(await failureIn(get(client(), url.replace('http:', 'https:')))).toMatchObject({ kind: 'tls', requests: 0 });
  });

  it('that is silent in the handshake is waited for no longer than for a connection', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => void server.close());
    const http = makeClient({ limits: { connectTimeoutMs: 100 } });
    const { port } = server.address() as AddressInfo;
    expect(await failureIn(get(http, `https://127.0.0.1:${port}/`))).toMatchObject({ kind: 'timeout', requests: 0 });
  });

  it('may not redirect to http', async () => {
    const certificate = issued({});
    const started = await startSource((_, response) => {
      response.writeHead(302, { location: 'http://127.0.0.1/' }).end();
    }, certificate);
    cleanups.push(() => started.stop());
    const failure = await failureIn(get(client(), started.url));
    expect(failure).toMatchObject({ kind: 'badRedirect', requests: 1 });
    expect(failure.detail).toContain('from https to http');
  });
});

async function startPlain(): Promise<SickSource> {
  const started = await startSource((_, response) => response.end());
  cleanups.push(() => started.stop());
  return started;
}
