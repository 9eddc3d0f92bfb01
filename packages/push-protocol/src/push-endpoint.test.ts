import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger, createMetrics, startHost } from '@feedfleet/host';
import type { Metrics, RunningHost } from '@feedfleet/host';
import { hashKey, newKey, RegistryView } from '@feedfleet/registry-client';
import type { ApiKey, Feed } from '@feedfleet/registry-client';
import { buildPackage } from '../../../tests/src/support/package-builder.ts';
import { PushEndpoint } from './push-endpoint.ts';
import { openPushFixture, sampleFeed } from './push-fixture.ts';
import type { PushFixture } from './push-fixture.ts';
import { PushGate } from './push-gate.ts';
import { UploadGate } from './upload-gate.ts';

const NOW = Date.UTC(2026, 10, 22);
const DRAIN_BYTES = 2_000_000;
const pusher = newKey();
const narrow = newKey();
const reader = newKey();

let fixture: PushFixture;
let metrics: Metrics;
let host: RunningHost;
let gate: PushGate;
let uploads: UploadGate;
let used: string[];

beforeEach(async () => {
  fixture = await openPushFixture();
  metrics = createMetrics({ service: 'push', instance: 'push-1' });
  gate = new PushGate({ maxConcurrent: 1, maxQueued: 0 });
  uploads = new UploadGate(4);
  used = [];
  const registry = { current: () => view(), reportKeyUse: (keyId: string) => used.push(keyId) };
  const endpoint = new PushEndpoint({
    ...{ service: fixture.service(), symbols: fixture.symbolService() },
    ...{ gate, uploads, uploadRate: { minBytesPerSecond: 0, graceMs: 0 } },
    registry,
    maxPackageBytes: 10_000_000,
    drain: { maxBytes: DRAIN_BYTES, maxMs: 2000 },
    metrics,
    now: () => NOW,
  });
  host = await startHost({
    service: 'push',
    instance: 'push-1',
    listen: { host: '127.0.0.1', port: 0 },
    log: createLogger({ service: 'push', instance: 'push-1', level: 'error' }),
    metrics,
    handler: endpoint.handler,
    drainMs: 100,
  });
});
afterEach(async () => {
  await host.drain();
  fixture.close();
});

function view(): RegistryView {
  const key = (secret: string, changed: Partial<ApiKey>): ApiKey => ({
    id: 'pusher',
    name: 'the pusher',
    hash: hashKey(secret),
    owner: 'somebody',
    feeds: 'all',
    scopes: ['read', 'push', 'unlist', 'delete'],
    packageGlobs: ['*'],
    createdAt: '2026-01-01T00:00:00Z',
    expiresAt: null,
    ...changed,
  });
  const feeds: readonly Feed[] = [
    sampleFeed,
    { ...sampleFeed, id: 'feed-2', name: 'Secret', aliases: [], visibility: 'private', deletion: 'delete' },
  ];
  return RegistryView.of({
    format: 1,
    fleetId: 'fleet',
    number: 1,
    feeds: [...feeds],
    keys: [
      key(pusher, {}),
      key(narrow, { id: 'narrow', packageGlobs: ['Acme.*'], feeds: ['feed-1'], scopes: ['push'] }),
      key(reader, { id: 'reader', scopes: ['read'] }),
    ],
    families: [],
    instances: [],
    routes: [],
    sources: [],
  });
}

interface Sent {
  readonly method?: string;
  readonly key?: string;
  readonly body?: Buffer | string;
  readonly headers?: Readonly<Record<string, string>>;
}

function send(path: string, { method = 'PUT', key = pusher, body, headers = {} }: Sent = {}): Promise<Response> {
  const apiKey: Record<string, string> = key === '' ? {} : { 'x-nuget-apikey': key };
  return fetch(`${host.url}${path}`, {
    method,
    headers: { ...apiKey, ...headers },
    body: body === undefined ? null : new Uint8Array(Buffer.from(body as string)),
  });
}

function form(content: Buffer): { readonly body: Buffer; readonly headers: Readonly<Record<string, string>> } {
  const head = '--b\r\nContent-Disposition: form-data; name=package; filename=package.nupkg\r\n\r\n';
  return {
    body: Buffer.concat([Buffer.from(head), content, Buffer.from('\r\n--b--\r\n')]),
    headers: { 'content-type': 'multipart/form-data; boundary="b"' },
  };
}

