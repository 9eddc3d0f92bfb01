/** Answers of a feed `Open` that takes packages from the private feed `Closed`, over real plans and a source in memory. */
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FleetHierarchies } from '@feedfleet/aggregation';
import { FleetChain, writeFeedChain } from '@feedfleet/feedchain';
import type { Ask, PackageSource, SourceAnswer, SourceVersion, VersionsById } from '@feedfleet/package-sources';
import { ProblemError } from '@feedfleet/problems';
import { hashKey, sourceSchema } from '@feedfleet/registry-client';
import type { Source } from '@feedfleet/registry-client';
import { createMetrics } from '@feedfleet/host';
import type { RegistryView } from '@feedfleet/registry-client';

import { MANAGE_KEY, openFixture, OTHER_KEY, READ_KEY, text } from './endpoint-fixture.ts';
import type { EndpointFixture, Received } from './endpoint-fixture.ts';
import type { FeedQuery } from './protocol.ts';

const fleet = new FleetChain(Buffer.alloc(32, 'k'));

function closedSource(rest: Partial<Source> = {}): Source {
  return sourceSchema.parse({
    ...{
      id: 'source-1',
      feed: 'open',
      name: 'team',
      position: 0,
      target: { kind: 'feed', feed: 'closed' },
      loop: null,
    },
    credential: { kind: 'apiKey', secret: `v1.${'a'.repeat(16)}.${'b'.repeat(30)}`, fingerprint: hashKey(READ_KEY) },
    createdAt: '2026-01-01T00:00:00Z',
    ...rest,
  });
}

/** Has one version of every id, of which only the names matter here. */
class NamedSource {
  version = '';
  sickness: 'none' | 'unavailable' | 'stale' = 'none';
  variesByChain = false;
  readonly asks: Ask[] = [];
  /** The body of a download, until the signal of the question aborts. */
  flow: ((signal: AbortSignal) => AsyncIterable<Buffer>) | undefined;

  get source(): PackageSource {
    const versions = (ids: readonly string[], ask: Ask): Promise<SourceAnswer<VersionsById>> => {
      this.asks.push(ask);
      if (this.sickness === 'unavailable') {
        const told = { code: 'FF_SOURCE_BROKEN', detail: 'it is sick', retryAfterMs: 3000, requests: 1, tookMs: 5 };
        return Promise.resolve({ outcome: 'unavailable', ...told });
      }
      const { version } = this;
      const row = {
        ...{ version, normalizedVersion: version, sortKey: version, listed: true, downloads: 0 },
        isPrerelease: false,
      };
      const value = new Map(
        version === '' ? [] : ids.map((id) => [id, [{ ...row, id }] as unknown as SourceVersion[]]),
      );
      const isStale = this.sickness === 'stale';
      return Promise.resolve({
        ...{ outcome: 'answered', value, tag: version, ageMs: isStale ? 60_000 : 0, isStale },
        ...(this.variesByChain ? { variesByChain: true } : {}),
        requests: 1,
        tookMs: 5,
      });
    };
    const content: PackageSource['content'] = (_of, ask) => {
      this.asks.push(ask);
      const { flow } = this;
      const open = (): Readable => Readable.from(flow === undefined ? [Buffer.from(this.version)] : flow(ask.signal));
      const value =
        this.version === ''
          ? null
          : { sizeBytes: flow === undefined ? this.version.length : null, sha512: 'e'.repeat(128), open };
      return Promise.resolve({
        ...{ outcome: 'answered', value, tag: this.version, ageMs: 0, isStale: false },
        requests: 1,
        tookMs: 5,
      });
    };
    return { versions, content } as PackageSource;
  }
}

const state = { own: new NamedSource(), closed: new NamedSource(), view: undefined as RegistryView | undefined };
let fixture: EndpointFixture;
let rendered: number;

