import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PackageSource, SourceContent, SourceSearch } from '@feedfleet/package-sources';

import { openFleetSources } from './fleet-sources.ts';
import type { FleetSources, FleetSourcesOptions } from './fleet-sources.ts';
import { LeafFixture, READ_KEY, anAsk } from './leaf-fixture.ts';
import type { FleetTarget, KeptAnswer } from './leaf-asker.ts';
import { storeSource } from './store-source.ts';

const all: SourceSearch = {
  ...{ text: '', includePrerelease: true, includeSemVer2: true, packageType: null, take: 100, filters: [] },
};

let opened: FleetSources[] = [];

function fleetAt(balancerUrl: string, options: Partial<FleetSourcesOptions> = {}): FleetSources {
  const fleet = openFleetSources({ balancerUrl, kept: new Map<string, KeptAnswer>(), ...options });
  opened.push(fleet);
  return fleet;
}

const target = (feedName: string, rest: Partial<FleetTarget> = {}): FleetTarget => ({
  ...{ feedName, mount: '/api/v2', credentialId: '', apiKey: () => null, timeoutMs: 10_000 },
  ...rest,
});

afterEach(() => {
  for (const fleet of opened) fleet.close();
  opened = [];
});

describe('Another feed of the fleet as a package source', () => {
  let fixture: LeafFixture;
  let url: string;
  let source: PackageSource;

  beforeEach(async () => {
    fixture = await LeafFixture.open();
    url = await fixture.serve();
    source = fleetAt(url).of(target('Open'));
    await fixture.add('A', '1.0.0', { tags: ['x'], supportedFrameworks: ['net8.0'] });
    await fixture.add('A', '2.0.0-rc');
  });

  afterEach(() => fixture.close());

  const own = () => storeSource(fixture.ports, 'open');

  it('tells what the feed tells itself', async () => {
    const [told, itself] = await Promise.all([source, own()].map((each) => each.versions(['a', 'b'], anAsk())));
    expect(told).toMatchObject({ outcome: 'answered', requests: 1, isStale: false });
    expect(told).toEqual({ ...told, ...itself, ...timesOf(told) });
    const [hits, own1] = await Promise.all([source, own()].map((each) => each.search({ ...all, text: 'a' }, anAsk())));
    expect(namesIn(hits)).toEqual(namesIn(own1));
    const [ids, own2] = await Promise.all([source, own()].map((each) => each.complete(all, anAsk())));
    expect(ids).toMatchObject({ value: { total: 1, ids: ['A'] } });
    expect(ids).toMatchObject({ value: Reflect.get(own2 ?? {}, 'value') as unknown });
  });

  it('asks each time, and reads nothing twice that has not changed', async () => {
    const first = await source.versions(['a'], anAsk());
    const second = await source.versions(['a'], anAsk());
    expect(second).toMatchObject({ outcome: 'answered', requests: 1 });
    expect(Reflect.get(second, 'value')).toBe(Reflect.get(first, 'value'));
    await fixture.add('A', '3.0.0');
    const third = await source.versions(['a'], anAsk());
    expect(versionsIn(third, 'a')).toEqual(['1.0.0', '2.0.0-rc', '3.0.0']);
    expect(Reflect.get(third, 'tag')).not.toBe(Reflect.get(second, 'tag'));
    expect(fixture.requests).toHaveLength(3);
  });

  it('passes on whose request it is, by when it must be answered, and the chain that it came through', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const ask = anAsk(undefined, { requestId: 'r-1', traceparent, chain: 'abc;leaf', remainingMs: () => 4321.9 });
    await source.versions(['a'], ask);
    const headers = {
      'x-request-id': 'r-1',
      traceparent,
      'x-nuget-feedchain': 'abc;leaf',
      'x-feedfleet-timeout-ms': '4321',
    };
    expect(fixture.requests[0]?.headers).toMatchObject(headers);
  });

  it('does not wait longer than the edge allows, whatever the request does', async () => {
    await fleetAt(url)
      .of(target('Open', { timeoutMs: 1234 }))
      .versions(['a'], anAsk());
    expect(fixture.requests.at(-1)?.headers).toMatchObject({ 'x-feedfleet-timeout-ms': '1234' });
  });

  it('sends the credential of the edge, and keeps answers of different credentials apart', async () => {
    await fixture.add('Secret', '1.0.0', {}, 'closed');
    const fleet = fleetAt(url);
    const allowed = fleet.of(target('Closed', { credentialId: 'one', apiKey: () => READ_KEY }));
    expect(versionsIn(await allowed.versions(['secret'], anAsk()), 'secret')).toEqual(['1.0.0']);
    const without = await fleet.of(target('Closed')).versions(['secret'], anAsk());
    expect(without).toMatchObject({ outcome: 'answered', tag: 'denied', value: new Map() });
  });

  it('shows nothing of a feed that is gone or does not let it read: neither versions, nor hits, nor files', async () => {
    for (const name of ['Closed', 'Missing']) {
      const hidden = fleetAt(url).of(target(name));
      const file = hidden.content({ id: 'Secret', normalizedVersion: '1.0.0' }, anAsk());
      const answers = [
        hidden.versions(['a'], anAsk()),
        hidden.search(all, anAsk()),
        hidden.complete(all, anAsk()),
        file,
      ];
      const values = [new Map(), { total: 0, hits: [] }, { total: 0, ids: [] }, null];
      const expected = values.map(
        (value) => expect.objectContaining({ outcome: 'answered', tag: 'denied', value }) as unknown,
      );
      expect(await Promise.all(answers)).toEqual(expected);
    }
  });

  it('asks for more ids than a URL holds in as few requests as it takes', async () => {
    const ids = Array.from({ length: 400 }, (_, index) => `some.long.package.id.${index}`);
    const found = await source.versions([...ids, 'a'], anAsk());
    expect(versionsIn(found, 'a')).toHaveLength(2);
    expect(fixture.requests).toHaveLength(2);
    expect(found).toMatchObject({ requests: 2 });
  });

  it('asks nothing when nothing is asked for', async () => {
    expect(await source.versions([], anAsk())).toMatchObject({ outcome: 'answered', value: new Map(), requests: 0 });
    expect(fixture.requests).toHaveLength(0);
  });

  it('gives files as the feed gives them, on every family', async () => {
    const of = { id: 'A', normalizedVersion: '2.0.0-rc' };
    const stored = await fixture.store.metadata.version('open', 'A', '2.0.0-rc');
    const other = await LeafFixture.open();
    try {
      await other.add('A', '2.0.0-rc');
      const v3 = fleetAt(await other.serve('/api/v3')).of(target('Open', { mount: '/api/v3' }));
      for (const each of [source, v3]) {
        const found = await each.content(of, anAsk());
        const content = found.outcome === 'answered' ? found.value : null;
        expect(content).toMatchObject({ sizeBytes: 10, sha512: stored?.sha512 });
        expect(await text(bodyOf(content))).toBe('A/2.0.0-rc');
        const absent = await each.content({ ...of, normalizedVersion: '9.0.0' }, anAsk());
        expect(absent).toMatchObject({ outcome: 'answered', value: null });
      }
      expect(other.requests[0]?.url).toBe('/F/Open/api/v3/flat/a/2.0.0-rc/a.2.0.0-rc.nupkg');
    } finally {
      await other.close();
    }
  });

  it('says that the feed cannot be asked what its engine refuses', async () => {
    const query = { resource: 'Packages', options: {}, after: null, take: 1, withCount: true, filters: [] } as const;
    expect(await source.page(query, anAsk())).toMatchObject({ outcome: 'unsupported' });
    fixture.pageWith(async ({ take, options }) => {
      const rows = await fixture.store.metadata.versionsOf('open', options.id ?? '');
      return { total: null, hasMore: true, rows: rows.slice(0, take) };
    });
    await fixture.add('B', '1.0.0');
    const page = await source.page({ ...query, options: { id: 'A' } }, anAsk());
    expect(page).toMatchObject({
      outcome: 'answered',
      value: { total: null, hasMore: true, rows: [{ version: '1.0.0' }] },
    });
  });
});