/** What a client that sends everything before it reads gets to read. */
function raw(...pieces: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(host.port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
    for (const piece of pieces) socket.write(piece);
  });
}

const versionsOf = (id: string, feedId = sampleFeed.id) => fixture.store.metadata.versionsOf(feedId, id);

describe('PUT and POST to a feed', () => {
  it.each([
    '/F/Tools/api/v2/package',
    '/F/Tools/api/v2/package/',
    '/f/tools/API/v2/Package/',
    '/F/Gear/api/v2/package/',
    '/F/Tools',
    '/F/Tools/',
    '/F/Tools/api/v2/',
    '/F/Tools/api/v3/',
    '/F/Tools/api/v3/index.json/',
  ])('%s: takes a package', async (path) => {
    const response = await send(path, form(buildPackage({ id: 'A' })));
    expect([response.status, response.statusText]).toEqual([201, 'Created']);
    expect(await versionsOf('a')).toHaveLength(1);
    expect(used).toContain('pusher');
  });

  it('takes a raw body by POST, with the key in the path', async () => {
    const response = await send(`/F/Secret/auth/${pusher}/api/v2/package`, {
      method: 'POST',
      key: '',
      body: buildPackage(),
    });
    expect(response.status).toBe(201);
    expect(await versionsOf('Sample', 'feed-2')).toHaveLength(1);
  });

  it('takes what nuget.exe 2.8.7 sends: HTTP/1.0, and a bare LF at the end of the part', async () => {
    const head = '--q\r\nContent-Disposition: form-data; name="package"; filename="package"\r\n';
    const body = Buffer.concat([
      Buffer.from(`${head}Content-Type: application/octet-stream\r\n\r\n`),
      buildPackage({ id: 'Old' }),
      Buffer.from('\n--q--\n'),
    ]);
    const answer = await raw(
      `PUT /F/Tools/ HTTP/1.0\r\nHost: x\r\nX-NuGet-ApiKey: ${pusher}\r\nContent-Type: multipart/form-data; boundary=q\r\n` +
        `Content-Length: ${body.length}\r\n\r\n`,
      body,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 201 Created\r\n/);
    expect(await versionsOf('old')).toHaveLength(1);
  });

  it('takes a chunked body', async () => {
    const { body, headers } = form(buildPackage({ id: 'Chunked' }));
    const stream = new ReadableStream({
      start(controller) {
        for (let at = 0; at < body.length; at += 7) controller.enqueue(new Uint8Array(body.subarray(at, at + 7)));
        controller.close();
      },
    });
    const response = await fetch(`${host.url}/F/Tools/api/v2/package/`, {
      method: 'PUT',
      headers: { ...headers, 'x-nuget-apikey': pusher },
      body: stream,
      duplex: 'half',
    });
    expect(response.status).toBe(201);
  });

  it('refuses a second one of the same version with 409', async () => {
    await send('/F/Tools/', form(buildPackage({ id: 'A', version: '1.0' })));
    const response = await send('/F/Tools/', form(buildPackage({ id: 'a', version: '1.0.0' })));
    expect([response.status, response.statusText]).toEqual([409, 'a 1.0.0 exists already']);
    expect(await response.json()).toMatchObject({ code: 'FF_PACKAGE_EXISTS' });
  });

  it('says in the reason phrase why a package is refused', async () => {
    const response = await send('/F/Tools/', form(buildPackage({ version: 'nonsense' })));
    expect([response.status, response.statusText]).toEqual([400, "The package version 'nonsense' is not valid"]);
    expect((await send('/F/Tools/', { body: 'hello' })).statusText).toMatch(/neither a package nor/);
    expect((await send('/F/Tools/')).statusText).toMatch(/has no body/);
    expect(fixture.files()).toEqual([]);
  });

  it.each([
    ['no key', '', 401],
    ['a wrong key', newKey(), 403],
    ['a key without the scope', reader, 403],
    ['a key for other package ids', narrow, 403],
  ])('refuses %s', async (_, key, status) => {
    const response = await send('/F/Tools/', { ...form(buildPackage()), key });
    expect(response.status).toBe(status);
    expect(response.headers.get('www-authenticate')).toBe(status === 401 ? 'Basic realm="feedfleet"' : null);
    expect(fixture.files()).toEqual([]);
  });

  it('lets a key push the ids that it is for, to the feeds that it is for', async () => {
    expect((await send('/F/Tools/', { ...form(buildPackage({ id: 'acme.x' })), key: narrow })).status).toBe(201);
    expect((await send('/F/Secret/', { ...form(buildPackage({ id: 'acme.x' })), key: narrow })).status).toBe(403);
  });

  it('answers a wrong key only when everything was sent, so that old clients get to read it', async () => {
    const body = Buffer.alloc(1_500_000);
    const head = (version: string): string =>
      `PUT /F/Tools/ HTTP/${version}\r\nHost: x\r\nConnection: close\r\nX-NuGet-ApiKey: wrong\r\nContent-Length: ${body.length}\r\n\r\n`;
    expect(await raw(head('1.0'), body)).toMatch(/^HTTP\/1\.1 403 /);
    expect(await raw(head('1.1'), body)).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('refuses what is too large: at once when the head says so, else when it is', async () => {
    const head = `PUT /F/Tools/ HTTP/1.1\r\nHost: x\r\nX-NuGet-ApiKey: ${pusher}\r\n`;
    // More than is read of a refused body: the answer comes although nothing of it was sent.
    const early = await raw(`${head}Connection: close\r\nContent-Length: 5000000\r\n\r\n`);
    expect(early).toMatch(/^HTTP\/1\.1 413 /);
    const large = buildPackage({
      files: { 'a.bin': Buffer.from(Array.from({ length: 1_200_000 }, () => Math.random() * 256)) },
    });
    const response = await send('/F/Tools/', form(large));
    expect(response.status).toBe(413);
    expect(response.statusText).toBe('Too large: the limit is 1000000 bytes');
    expect(await response.json()).toMatchObject({ code: 'FF_BODY_TOO_LARGE', detail: 'the limit is 1000000 bytes' });
    expect(fixture.files()).toEqual([]);
  });

  it('cuts a refused body that does not end', async () => {
    const chunk = `${(65_536).toString(16)}\r\n${'x'.repeat(65_536)}\r\n`;
    const pieces = Array.from({ length: 40 }, () => chunk);
    const head = 'PUT /F/Tools/ HTTP/1.1\r\nHost: x\r\nX-NuGet-ApiKey: wrong\r\nTransfer-Encoding: chunked\r\n\r\n';
    const answer = await raw(head, ...pieces).catch(() => 'reset');
    expect(answer).toMatch(/^HTTP\/1\.1 403 |^reset$/);
  });

  it('refuses more pushes at a time than allowed, and says when to come again', async () => {
    const leave = await gate.enter(new AbortController().signal);
    const response = await send('/F/Tools/', form(buildPackage()));
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await response.json()).toMatchObject({ code: 'FF_OVERLOADED' });
    leave();
    expect(fixture.files()).toEqual([]);
    expect((await send('/F/Tools/', form(buildPackage()))).status).toBe(201);
  });

  it('refuses more uploads to a feed at a time than its share; other feeds take theirs', async () => {
    const leave = uploads.enter(sampleFeed.id);
    const response = await send('/F/Tools/', form(buildPackage()));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await response.json()).toMatchObject({ code: 'FF_OVERLOADED' });
    expect((await send('/F/Secret/', form(buildPackage()))).status).toBe(201);
    leave();
    expect((await send('/F/Tools/', form(buildPackage()))).status).toBe(201);
    expect(uploads.running).toBe(0);
  });

  it('leaves nothing of a push whose client goes away, and gives its place to the next', async () => {
    const { body } = form(buildPackage());
    const socket = connect(host.port, '127.0.0.1');
    socket.write(`PUT /F/Tools/ HTTP/1.1\r\nHost: x\r\nX-NuGet-ApiKey: ${pusher}\r\n`);
    socket.write(`Content-Type: multipart/form-data; boundary=b\r\nContent-Length: ${body.length}\r\n\r\n`);
    socket.write(body.subarray(0, 200));
    while (uploads.running === 0) await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    while (uploads.running > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(fixture.files()).toEqual([]);
    expect((await metrics.render()).body).toMatch(/feedfleet_pushes_total\{.*outcome="aborted".*\} 1/);
  });

  it('counts what was taken and what was refused', async () => {
    await send('/F/Tools/', form(buildPackage()));
    await send('/F/Tools/', form(buildPackage()));
    const { body } = await metrics.render();
    expect(body).toMatch(/feedfleet_pushes_total\{.*outcome="created".*\} 1/);
    expect(body).toMatch(/feedfleet_pushes_total\{.*outcome="exists".*\} 1/);
    expect(body).toMatch(/feedfleet_push_bytes_total\{?.*\}? \d{3,}/);
  });
});

describe('GET and HEAD on the push URL', () => {
  it.each(['GET', 'HEAD', 'PATCH'])('%s is 405 on a private feed without a key, never 401', async (method) => {
    const response = await send('/F/Secret/api/v2/package/', { method, key: '' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('PUT, POST');
  });

  it('does not promise a push by POST where the routes send a POST to the readers', async () => {
    for (const path of ['/F/Tools/', '/F/Tools/api/v2']) {
      expect((await send(path, { method: 'DELETE' })).headers.get('allow')).toBe('PUT');
    }
  });

  it('is 404 where there is no such feed', async () => {
    expect((await send('/F/Nowhere/api/v2/package/', { method: 'GET', key: '' })).status).toBe(404);
    expect((await send('/elsewhere', { method: 'GET', key: '' })).status).toBe(404);
  });
});

describe('DELETE and POST to a version', () => {
  const put = (feed: string) => send(`/F/${feed}/`, form(buildPackage({ id: 'My.Lib', version: '1.0' })));

  it.each([
    '/F/Tools/api/v2/package/My.Lib/1.0',
    '/F/Tools/my.LIB/1.0.0.0',
    '/F/Tools/api/v2/My.Lib/1.0.0/',
    '/F/Tools/api/v3/index.json/My.Lib/1.00',
  ])('%s: unlists, also a second time, and relists', async (path) => {
    await put('Tools');
    const headers = { 'content-type': 'text/html' };
    for (let turn = 0; turn < 2; turn += 1) {
      const response = await send(path, { method: 'DELETE', headers });
      expect(response.status).toBe(200);
      expect(await response.text()).toBe('Unlisted\n');
    }
    expect((await versionsOf('my.lib'))[0]?.listed).toBe(false);
    expect((await send(path, { method: 'POST' })).status).toBe(200);
    expect((await versionsOf('my.lib'))[0]?.listed).toBe(true);
  });

  it('deletes on a feed that says so', async () => {
    await put('Secret');
    const path = '/F/Secret/api/v2/package/My.Lib/1.0';
    expect((await send(path, { method: 'DELETE' })).status).toBe(200);
    expect((await send(path, { method: 'DELETE' })).status).toBe(200);
    expect(await versionsOf('my.lib', 'feed-2')).toEqual([]);
    expect(fixture.files()).toEqual([]);
  });

  it('is answered over HTTP/1.0 with a body', async () => {
    await put('Tools');
    const answer = await raw(
      `DELETE /F/Tools/My.Lib/1.0 HTTP/1.0\r\nHost: x\r\nContent-Type: text/html\r\nX-NuGet-ApiKey: ${pusher}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nUnlisted\n$/);
  });

  it('is 404 for what is not there, 403 and 401 without the right key, 405 for other methods', async () => {
    await put('Tools');
    const path = '/F/Tools/api/v2/package/My.Lib/1.0';
    expect((await send('/F/Tools/api/v2/package/My.Lib/9.0', { method: 'DELETE' })).status).toBe(404);
    expect((await send('/F/Tools/api/v2/package/My.Lib/x', { method: 'DELETE' })).status).toBe(404);
    expect((await send(path, { method: 'DELETE', key: '' })).status).toBe(401);
    expect((await send(path, { method: 'DELETE', key: 'wrong' })).status).toBe(403);
    expect((await send(path, { method: 'DELETE', key: narrow })).status).toBe(403);
    expect((await send(path, { method: 'POST', key: narrow })).status).toBe(403);
    const other = await send(path, { method: 'PUT' });
    expect([other.status, other.headers.get('allow')]).toEqual([405, 'DELETE, POST']);
    expect((await send('/F/Tools/api/v2/package', { method: 'DELETE' })).status).toBe(405);
    expect((await versionsOf('my.lib'))[0]?.listed).toBe(true);
  });

  it('is 503 with Retry-After when the store is gone', async () => {
    fixture.store.close();
    const response = await send('/F/Tools/api/v2/package/My.Lib/1.0', { method: 'DELETE' });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).not.toBeNull();
    expect((await send('/F/Tools/', form(buildPackage()))).status).toBe(503);
  });
});