async function answerOf(query: FeedQuery) {
  if (query.path === '/about') return text('about the feed');
  if (query.path === '/package') {
    const found = await query.hierarchy?.content('core', '2.0.0');
    if (found === undefined) return text('local');
    return {
      kind: 'relay',
      contentType: 'application/octet-stream',
      fileName: 'a.nupkg',
      content: found.content,
    } as const;
  }
  if (query.path === '/missing') {
    await query.hierarchy?.versions(['Core']);
    throw new ProblemError('noSuchPackage');
  }
  rendered += 1;
  if (query.hierarchy === undefined) return text(query.leaf === true ? 'leaf' : 'local');
  const versions = (await query.hierarchy.versions(['Core'])).get('core') ?? [];
  return text(`${versions.map(({ version }) => version).join()} `.repeat(500));
}

beforeEach(async () => {
  rendered = 0;
  [state.own, state.closed] = [new NamedSource(), new NamedSource()];
  [state.own.version, state.closed.version] = ['1.0.0', '2.0.0'];
  const hierarchies = new FleetHierarchies({
    directory: { current: () => fixture.view },
    ...{ fleet, sourceOf: () => state.closed.source },
    ...{ metrics: createMetrics({ service: 'tests', instance: 'tests' }), log: { error: () => undefined } },
  });
  const leafAnswer = (query: FeedQuery) => Promise.resolve({ ...text(`leaf ${query.path}`), kind: 'bytes' } as never);
  fixture = await openFixture({
    sources: [closedSource()],
    localSource: () => state.own.source,
    hierarchies: () => Promise.resolve({ hierarchies, leafAnswer, probes: { receive: () => Promise.resolve(false) } }),
  });
  fixture.answerWith(answerOf);
});

afterEach(() => fixture.close());

const get = (path = '/versions', headers: Record<string, string> = {}): Promise<Received> =>
  fixture.send(`/F/Open/api/v3${path}`, { headers });
const bodyOf = ({ body }: Received): string => body.toString().split(' ')[0] ?? '';

describe('an answer from a feed and its sources', () => {
  it('is rendered once, and asked about each time', async () => {
    const first = await get();
    const again = await get('/versions', { 'if-none-match': String(first.headers.etag) });
    const third = await get();
    expect([bodyOf(first), again.status, bodyOf(third), rendered]).toEqual(['1.0.0,2.0.0', 304, '1.0.0,2.0.0', 1]);
    expect(state.closed.asks).toHaveLength(3);
  });

  it('changes with what a source has, at once', async () => {
    const first = await get();
    state.closed.version = '3.0.0';
    const second = await get('/versions', { 'if-none-match': String(first.headers.etag) });
    expect([second.status, bodyOf(second), rendered]).toEqual([200, '1.0.0,3.0.0', 2]);
  });

  it('loses what is behind a key that was revoked, at once', async () => {
    await get();
    fixture.revoke('reader');
    const after = await get();
    expect([bodyOf(after), after.headers['x-feedfleet-partial']]).toEqual(['1.0.0', undefined]);
  });

  it('is a 503 that names the source when that does not answer, though an older answer is kept', async () => {
    await get();
    state.closed.sickness = 'unavailable';
    const received = await get();
    expect([received.status, received.headers['retry-after']]).toEqual([503, '3']);
    expect(received.reason).toBe('The package source "team" does not answer');
    expect(JSON.parse(received.body.toString())).toMatchObject({ code: 'FF_SOURCE_UNAVAILABLE' });
  });

  it('is marked, and neither kept nor validated, when an optional source is left out', async () => {
    fixture.setSource(closedSource({ required: false }));
    state.closed.sickness = 'unavailable';
    const received = await get();
    expect([received.status, bodyOf(received), received.headers.etag]).toEqual([200, '1.0.0', undefined]);
    expect(received.headers['x-feedfleet-partial']).toBe('team;reason=FF_SOURCE_BROKEN');
    expect(received.headers['x-feedfleet-fault']).toBe('source');
    state.closed.sickness = 'none';
    expect(bodyOf(await get())).toBe('1.0.0,2.0.0');
  });

  it('says which source is stale, and how long, also when it is kept', async () => {
    await get();
    state.closed.sickness = 'stale';
    const received = await get();
    expect([bodyOf(received), received.headers['x-feedfleet-stale'], rendered]).toEqual([
      '1.0.0,2.0.0',
      'team;age=60',
      1,
    ]);
  });

  it('tells managers of the feed how long each source took, and nobody else', async () => {
    const plain = await get();
    const managed = await get('/versions', { 'x-nuget-apikey': MANAGE_KEY });
    const other = await get('/versions', { 'x-nuget-apikey': OTHER_KEY });
    expect(managed.headers['server-timing']).toBe(
      's0;desc="own packages, answered, 1 requests";dur=5, s1;desc="team, answered, 1 requests";dur=5',
    );
    expect([plain.headers['server-timing'], other.headers['server-timing']]).toEqual([undefined, undefined]);
  });

  it('asks nobody for what is about the feed itself', async () => {
    const first = await get('/about');
    const again = await get('/about', { 'if-none-match': String(first.headers.etag) });
    fixture.bump('open');
    const later = await get('/about', { 'if-none-match': String(first.headers.etag) });
    expect([first.status, again.status, later.status, state.closed.asks.length]).toEqual([200, 304, 200, 0]);
  });

  it('is still given when the store is gone, as long as the same may be asked', async () => {
    await get();
    fixture.breakStore();
    expect(bodyOf(await get())).toBe('1.0.0,2.0.0');
    fixture.revoke('reader');
    expect((await get()).status).toBe(503);
  });

  it('passes a download of a source on', async () => {
    state.own.version = '';
    const received = await get('/package');
    expect([received.status, received.body.toString(), received.headers.etag]).toEqual([
      200,
      '2.0.0',
      `"${'e'.repeat(128)}"`,
    ]);
    expect((await fixture.send('/F/Open/api/v3/package', { method: 'HEAD' })).headers['content-length']).toBe('5');
  });
});

