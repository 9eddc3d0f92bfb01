import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger, createMetrics, startHost } from '@feedfleet/host';
import type { RunningHost } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';
import { hashKey, newKey, RegistryView } from '@feedfleet/registry-client';
import type { ApiKey, Source } from '@feedfleet/registry-client';
import { sampleFeed } from './push-fixture.ts';
import { SourceTestEndpoint } from './source-test-endpoint.ts';
import type { SourceTestEndpointOptions } from './source-test-endpoint.ts';

const manager = newKey();
const reader = newKey();
const otherFeed = { ...sampleFeed, id: 'feed-2', name: 'other', aliases: [] };
const feeds = [sampleFeed, otherFeed, ...['a', 'b', 'c', 'd'].map((name) => ({ ...otherFeed, id: name, name }))];
const key = (secret: string, id: string, scopes: ApiKey['scopes']): ApiKey => ({
  ...{ id, name: id, hash: hashKey(secret), owner: 'somebody', feeds: 'all', scopes, packageGlobs: ['*'] },
  ...{ createdAt: '2026-01-01T00:00:00Z', expiresAt: null },
});
const sourceOf = (feed: string): Source => ({
  ...{ id: `source-of-${feed}`, feed, name: 'Gallery', position: 0, credential: null },
  target: { kind: 'foreign', protocol: 'v3', url: 'https://packages.example/v3/index.json' },
  ...{ include: ['*'], exclude: [], prerelease: true, mode: 'proxy', required: true, enabled: false },
  ...{ timeoutMs: 10_000, freshMs: 60_000, staleMs: 60_000, allowPrivateAddresses: false, loop: null },
  createdAt: '2026-01-01T00:00:00Z',
});
const view = RegistryView.of({
  ...{ format: 1, fleetId: 'fleet', number: 1, feeds, families: [], instances: [], routes: [] },
  ...{ reroutes: [], quarantines: [], datacenters: [], sources: feeds.map(({ id }) => sourceOf(id)) },
  keys: [key(manager, 'manager', ['manage']), key(reader, 'reader', ['read'])],
});

let host: RunningHost | undefined;
let asked: unknown[];
let test: NonNullable<SourceTestEndpointOptions['test']>;

async function serve(options: Pick<SourceTestEndpointOptions, 'test'>): Promise<void> {
  const endpoint = new SourceTestEndpoint({
    ...{ ...options, registry: { current: () => view, reportKeyUse: () => undefined }, now: Date.now },
    otherwise: (_request, response) => response.writeHead(418).end(),
  });
  host = await startHost({
    ...{ service: 'push', instance: 'push-1', listen: { host: '127.0.0.1', port: 0 }, drainMs: 100 },
    log: createLogger({ service: 'push', instance: 'push-1', level: 'error' }),
    metrics: createMetrics({ service: 'push', instance: 'push-1' }),
    handler: endpoint.handler,
  });
}

beforeEach(async () => {
  asked = [];
  test = () => Promise.resolve({ works: true, steps: [] });
  await serve({
    test: (source, { packageId, remainingMs }) => {
      asked.push([source.id, packageId, remainingMs() > 0 && remainingMs() <= 45_000]);
      return test(source, { packageId, remainingMs } as never);
    },
  });
});

afterEach(() => host?.drain());

interface Sent {
  readonly method?: string;
  readonly secret?: string;
  readonly feed?: string;
  readonly body?: string;
}

async function send(path: string, { method = 'POST', secret = manager, feed = 'tools', body }: Sent = {}) {
  const headers: Record<string, string> = secret === '' ? {} : { 'x-nuget-apikey': secret };
  const init = { method, headers, ...(body === undefined ? {} : { body: Readable.from([body]), duplex: 'half' }) };
  const response = await fetch(`${host?.url ?? ''}/F/${feed}${path}`, init as unknown as RequestInit);
  const text = await response.text();
  return [response.status, text === '' ? '' : (JSON.parse(text) as Record<string, unknown>)] as const;
}

const PATH = '/api/manage/source-tests';

describe('POST /F/{feed}/api/manage/source-tests', () => {
  it('tests a source by name or id, for a package id if one is given', async () => {
    const expected = {
      ...{ feed: 'Tools', source: { id: 'source-of-feed-1', name: 'Gallery', enabled: false } },
      ...{ works: true, steps: [] },
    };
    expect(await send(`${PATH}?source=gallery`)).toEqual([200, expected]);
    expect(await send(`${PATH}/?source=source-of-feed-1&id=Acme.Core`)).toEqual([200, expected]);
    expect(asked).toEqual([
      ['source-of-feed-1', null, true],
      ['source-of-feed-1', 'Acme.Core', true],
    ]);
  });

  it('is for those who manage the feed', async () => {
    expect((await send(`${PATH}?source=gallery`, { secret: reader }))[0]).toBe(403);
    expect((await send(`${PATH}?source=gallery`, { secret: '' }))[0]).toBe(401);
    expect(asked).toEqual([]);
  });

  it('says what is wrong with a question', async () => {
    expect(await send(PATH)).toMatchObject([400, { code: 'FF_INVALID_REQUEST' }]);
    expect(await send(`${PATH}?source=nowhere`)).toMatchObject([404, { code: 'FF_NO_SUCH_ENTITY' }]);
    expect(await send(`${PATH}?source=source-of-feed-2`)).toMatchObject([404, { code: 'FF_NO_SUCH_ENTITY' }]);
    expect(await send(`${PATH}?source=gallery&id=a/b`)).toMatchObject([400, { code: 'FF_INVALID_REQUEST' }]);
    expect(await send(`${PATH}?source=gallery`, { method: 'GET' })).toMatchObject([405, {}]);
    expect((await send('/api/manage/source-test?source=gallery'))[0]).toBe(418);
    expect(asked).toEqual([]);
  });

  it('answers a question with a body too', async () => {
    expect((await send(`${PATH}?source=gallery`, { body: '{}' }))[0]).toBe(200);
    expect((await send(PATH, { body: '{}' }))[0]).toBe(400);
  });

  it('tests one source of a feed at a time, and four of all', async () => {
    const { promise, resolve } = Promise.withResolvers<object>();
    test = () => promise;
    const running = ['tools', 'a', 'b', 'c'].map((feed) => send(`${PATH}?source=gallery`, { feed }));
    while (asked.length < 4) await new Promise(setImmediate);
    const again = await send(`${PATH}?source=gallery`);
    expect(again).toMatchObject([
      503,
      { code: 'FF_OVERLOADED', detail: 'a source of this feed is being tested already' },
    ]);
    expect(await send(`${PATH}?source=gallery`, { feed: 'd' })).toMatchObject([503, { code: 'FF_OVERLOADED' }]);
    resolve({ works: true, steps: [] });
    expect((await Promise.all(running)).map(([status]) => status)).toEqual([200, 200, 200, 200]);
    expect((await send(`${PATH}?source=gallery`))[0]).toBe(200);
  });

  it('tells what a test fails with, and lets the next one begin', async () => {
    test = () => Promise.reject(new ProblemError('sourceUnavailable', { detail: 'sealed with another secret' }));
    for (let time = 0; time < 2; time += 1) {
      expect(await send(`${PATH}?source=gallery`)).toMatchObject([503, { code: 'FF_SOURCE_UNAVAILABLE' }]);
    }
  });

  it('says that a fleet which can ask nobody tests nothing', async () => {
    await host?.drain();
    await serve({ test: undefined });
    expect(await send(`${PATH}?source=gallery`)).toMatchObject([503, { code: 'FF_UNAVAILABLE' }]);
  });
});