describe('A feed of the fleet that does not answer as it should', () => {
  let server: Server;
  let url: string;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let received: number;

  beforeEach(async () => {
    received = 0;
    server = createServer((request, response) => {
      received += 1;
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const ask = (options: Partial<FleetSourcesOptions> = {}) =>
    fleetAt(url, options).of(target('Open')).versions(['a'], anAsk());

  it('is unavailable when it answers garbage, or an answer to something else', async () => {
    const head = '{"format":1,"kind":"ids","total":null,"hasMore":false,"detail":"","rows":0}\n';
    for (const body of ['garbage', '{}\n', '', head]) {
      answer = (_request, response) => response.end(body);
      expect(await ask()).toMatchObject({ outcome: 'unavailable', code: 'FF_SOURCE_MALFORMED' });
    }
    answer = (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip');
    expect(await ask()).toMatchObject({ outcome: 'unavailable', code: 'FF_SOURCE_MALFORMED' });
    const bomb = gzipSync(Buffer.alloc(65 * 1024 ** 2));
    answer = (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    expect(await ask()).toMatchObject({
      outcome: 'unavailable',
      detail: expect.stringContaining('more than') as unknown,
    });
  });

  it('is unavailable when its answer has no end, and is left then', async () => {
    let hasLeft: Promise<unknown> = Promise.resolve();
    answer = (_request, response) => {
      hasLeft = new Promise((resolve) => response.once('close', resolve));
      const chunk = Buffer.alloc(1024 ** 2, 'x');
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
        response.once('drain', more);
      };
      more();
    };
    expect(await ask()).toMatchObject({ outcome: 'unavailable', code: 'FF_SOURCE_MALFORMED' });
    await hasLeft;
  });

  it('is unavailable with the code of its problem, and without words that could name an inner feed', async () => {
    const problem = { code: 'FF_OVERLOADED', detail: 'the feed Secret is busy' };
    answer = (_request, response) => response.writeHead(503, { 'retry-after': '7' }).end(JSON.stringify(problem));
    const told = await ask();
    expect(told).toMatchObject({
      outcome: 'unavailable',
      code: 'FF_OVERLOADED',
      retryAfterMs: 7000,
      detail: 'Too busy',
    });
    answer = (_request, response) => response.writeHead(500).end('<html>Secret</html>');
    expect(await ask()).toMatchObject({ outcome: 'unavailable', code: 'FF_UNAVAILABLE' });
  });

  it('is unavailable, and not without packages, when it serves nothing below /-/', async () => {
    const problem = { code: 'FF_NO_SUCH_RESOURCE' };
    answer = (_request, response) => response.writeHead(404).end(JSON.stringify(problem));
    expect(await ask()).toMatchObject({ outcome: 'unavailable' });
  });

  it('is unavailable when its time is up, before its answer and within', async () => {
    const soon = anAsk(undefined, { remainingMs: () => 20 });
    for (const begin of [false, true]) {
      answer = (_request, response) => {
        if (begin) response.writeHead(200, { 'content-length': '1000' }).write('{');
      };
      const told = await fleetAt(url).of(target('Open')).versions(['a'], soon);
      expect(told).toMatchObject({ outcome: 'unavailable', code: 'FF_SOURCE_TIMEOUT' });
    }
  });

  it('is unavailable when nobody listens', async () => {
    const nobody = fleetAt('http://127.0.0.1:1').of(target('Open'));
    const told = await nobody.versions(['a'], anAsk());
    expect(told).toMatchObject({ outcome: 'unavailable', code: 'FF_SOURCE_UNREACHABLE' });
    expect(JSON.stringify(told)).not.toContain('127.0.0.1');
  });

  it('is asked once more when a kept connection turns out to be closed, and not when a new one breaks', async () => {
    answer = (_request, response) => response.end('garbage');
    const source = fleetAt(url).of(target('Open'));
    await source.versions(['a'], anAsk());
    // The connection is given back in the turn in which the answer ends.
    await new Promise(setImmediate);
    answer = (request) => {
      request.socket.resetAndDestroy();
      answer = (_request, response) => response.end('garbage');
    };
    expect(await source.versions(['a'], anAsk())).toMatchObject({ code: 'FF_SOURCE_MALFORMED' });
    expect(received).toBe(3);
    answer = (request) => request.socket.resetAndDestroy();
    expect(await ask()).toMatchObject({ code: 'FF_SOURCE_UNREACHABLE' });
    expect(received).toBe(4);
  });

  it('is not asked by more at once than may wait', async () => {
    const waiting: ServerResponse[] = [];
    answer = (_request, response) => waiting.push(response);
    const source = fleetAt(url, { maxConnections: 1, maxWaiting: 1 }).of(target('Open'));
    const both = [source.versions(['a'], anAsk()), source.versions(['b'], anAsk())];
    expect(await source.versions(['c'], anAsk())).toMatchObject({ outcome: 'unavailable', code: 'FF_OVERLOADED' });
    while (waiting.length === 0) await new Promise(setImmediate);
    answer = (_request, response) => response.end('garbage');
    waiting[0]?.end('garbage');
    for (const told of await Promise.all(both)) expect(told).toMatchObject({ code: 'FF_SOURCE_MALFORMED' });
    expect(await source.versions(['c'], anAsk())).toMatchObject({ code: 'FF_SOURCE_MALFORMED' });
  });

  it('is asked while as many packages as there are connections are on their way to slow clients', async () => {
    answer = (request, response) => {
      if (request.url?.includes('/package/') === true) response.writeHead(200).write('begun');
      else response.writeHead(404, { 'content-type': 'application/problem+json' }).end('{"code":"FF_NO_SUCH_FEED"}');
    };
    const source = fleetAt(url, { maxConnections: 2 }).of(target('a'));
    const download = () => source.content({ id: 'A', normalizedVersion: '1.0.0' }, anAsk());
    await Promise.all([download(), download()]);
    expect(await source.versions(['a'], anAsk())).toMatchObject({ tag: 'denied' });
  });

  it('is left as soon as nobody waits for it any more', async () => {
    const stopped = new AbortController();
    const left = new Promise<void>((resolve) => {
      answer = (_request, response) => {
        response.once('close', resolve);
        stopped.abort(new Error('the client has gone'));
      };
    });
    const asked = fleetAt(url).of(target('Open')).versions(['a'], anAsk(stopped.signal));
    await expect(asked).rejects.toThrow('the client has gone');
    await left;
  });

  it('gives a file that fails when it is not the one that was announced, before its last part', async () => {
    const package_ = Buffer.alloc(1000, 'x');
    const tag = `"${'0'.repeat(128)}"`;
    answer = (_request, response) => response.writeHead(200, { etag: tag, 'content-length': '1000' }).end(package_);
    const found = await fleetAt(url).of(target('Open')).content({ id: 'A', normalizedVersion: '1.0.0' }, anAsk());
    const content = found.outcome === 'answered' ? found.value : null;
    await expect(text(bodyOf(content))).rejects.toThrow('announced');
    answer = (request, response) => {
      response.writeHead(200, { 'content-length': '2000' }).write(package_, () => request.socket.destroy());
    };
    const cut = await fleetAt(url).of(target('Open')).content({ id: 'A', normalizedVersion: '1.0.0' }, anAsk());
    const broken = cut.outcome === 'answered' ? cut.value : null;
    await expect(text(bodyOf(broken))).rejects.toThrow();
  });
});

function bodyOf(content: SourceContent | null): Readable {
  return content?.open(new AbortController().signal) ?? Readable.from([]);
}

/** What differs between two ways to the same answer. */
function timesOf(answer: unknown): object {
  const { tag, requests, tookMs } = answer as { tag: string; requests: number; tookMs: number };
  return { tag, requests, tookMs };
}

function versionsIn(answer: Awaited<ReturnType<PackageSource['versions']>>, id: string): readonly string[] {
  return answer.outcome === 'answered' ? (answer.value.get(id) ?? []).map(({ version }) => version) : [answer.outcome];
}

function namesIn(answer: Awaited<ReturnType<PackageSource['search']>> | undefined): unknown {
  if (answer?.outcome !== 'answered') return answer;
  const { total, hits } = answer.value;
  return [
    total,
    hits.map(({ id, versions }) => [id, versions.map(({ version }) => version), versions.at(-1)?.metadata]),
  ];
}
