/** Writes with the key in the path or in the body, as clients before NuGet 1.6 send them. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger, createMetrics, startHost } from '@feedfleet/host';
import type { RunningHost } from '@feedfleet/host';
import { EMPTY_SNAPSHOT, hashKey, newKey, RegistryView } from '@feedfleet/registry-client';
import type { ApiKey, Scope } from '@feedfleet/registry-client';
import { buildPackage } from '../../../tests/src/support/package-builder.ts';
import { PushEndpoint } from './push-endpoint.ts';
import { openPushFixture, sampleFeed } from './push-fixture.ts';
import type { PushFixture } from './push-fixture.ts';
import { PushGate } from './push-gate.ts';
import { UploadGate } from './upload-gate.ts';

const secrets = { all: newKey(), push: newKey(), read: newKey(), wrong: newKey() };
/** As another server's: nothing about it looks like a key of ours. */
const FOREIGN_KEY = '3f83baa9-accb-43ce-b6cc-995c511613aa';

let fixture: PushFixture;
let host: RunningHost;
let log: string[];

function view(): RegistryView {
  const key = (id: 'all' | 'push' | 'read', ...scopes: Scope[]): ApiKey => ({
    ...{ id, name: id, hash: hashKey(secrets[id]), owner: 'somebody', feeds: 'all', scopes, packageGlobs: ['*'] },
    ...{ createdAt: '2026-01-01T00:00:00Z', expiresAt: null },
  });
  return RegistryView.of({
    ...EMPTY_SNAPSHOT,
    ...{ fleetId: 'fleet', number: 1, feeds: [sampleFeed] },
    keys: [key('all', 'push', 'unlist'), key('push', 'push'), key('read', 'read')],
  });
}

beforeEach(async () => {
  fixture = await openPushFixture();
  log = [];
  const registry = view();
  const metrics = createMetrics({ service: 'push', instance: 'push-1' });
  const endpoint = new PushEndpoint({
    fence: { check: () => undefined },
    ...{ service: fixture.service(), symbols: fixture.symbolService() },
    ...{ registry: { current: () => registry, reportKeyUse: () => undefined } },
    ...{ gate: new PushGate({ maxConcurrent: 1, maxQueued: 0 }), uploads: new UploadGate(4), metrics },
    ...{ uploadRate: { minBytesPerSecond: 0, graceMs: 0 }, maxPackageBytes: 10_000_000, now: Date.now },
    drain: { maxBytes: 1_000_000, maxMs: 2000 },
  });
  host = await startHost({
    ...{ service: 'push', instance: 'push-1', listen: { host: '127.0.0.1', port: 0 }, metrics, drainMs: 100 },
    log: createLogger({ service: 'push', instance: 'push-1', level: 'debug', write: (line) => log.push(line) }),
    handler: endpoint.handler,
  });
});
afterEach(async () => {
  await host.drain();
  fixture.close();
});

const BASE = '/F/Tools/api/v1';

function send(method: string, path: string, body: Buffer | string = '', type = ''): Promise<Response> {
  const headers: Record<string, string> = type === '' ? {} : { 'content-type': type };
  return fetch(host.url + path, { method, headers, body: body === '' ? null : new Uint8Array(Buffer.from(body)) });
}

const upload = (key: string, base = BASE): Promise<Response> =>
  send('POST', `${base}/PackageFiles/${key}/nupkg`, buildPackage({ id: 'Core' }), 'application/octet-stream');
const remove = (key: string, version = '1.0.0'): Promise<Response> =>
  send('DELETE', `${BASE}/Packages/${key}/Core/${version}`, '', 'text/html');
const publish = (key: string, version = '1.0.0'): Promise<Response> =>
  send('POST', `${BASE}/PublishedPackages/Publish`, JSON.stringify({ key, id: 'Core', version }), 'application/json');
const isListed = async (): Promise<boolean | undefined> =>
  (await fixture.store.metadata.version(sampleFeed.id, 'core', '1.0.0'))?.listed;

describe('POST PackageFiles/{key}/nupkg', () => {
  it.each([BASE, '/F/Tools/v1', '/F/Tools/api/v1/FeedService.svc', '/F/Tools', '/f/tools/api/v2'])(
    'takes a package on the root %s',
    async (base) => {
      expect((await upload(secrets.push, base)).status).toBe(201);
      expect(await isListed()).toBe(true);
      expect((await upload(secrets.push, base)).status).toBe(409);
    },
  );

  it('takes a form too', async () => {
    const content = buildPackage({ id: 'Core' });
    const head = '--b\r\nContent-Disposition: form-data; name=package; filename=package.nupkg\r\n\r\n';
    const body = Buffer.concat([Buffer.from(head), content, Buffer.from('\r\n--b--\r\n')]);
    const type = 'multipart/form-data; boundary=b';
    expect((await send('POST', `${BASE}/PackageFiles/${secrets.push}/nupkg`, body, type)).status).toBe(201);
  });

  it.each([secrets.read, secrets.wrong, FOREIGN_KEY])('refuses a key that may not push', async (key) => {
    expect((await upload(key)).status).toBe(403);
    expect(await isListed()).toBeUndefined();
  });
});

