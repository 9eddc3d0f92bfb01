import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger, createMetrics, startHost } from '@feedfleet/host';
import type { RunningHost } from '@feedfleet/host';
import { hashKey, newKey, RegistryView } from '@feedfleet/registry-client';
import type { ApiKey, Source } from '@feedfleet/registry-client';
import { openPushFixture, sampleFeed } from './push-fixture.ts';
import type { PushFixture } from './push-fixture.ts';
import { SourceCopyEndpoint } from './source-copy-endpoint.ts';
import { SourcePinEndpoint } from './source-pin-endpoint.ts';

const manager = newKey();
const reader = newKey();
const key = (secret: string, id: string, scopes: ApiKey['scopes']): ApiKey => ({
  ...{ id, name: id, hash: hashKey(secret), owner: 'somebody', feeds: 'all', scopes, packageGlobs: ['*'] },
  ...{ createdAt: '2026-01-01T00:00:00Z', expiresAt: null },
});
const source: Source = {
  ...{ id: 'source-0123456789abcdef', feed: sampleFeed.id, name: 'Gallery', position: 0, credential: null },
  target: { kind: 'foreign', protocol: 'v3', url: 'https://packages.example/v3/index.json' },
  ...{ include: ['*'], exclude: [], prerelease: true, mode: 'proxy', required: true, enabled: true },
  ...{ timeoutMs: 10_000, freshMs: 60_000, staleMs: 60_000, allowPrivateAddresses: false, loop: null },
  createdAt: '2026-01-01T00:00:00Z',
};
const view = RegistryView.of({
  ...{ format: 1, fleetId: 'fleet', number: 1, feeds: [sampleFeed], families: [], instances: [], routes: [] },
  ...{ reroutes: [], quarantines: [], datacenters: [] },
  ...{ sources: [source], keys: [key(manager, 'manager', ['manage']), key(reader, 'reader', ['read'])] },
});

let fixture: PushFixture;
let host: RunningHost;

beforeEach(async () => {
  fixture = await openPushFixture();
  const registry = { current: () => view, reportKeyUse: () => undefined };
  const copies = new SourceCopyEndpoint({
    ...{ ...fixture.store, registry, now: Date.now },
    otherwise: (_request, response) => response.writeHead(418).end(),
  });
  const endpoint = new SourcePinEndpoint({ ...fixture.store, registry, now: Date.now, otherwise: copies.handler });
  host = await startHost({
    ...{ service: 'push', instance: 'push-1', listen: { host: '127.0.0.1', port: 0 }, drainMs: 100 },
    log: createLogger({ service: 'push', instance: 'push-1', level: 'error' }),
    metrics: createMetrics({ service: 'push', instance: 'push-1' }),
    handler: endpoint.handler,
  });
  const { sourcePins } = fixture.store;
  for (const id of ['acme.core', 'acme.web']) await sourcePins.pin(sampleFeed.id, id, source.id);
  await sourcePins.pin(sampleFeed.id, 'other', 'source-gone');
});

afterEach(async () => {
  await host.drain();
  fixture.close();
});

async function send(method: string, path: string, secret = manager): Promise<readonly [number, unknown]> {
  const headers = secret === '' ? {} : { 'x-nuget-apikey': secret };
  const response = await fetch(`${host.url}/F/tools${path}`, { method, headers });
  const text = await response.text();
  return [response.status, text.startsWith('{') ? JSON.parse(text) : text];
}

const PINS = '/api/manage/source-pins';
const ids = async () =>
  (await fixture.store.sourcePins.list(sampleFeed.id, { after: '', limit: 10 })).items.map(({ id }) => id);

