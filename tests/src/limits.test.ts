/** What is refused at the edge, and how it is said; and that nothing is held in memory that only passes through. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import { FleetProcesses, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { exchange } from './support/exchange.ts';
import type { Exchange } from './support/exchange.ts';
import { FeedClient, READ_FAMILIES, downloadPath } from './support/feed-client.ts';
import { largePackage } from './support/large-package.ts';
import { buildPackage } from './support/package-builder.ts';

const MEGABYTE = 1024 ** 2;
const SMALL_FEED_BYTES = 64 * 1024;

let fleet: Fleet;
let processes: FleetProcesses;
let main: FeedClient;

/** What every refusal has: a document that says what a program and what a person needs, and a reason for NuGet clients. */
function expectProblem(answer: Exchange, status: number, code: string): void {
  expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/problem+json' } });
  const document = JSON.parse(answer.text) as Readonly<Record<string, unknown>>;
  expect(document).toMatchObject({ status, code });
  expect(document.title).toEqual(expect.any(String));
  // Node's own phrases: a client that prints one of these prints nothing of use.
  expect(answer.reason).not.toMatch(/^(|Not Found|Bad Request|Payload Too Large|URI Too Long|Unknown)$/);
}

/** What is written on a connection as it is, and the head and body of what comes back. */
async function raw(request: string): Promise<{ readonly head: string; readonly body: string }> {
  const socket = connect(Number(new URL(fleet.url).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.write(request);
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n', 2);
  return { head, body };
}

beforeAll(async () => {
  fleet = await startFleet();
  processes = new FleetProcesses(fleet);
  main = new FeedClient(`${fleet.url}/F/main`, fleet.adminKey);
  await fleet.registry.feeds.create({ name: 'Small', visibility: 'public', maxPackageBytes: SMALL_FEED_BYTES });
});
afterAll(() => fleet.stop());

describe('404', () => {
  it('says which paths are served where there is nothing', async () => {
    const answer = await exchange(`${fleet.url}/nothing/here`);
    expectProblem(answer, 404, 'FF_NO_SUCH_RESOURCE');
    expect(answer.text).toContain('/F/{feed}');
    for (const path of ['/api/v3/nothing', '/api/v2/Nothing()', '/Nothing()']) {
      expectProblem(await main.send(path), 404, 'FF_NO_SUCH_RESOURCE');
    }
  });

  it('tells a feed that is not there from a package that is not there', async () => {
    for (const family of READ_FAMILIES) {
      const path = downloadPath(family, { id: 'Absent', version: '1.0.0' });
      const [noFeed, noPackage] = [await exchange(`${fleet.url}/F/nowhere${path}`), await main.send(path)];
      expectProblem(noFeed, 404, 'FF_NO_SUCH_FEED');
      expect(noFeed.reason).toContain('No such feed');
      expectProblem(noPackage, 404, 'FF_NO_SUCH_PACKAGE');
      expect(noPackage.reason).toContain('No such package');
    }
  });
});

describe('405', () => {
  it.each([
    ['PATCH', ''],
    ['PATCH', '/api/v2'],
    ['POST', '/api/v3/index.json'],
    ['GET', '/api/v2/package'],
    ['DELETE', '/api/v2/package'],
    ['OPTIONS', '/api/v2/package'],
  ])('names what %s %s could have been', async (method, path) => {
    const answer = await main.send(path, { method });
    expectProblem(answer, 405, 'FF_METHOD_NOT_ALLOWED');
    expect(answer.headers.allow).toMatch(/[A-Z]{3,}/);
    expect(answer.headers.allow?.split(', ')).not.toContain(method);
  });
});

describe('413', () => {
  const tooLarge = buildPackage({
    id: 'Large',
    files: {
      'a.bin': Buffer.concat(Array.from({ length: 4_096 }, (_, i) => createHash('sha512').update(String(i)).digest())),
    },
  });
  const pieces = async function* (): AsyncIterable<Buffer> {
    for (let at = 0; at < tooLarge.length; at += 10_000)
      yield await Promise.resolve(tooLarge.subarray(at, at + 10_000));
  };

  it.each([
    ['with a length', () => tooLarge],
    ['in chunks', pieces],
  ])('refuses a package beyond the limit of its feed that is sent %s', async (_, body) => {
    const small = new FeedClient(`${fleet.url}/F/Small`, fleet.adminKey);
    const answer = await small.push(body());
    expectProblem(answer, 413, 'FF_BODY_TOO_LARGE');
    expect(answer.reason).toMatch(/^Too large/);
    expect(answer.text).toContain(String(SMALL_FEED_BYTES));
    expect(await small.send('/api/v3/flat/large/index.json')).toMatchObject({ status: 404 });
    expect([201, 409]).toContain((await main.push(body())).status);
    expect(await main.send('/api/v3/flat/large/index.json')).toMatchObject({ status: 200 });
  });
});

describe('what is too long, or is no request', () => {
  it('is 414 for a URL', async () => {
    const answer = await main.send(`/Search()?searchTerm='${'x'.repeat(9_000)}'`);
    expectProblem(answer, 414, 'FF_URI_TOO_LONG');
    expect(answer.text).toContain('8192');
  });

  it('is 431 for headers', async () => {
    expectProblem(await main.send('', { headers: { 'x-long': 'x'.repeat(20_000) } }), 431, 'FF_HEADERS_TOO_LARGE');
  });

  it.each([
    ['no HTTP', 'not http at all\r\n\r\n'],
    ['two hosts', 'GET /F/main HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n'],
    ['a host that is none', 'GET /F/main HTTP/1.1\r\nHost: a b/c\r\nConnection: close\r\n\r\n'],
    [
      'two lengths',
      'PUT /F/main HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\nConnection: close\r\n\r\nabc',
    ],
    [
      'a length and chunks',
      'PUT /F/main HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n',
    ],
  ])('is 400 for %s', async (_, request) => {
    const { head, body } = await raw(request);
    expect(head).toMatch(/^HTTP\/1\.1 400 [A-Z]/);
    expect(head.split('\r\n', 1)[0]).not.toBe('HTTP/1.1 400 Bad Request');
    expect(head.toLowerCase()).toContain('content-type: application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ status: 400, code: 'FF_INVALID_REQUEST' });
  });

  it('is 400 with the reason for what is no package', async () => {
    const noZip = await main.push(Buffer.from('no zip'));
    expectProblem(noZip, 400, 'FF_INVALID_REQUEST');
    expect(noZip.reason).toMatch(/package/);
    const noNuspec = await main.push(buildPackage({ nuspec: 'no xml' }));
    expectProblem(noNuspec, 400, 'FF_INVALID_PACKAGE');
    expect(noNuspec.reason).toMatch(/nuspec/i);
  });
});

describe('a package of 200 MB', () => {
  const INSTANCES = ['balancer-1', 'v3-1', 'v2-1', 'default-1', 'push-1'];
  const GROWTH_BYTES = 100 * MEGABYTE;

  it('is pushed and downloaded through every family while no process grows by half of it', async () => {
    const large = largePackage('Huge', 200);
    const before = new Map(INSTANCES.map((instance) => [instance, processes.memoryOf(instance).bytes]));
    for (const instance of INSTANCES) processes.forgetPeak(instance);
    expect(await main.push(large.chunks())).toMatchObject({ status: 201 });
    for (const family of READ_FAMILIES) {
      const hash = createHash('sha256');
      const path = downloadPath(family, { id: 'Huge', version: '1.0.0' });
      const answer = await main.send(path, { onChunk: (chunk) => hash.update(chunk) });
      expect(answer).toMatchObject({ status: 200, headers: { 'content-length': String(large.sizeBytes) } });
      expect(hash.digest('hex')).toBe(large.sha256);
    }
    const growth = INSTANCES.map((instance) => {
      const bytes = processes.memoryOf(instance).peakBytes - (before.get(instance) ?? NaN);
      return { instance, megabytes: Math.round(bytes / MEGABYTE), isBounded: bytes < GROWTH_BYTES };
    });
    expect(growth.filter(({ isBounded }) => !isBounded)).toEqual([]);
  });
});
