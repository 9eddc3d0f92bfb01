import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newKey } from '@feedfleet/registry-client';
import { buildPackage } from '../../../tests/src/support/package-builder.ts';
import { form, keys, openPushEndpoint } from './push-endpoint-fixture.ts';
import type { PushEndpointFixture } from './push-endpoint-fixture.ts';
import { sampleFeed } from './push-fixture.ts';

let fixture: PushEndpointFixture;

beforeEach(async () => {
  fixture = await openPushEndpoint();
});
afterEach(() => fixture.close());

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
    const response = await fixture.send(path, form(buildPackage({ id: 'A' })));
    expect([response.status, response.statusText]).toEqual([201, 'Created']);
    expect(await fixture.versionsOf('a')).toHaveLength(1);
    expect(fixture.used).toContain('pusher');
  });

  it('takes a raw body by POST, with the key in the path', async () => {
    const response = await fixture.send(`/F/Secret/auth/${keys.pusher}/api/v2/package`, {
      method: 'POST',
      key: '',
      body: buildPackage(),
    });
    expect(response.status).toBe(201);
    expect(await fixture.versionsOf('Sample', 'feed-2')).toHaveLength(1);
  });

  it('takes what nuget.exe 2.8.7 sends: HTTP/1.0, and a bare LF at the end of the part', async () => {
    const head = '--q\r\nContent-Disposition: form-data; name="package"; filename="package"\r\n';
    const body = Buffer.concat([
      Buffer.from(`${head}Content-Type: application/octet-stream\r\n\r\n`),
      buildPackage({ id: 'Old' }),
      Buffer.from('\n--q--\n'),
    ]);
    const answer = await fixture.raw(
      `PUT /F/Tools/ HTTP/1.0\r\nHost: x\r\nX-NuGet-ApiKey: ${keys.pusher}\r\nContent-Type: multipart/form-data; boundary=q\r\n` +
        `Content-Length: ${body.length}\r\n\r\n`,
      body,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 201 Created\r\n/);
    expect(await fixture.versionsOf('old')).toHaveLength(1);
  });

  it('takes a chunked body', async () => {
    const { body, headers } = form(buildPackage({ id: 'Chunked' }));
    const stream = new ReadableStream({
      start(controller) {
        for (let at = 0; at < body.length; at += 7) controller.enqueue(new Uint8Array(body.subarray(at, at + 7)));
        controller.close();
      },
    });
    const response = await fetch(`${fixture.url}/F/Tools/api/v2/package/`, {
      method: 'PUT',
      headers: { ...headers, 'x-nuget-apikey': keys.pusher },
      body: stream,
      duplex: 'half',
    });
    expect(response.status).toBe(201);
  });

  it('refuses a second one of the same version with 409', async () => {
    await fixture.send('/F/Tools/', form(buildPackage({ id: 'A', version: '1.0' })));
    const response = await fixture.send('/F/Tools/', form(buildPackage({ id: 'a', version: '1.0.0' })));
    expect([response.status, response.statusText]).toEqual([409, 'a 1.0.0 exists already']);
    expect(await response.json()).toMatchObject({ code: 'FF_PACKAGE_EXISTS' });
  });

  it('says in the reason phrase why a package is refused', async () => {
    const response = await fixture.send('/F/Tools/', form(buildPackage({ version: 'nonsense' })));
    expect([response.status, response.statusText]).toEqual([400, "The package version 'nonsense' is not valid"]);
    expect((await fixture.send('/F/Tools/', { body: 'hello' })).statusText).toMatch(/neither a package nor/);
    expect((await fixture.send('/F/Tools/')).statusText).toMatch(/has no body/);
    expect(fixture.files()).toEqual([]);
  });

  it.each([
    ['no key', '', 401],
    ['a wrong key', newKey(), 403],
    ['a key without the scope', keys.reader, 403],
    ['a key for other package ids', keys.narrow, 403],
  ])('refuses %s', async (_, key, status) => {
    const response = await fixture.send('/F/Tools/', { ...form(buildPackage()), key });
    expect(response.status).toBe(status);
    expect(response.headers.get('www-authenticate')).toBe(status === 401 ? 'Basic realm="feedfleet"' : null);
    expect(fixture.files()).toEqual([]);
  });

  it('lets a key push the ids that it is for, to the feeds that it is for', async () => {
    expect(
      (await fixture.send('/F/Tools/', { ...form(buildPackage({ id: 'acme.x' })), key: keys.narrow })).status,
    ).toBe(201);
    expect(
      (await fixture.send('/F/Secret/', { ...form(buildPackage({ id: 'acme.x' })), key: keys.narrow })).status,
    ).toBe(403);
  });

  it('goes by the key of the push alone, whatever the source of it is allowed', async () => {
    const path = `/F/Secret/auth/${keys.pusher}/api/v2/package/`;
    const basic = { authorization: `Basic ${Buffer.from(`x:${keys.pusher}`).toString('base64')}` };
    for (const key of ['wrong', newKey(), keys.reader, keys.narrow]) {
      expect((await fixture.send(path, { ...form(buildPackage()), key })).status).toBe(403);
      const { body, headers } = form(buildPackage());
      expect((await fixture.send('/F/Secret/', { key, body, headers: { ...headers, ...basic } })).status).toBe(403);
    }
    expect(fixture.files()).toEqual([]);
    expect((await fixture.send(path, { ...form(buildPackage()), key: ' ' })).status).toBe(201);
  });

  it('answers a wrong key only when everything was sent, so that old clients get to read it', async () => {
    const body = Buffer.alloc(1_500_000);
    const head = (version: string): string =>
      `PUT /F/Tools/ HTTP/${version}\r\nHost: x\r\nConnection: close\r\nX-NuGet-ApiKey: wrong\r\nContent-Length: ${body.length}\r\n\r\n`;
    expect(await fixture.raw(head('1.0'), body)).toMatch(/^HTTP\/1\.1 403 /);
    expect(await fixture.raw(head('1.1'), body)).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('refuses what is too large: at once when the head says so, else when it is', async () => {
    const head = `PUT /F/Tools/ HTTP/1.1\r\nHost: x\r\nX-NuGet-ApiKey: ${keys.pusher}\r\n`;
    // More than is read of a refused body: the answer comes although nothing of it was sent.
    const early = await fixture.raw(`${head}Connection: close\r\nContent-Length: 5000000\r\n\r\n`);
    expect(early).toMatch(/^HTTP\/1\.1 413 /);
    const large = buildPackage({
      files: { 'a.bin': Buffer.from(Array.from({ length: 1_200_000 }, () => Math.random() * 256)) },
    });
    const response = await fixture.send('/F/Tools/', form(large));
    expect(response.status).toBe(413);
    expect(response.statusText).toBe('Too large: the limit is 1000000 bytes');
    expect(await response.json()).toMatchObject({ code: 'FF_BODY_TOO_LARGE', detail: 'the limit is 1000000 bytes' });
    expect(fixture.files()).toEqual([]);
  });

  it('cuts a refused body that does not end', async () => {
    const chunk = `${(65_536).toString(16)}\r\n${'x'.repeat(65_536)}\r\n`;
    const pieces = Array.from({ length: 40 }, () => chunk);
    const head = 'PUT /F/Tools/ HTTP/1.1\r\nHost: x\r\nX-NuGet-ApiKey: wrong\r\nTransfer-Encoding: chunked\r\n\r\n';
    const answer = await fixture.raw(head, ...pieces).catch(() => 'reset');
    expect(answer).toMatch(/^HTTP\/1\.1 403 |^reset$/);
  });

  it('refuses more pushes at a time than allowed, and says when to come again', async () => {
    const leave = await fixture.gate.enter(new AbortController().signal);
    const response = await fixture.send('/F/Tools/', form(buildPackage()));
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await response.json()).toMatchObject({ code: 'FF_OVERLOADED' });
    leave();
    expect(fixture.files()).toEqual([]);
    expect((await fixture.send('/F/Tools/', form(buildPackage()))).status).toBe(201);
  });

  it('refuses more uploads to a feed at a time than its share; other feeds take theirs', async () => {
    const leave = fixture.uploads.enter(sampleFeed.id);
    const response = await fixture.send('/F/Tools/', form(buildPackage()));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await response.json()).toMatchObject({ code: 'FF_OVERLOADED' });
    expect((await fixture.send('/F/Secret/', form(buildPackage()))).status).toBe(201);
    leave();
    expect((await fixture.send('/F/Tools/', form(buildPackage()))).status).toBe(201);
    expect(fixture.uploads.running).toBe(0);
  });

  it('leaves nothing of a push whose client goes away, and gives its place to the next', async () => {
    const { body } = form(buildPackage());
    const socket = connect(fixture.port, '127.0.0.1');
    socket.write(`PUT /F/Tools/ HTTP/1.1\r\nHost: x\r\nX-NuGet-ApiKey: ${keys.pusher}\r\n`);
    socket.write(`Content-Type: multipart/form-data; boundary=b\r\nContent-Length: ${body.length}\r\n\r\n`);
    socket.write(body.subarray(0, 200));
    while (fixture.uploads.running === 0) await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    while (fixture.uploads.running > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(fixture.files()).toEqual([]);
    expect((await fixture.metrics.render()).body).toMatch(/feedfleet_pushes_total\{.*outcome="aborted".*\} 1/);
  });

  it('counts what was taken and what was refused', async () => {
    await fixture.send('/F/Tools/', form(buildPackage()));
    await fixture.send('/F/Tools/', form(buildPackage()));
    const { body } = await fixture.metrics.render();
    expect(body).toMatch(/feedfleet_pushes_total\{.*outcome="created".*\} 1/);
    expect(body).toMatch(/feedfleet_pushes_total\{.*outcome="exists".*\} 1/);
    expect(body).toMatch(/feedfleet_push_bytes_total\{?.*\}? \d{3,}/);
  });
});

describe('GET and HEAD on the push URL', () => {
  it.each(['GET', 'HEAD', 'PATCH'])('%s is 405 on a private feed without a key, never 401', async (method) => {
    const response = await fixture.send('/F/Secret/api/v2/package/', { method, key: '' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('PUT, POST');
  });

  it('does not promise a push by POST where the routes send a POST to the readers', async () => {
    for (const path of ['/F/Tools/', '/F/Tools/api/v2']) {
      expect((await fixture.send(path, { method: 'DELETE' })).headers.get('allow')).toBe('PUT');
    }
  });

  it('is 404 where there is no such feed', async () => {
    expect((await fixture.send('/F/Nowhere/api/v2/package/', { method: 'GET', key: '' })).status).toBe(404);
    expect((await fixture.send('/elsewhere', { method: 'GET', key: '' })).status).toBe(404);
  });
});