describe('/F/{feed}/api/manage/source-pins', () => {
  it('tells which source each id is taken from, with the name of the source while there is one', async () => {
    const at = expect.any(String) as unknown;
    const gallery = { id: source.id, name: 'Gallery' };
    const pins = [
      { id: 'acme.core', at, source: gallery },
      { id: 'acme.web', at, source: gallery },
      { id: 'other', at, source: { id: 'source-gone', name: null } },
    ];
    expect(await send('GET', PINS)).toEqual([200, { pins, next: null }]);
    expect(await send('GET', `${PINS}?after=Acme.Web`)).toEqual([200, { pins: pins.slice(2), next: null }]);
  });

  it('lets an id go, in any case', async () => {
    expect(await send('DELETE', `${PINS}/Acme.Core`)).toEqual([200, { removed: 1 }]);
    expect(await ids()).toEqual(['acme.web', 'other']);
    expect(await send('DELETE', `${PINS}/Acme.Core`)).toMatchObject([404, { code: 'FF_NO_SUCH_PACKAGE' }]);
  });

  it('lets all ids of a source go, by its name, and by its id when it is gone', async () => {
    expect(await send('DELETE', `${PINS}?source=gallery`)).toEqual([200, { removed: 2 }]);
    expect(await send('DELETE', `${PINS}?source=source-gone`)).toEqual([200, { removed: 1 }]);
    expect(await ids()).toEqual([]);
  });

  it('refuses what names nothing, or too much, and changes nothing', async () => {
    expect(await send('DELETE', PINS)).toMatchObject([400, { code: 'FF_INVALID_REQUEST' }]);
    expect(await send('DELETE', `${PINS}/a?source=Gallery`)).toMatchObject([400, { code: 'FF_INVALID_REQUEST' }]);
    expect(await send('PUT', `${PINS}/a`)).toMatchObject([405, { code: 'FF_METHOD_NOT_ALLOWED' }]);
    expect(await ids()).toHaveLength(3);
  });

  it('is for managers of the feed alone', async () => {
    expect(await send('GET', PINS, '')).toMatchObject([401, { code: 'FF_UNAUTHENTICATED' }]);
    expect(await send('GET', PINS, reader)).toMatchObject([403, { code: 'FF_FORBIDDEN' }]);
    expect(await send('DELETE', `${PINS}/acme.core`, reader)).toMatchObject([403, { code: 'FF_FORBIDDEN' }]);
    expect(await ids()).toHaveLength(3);
  });

  it('leaves every other path to others', async () => {
    expect(await send('GET', '/api/manage/pins')).toEqual([418, '']);
  });
});

describe('/F/{feed}/api/manage/source-copies', () => {
  const COPIES = '/api/manage/source-copies';

  async function copy(sourceId: string, text: string): Promise<string> {
    const { blobs, sourceCopies } = fixture.store;
    const staged = await blobs.stage(Readable.from([Buffer.from(text)]), { maxBytes: 100 });
    await sourceCopies.intendBlob(staged.sha512, 'v3-1');
    await blobs.commit(staged);
    const source = { feedId: sampleFeed.id, sourceId, origin: 'v3 https://packages.example/v3/index.json' };
    const file = { id: text, normalizedVersion: '1.0.0', sha512: staged.sha512, sizeBytes: staged.sizeBytes };
    await sourceCopies.add(source, file, { owner: 'v3-1', maxBytes: 1000, removeBlob: () => undefined });
    return staged.sha512;
  }

  it('tells what is kept of each source, and takes it away with its files, also of a source that is gone', async () => {
    const kept = [await copy(source.id, 'one'), await copy('source-gone', 'three')];
    const [gallery, gone] = [
      { id: source.id, name: 'Gallery' },
      { id: 'source-gone', name: null },
    ];
    const sources = [
      { source: gallery, packages: 1, bytes: 3 },
      { source: gone, packages: 1, bytes: 5 },
    ];
    expect(await send('GET', COPIES)).toEqual([200, { sources }]);
    expect(await send('DELETE', `${COPIES}?source=GALLERY`)).toEqual([200, { packages: 1 }]);
    expect(await send('DELETE', `${COPIES}?source=source-gone`)).toEqual([200, { packages: 1 }]);
    expect(await send('GET', COPIES)).toEqual([200, { sources: [] }]);
    for (const sha512 of kept) expect(await fixture.store.blobs.open(sha512)).toBeUndefined();
  });

  it('is for managers of the feed alone, and takes nothing away that nobody named', async () => {
    expect(await send('GET', COPIES, reader)).toMatchObject([403, { code: 'FF_FORBIDDEN' }]);
    expect(await send('DELETE', COPIES)).toMatchObject([400, { code: 'FF_INVALID_REQUEST' }]);
    expect(await send('PUT', COPIES)).toMatchObject([405, { code: 'FF_METHOD_NOT_ALLOWED' }]);
  });
});