describe('the key beside the package', () => {
  it('is the only one that counts', async () => {
    const base = `/F/Tools/auth/${secrets.push}/api/v1`;
    expect((await upload(secrets.wrong, base)).status).toBe(403);
    expect((await upload(secrets.push, `/F/Tools/auth/${secrets.wrong}/api/v1`)).status).toBe(201);
    const change = JSON.stringify({ key: secrets.wrong, id: 'Core', version: '1.0.0' });
    expect((await send('POST', `${base}/PublishedPackages/Publish`, change, 'application/json')).status).toBe(403);
    expect((await send('DELETE', `${base}/Packages/${secrets.wrong}/Core/1.0.0`)).status).toBe(403);
    expect(await isListed()).toBe(true);
  });
});

describe('POST PublishedPackages/Publish', () => {
  it('leaves a listed version listed, for who pushed it', async () => {
    await upload(secrets.push);
    expect((await publish(secrets.push)).status).toBe(200);
    expect((await publish(secrets.push, '1.0')).status).toBe(200);
    expect(await isListed()).toBe(true);
  });

  it('lists an unlisted version, for who may', async () => {
    await upload(secrets.all);
    await remove(secrets.all);
    expect(await isListed()).toBe(false);
    expect((await publish(secrets.push)).status).toBe(403);
    expect(await isListed()).toBe(false);
    expect((await publish(secrets.all)).status).toBe(200);
    expect(await isListed()).toBe(true);
  });

  it('takes a form', async () => {
    await upload(secrets.push);
    const form = new URLSearchParams({ key: secrets.push, id: 'core', version: '1.0.0' }).toString();
    const type = 'application/x-www-form-urlencoded';
    expect((await send('POST', `${BASE}/PublishedPackages/Publish`, form, type)).status).toBe(200);
  });

  it('tells nobody else what there is', async () => {
    await upload(secrets.push);
    for (const version of ['1.0.0', '9.9.9']) {
      expect((await publish(secrets.read, version)).status).toBe(403);
      expect((await publish('', version)).status).toBe(401);
    }
    expect((await publish(secrets.push, '9.9.9')).status).toBe(404);
  });

  it.each([
    ['', 400],
    ['nonsense', 400],
    ['"text"', 400],
    ['{"key":"k"}', 404],
    [`{"key":7,"id":"Core","version":"1.0.0"}`, 401],
    ['x'.repeat(20_000), 413],
  ])('refuses a body that says too little or too much: %.20s', async (body, status) => {
    const answer = await send('POST', `${BASE}/PublishedPackages/Publish`, body, 'application/json');
    expect(answer.status).toBe(status);
  });
});

describe('DELETE Packages/{key}/{id}/{version}', () => {
  it('unlists, and may be repeated', async () => {
    await upload(secrets.all);
    expect((await remove(secrets.all, '1.0')).status).toBe(200);
    expect((await remove(secrets.all)).status).toBe(200);
    expect(await isListed()).toBe(false);
  });

  it('refuses who may not, and other methods', async () => {
    await upload(secrets.push);
    expect((await remove(secrets.push)).status).toBe(403);
    expect(await isListed()).toBe(true);
    const other = await send('PUT', `${BASE}/Packages/${secrets.all}/Core/1.0.0`);
    expect([other.status, other.headers.get('allow')]).toEqual([405, 'DELETE']);
  });
});

describe('the key of a write of v1', () => {
  it('is in no line of the log and in no answer, whatever goes wrong', async () => {
    const answers = [
      await upload(FOREIGN_KEY),
      await remove(FOREIGN_KEY),
      await remove(FOREIGN_KEY, 'latest'),
      await publish(FOREIGN_KEY),
      await send('POST', `${BASE}/PublishedPackages/Publish`, `{"key":"${FOREIGN_KEY}`, 'application/json'),
      await send('GET', `${BASE}/PackageFiles/${FOREIGN_KEY}/nupkg`),
      await send('POST', `${BASE}/PackageFiles/${FOREIGN_KEY}/zip`),
      await send('DELETE', `/F/Nowhere/Pack%61ges/${FOREIGN_KEY}/Core/1.0.0`),
      await send('DELETE', `${BASE}/Packages/${FOREIGN_KEY}/Core/1.0.0/more`),
    ];
    const texts = await Promise.all(answers.map(async (answer) => answer.statusText + (await answer.text())));
    expect(answers.map(({ status }) => status).filter((status) => status < 400 || status >= 500)).toEqual([]);
    expect(texts.join('\n')).not.toContain(FOREIGN_KEY);
    expect(log.length).toBeGreaterThanOrEqual(answers.length);
    expect(log.join('\n')).toContain('[redacted]');
    expect(log.join('\n')).not.toContain(FOREIGN_KEY);
  });
});