/** What other hosts may do with an answer: whether to keep it, and whether it is for one way only. */
const forOneWay = ({ headers }: Received): readonly [unknown, boolean] => [
  headers['cache-control'],
  String(headers.vary).split(', ').includes('X-NuGet-Feedchain'),
];

describe('an answer with what a source told us alone', () => {
  beforeEach(() => {
    state.closed.variesByChain = true;
  });

  it('says so, with what it varies by anyway, and is neither kept nor validated', async () => {
    const first = await get('/versions', { 'accept-encoding': 'gzip' });
    expect([first.headers.vary, first.headers['cache-control'], first.headers.etag]).toEqual([
      'Accept-Encoding, X-NuGet-Feedchain',
      'no-store',
      undefined,
    ]);
    await get();
    expect(rendered).toBe(2);
  });

  it('is not taken for a whole one that was kept, whose tag it has', async () => {
    state.closed.variesByChain = false;
    const whole = await get();
    state.closed.variesByChain = true;
    const received = await get('/versions', { 'if-none-match': String(whole.headers.etag) });
    expect([received.status, received.headers.etag, ...forOneWay(received)]).toEqual([
      200,
      undefined,
      'no-store',
      true,
    ]);
    expect(forOneWay(whole)).toEqual(['no-cache', false]);
  });

  it('may be a download, an explanation or a problem', async () => {
    state.own.version = '';
    const download = await get('/package');
    expect([download.body.toString(), ...forOneWay(download)]).toEqual(['2.0.0', 'no-store', true]);
    expect(forOneWay(await get('/explain?id=Core'))).toEqual(['no-store', true]);
    const missing = await get('/missing');
    expect([missing.status, ...forOneWay(missing)]).toEqual([404, 'no-store', true]);
  });
});

describe('a download that takes longer than the deadline', () => {
  it('goes on for as long as bytes flow', async () => {
    state.own.version = '';
    state.closed.flow = async function* (signal) {
      for (let part = 0; part < 4; part += 1) {
        signal.throwIfAborted();
        yield Buffer.from('x');
        await pause(700);
      }
    };
    const received = await get('/package', { 'x-feedfleet-timeout-ms': '2000' });
    expect(received.body.toString()).toBe('xxxx');
  });
});

describe('a request with a feed chain', () => {
  const chainOf = (feedId: string, leafOf?: string): Record<string, string> => {
    const step = { fleet, feedId, deadlineMs: Date.now() + 60_000, breadth: 100 };
    const written = writeFeedChain({ outcome: 'none' }, { ...step, ...(leafOf === undefined ? {} : { leafOf }) });
    return { 'x-nuget-feedchain': written.outcome === 'written' ? written.text : '' };
  };

  it('that makes it a leaf is answered from the own packages, apart from all other answers', async () => {
    const leaf = await get('/versions', chainOf('closed', 'open'));
    const plain = await get();
    expect([leaf.body.toString(), bodyOf(plain)]).toEqual(['leaf', '1.0.0,2.0.0']);
    expect((await get('/-/versions', chainOf('closed', 'open'))).body.toString()).toBe('leaf /-/versions');
    expect(state.closed.asks).toHaveLength(1);
  });

  it('that was made for another feed is no leaf', async () => {
    expect(bodyOf(await get('/versions', chainOf('closed', 'closed')))).toBe('1.0.0,2.0.0');
    expect((await get('/-/versions')).body.toString()).not.toContain('leaf');
  });

  it('leaves out what is asked already, and keeps and validates nothing of that', async () => {
    const pruned = await get('/versions', chainOf('closed'));
    expect([bodyOf(pruned), pruned.headers.etag]).toEqual(['1.0.0', undefined]);
    expect(forOneWay(pruned)).toEqual(['no-store', true]);
    const whole = await get();
    expect([bodyOf(whole), ...forOneWay(whole)]).toEqual(['1.0.0,2.0.0', 'no-cache', false]);
    const prunedAgain = await get('/versions', chainOf('closed'));
    expect([bodyOf(prunedAgain), ...forOneWay(prunedAgain)]).toEqual(['1.0.0', 'no-store', true]);
  });

  it('is refused when the chain is malformed, or too long, also by feeds without sources', async () => {
    const malformed = await get('/versions', { 'x-nuget-feedchain': 'a;;b' });
    const tooLong = await fixture.send('/F/Closed/api/v3/versions', {
      headers: { 'x-nuget-feedchain': 'a, '.repeat(40), 'x-nuget-apikey': READ_KEY },
    });
    expect([malformed.status, tooLong.status]).toEqual([400, 508]);
  });

  it('of somebody else hides nothing', async () => {
    expect(bodyOf(await get('/versions', { 'x-nuget-feedchain': 'other-proxy, ff-forged;hops=1' }))).toBe(
      '1.0.0,2.0.0',
    );
  });
});

describe('/explain', () => {
  it('tells where each version comes from', async () => {
    const received = await get('/explain?id=Core');
    expect(JSON.parse(received.body.toString())).toMatchObject({
      ...{ feed: 'Open', id: 'Core', isComplete: true },
      versions: [
        { version: '1.0.0', source: '' },
        { version: '2.0.0', source: 'team' },
      ],
      sources: [{ source: '' }, { source: 'team', outcome: 'answered' }],
    });
    expect((await get('/explain')).status).toBe(400);
  });

  it('tells of a denied source only to managers', async () => {
    fixture.revoke('reader');
    const plain = JSON.parse((await get('/explain?id=Core')).body.toString()) as unknown;
    const managed = JSON.parse(
      (await get('/explain?id=Core', { 'x-nuget-apikey': MANAGE_KEY })).body.toString(),
    ) as unknown;
    expect(plain).toMatchObject({ denied: [] });
    expect(managed).toMatchObject({ denied: [{ source: 'team' }] });
  });

  it('is there for feeds without sources, and not without access', async () => {
    expect(
      (await fixture.send('/F/Closed/api/v3/explain?id=Core', { headers: { 'x-nuget-apikey': READ_KEY } })).status,
    ).toBe(200);
    expect((await fixture.send('/F/Closed/api/v3/explain?id=Core')).status).toBe(401);
  });
});
