import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger, createMetrics, startHost } from '@feedfleet/host';
import type { RunningHost } from '@feedfleet/host';
import { hashKey, newKey, RegistryView } from '@feedfleet/registry-client';
import type { ApiKey } from '@feedfleet/registry-client';
import { buildPackage } from '../../../tests/src/support/package-builder.ts';
import { AdvisoryEndpoint } from './advisory-endpoint.ts';
import { openPushFixture, sampleFeed } from './push-fixture.ts';
import type { PushFixture } from './push-fixture.ts';

const NOW = Date.UTC(2026, 10, 22);
const owner = newKey();
const manager = newKey();
const keys: readonly ApiKey[] = [
  keyOf(owner, 'owner', { scopes: ['push', 'unlist'], packageGlobs: ['Acme.*'] }),
  keyOf(manager, 'manager', { scopes: ['manage'] }),
];

let fixture: PushFixture;
let host: RunningHost;

function keyOf(secret: string, id: string, changed: Partial<ApiKey>): ApiKey {
  return {
    ...{ id, name: id, hash: hashKey(secret), owner: 'somebody', feeds: 'all', scopes: [], packageGlobs: ['*'] },
    ...{ createdAt: '2026-01-01T00:00:00Z', expiresAt: null },
    ...changed,
  };
}

beforeEach(async () => {
  fixture = await openPushFixture();
  const none = { families: [], instances: [], routes: [], sources: [], reroutes: [], quarantines: [], datacenters: [] };
  const view = RegistryView.of({
    ...{ format: 1, fleetId: 'fleet', number: 1, feeds: [sampleFeed], keys: [...keys] },
    ...none,
  });
  const endpoint = new AdvisoryEndpoint({
    advisories: fixture.store.advisories,
    registry: { current: () => view, reportKeyUse: () => undefined },
    drain: { maxBytes: 10_000_000, maxMs: 2000 },
    now: () => NOW,
    otherwise: (_request, response) => response.writeHead(418).end(),
  });
  host = await startHost({
    ...{ service: 'push', instance: 'push-1', listen: { host: '127.0.0.1', port: 0 }, drainMs: 100 },
    log: createLogger({ service: 'push', instance: 'push-1', level: 'error' }),
    metrics: createMetrics({ service: 'push', instance: 'push-1' }),
    handler: endpoint.handler,
  });
});

afterEach(async () => {
  await host.drain();
  fixture.close();
});

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function send(method: string, path: string, body?: unknown, key = owner): Promise<Answer> {
  const response = await fetch(`${host.url}/F/tools${path}`, {
    method,
    headers: key === '' ? {} : { 'x-nuget-apikey': key },
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Answer['body'] };
}

async function push(id: string, ...versions: readonly string[]): Promise<void> {
  const service = fixture.service();
  for (const version of versions) {
    await service.push({
      feed: sampleFeed,
      content: oneChunk(buildPackage({ id, version })),
      ...{
        fileName: '',
        maxBytes: 1_000_000,
        listed: true,
        permit: () => undefined,
        turn: () => Promise.resolve(() => undefined),
      },
      signal: new AbortController().signal,
    });
  }
}

async function* oneChunk(content: Buffer): AsyncGenerator<Buffer> {
  yield await Promise.resolve(content);
}

async function deprecationsOf(id: string, ...versions: readonly string[]): Promise<readonly unknown[]> {
  const names = versions.map((normalizedVersion) => ({ id, normalizedVersion }));
  const { deprecations } = await fixture.store.advisories.advisoriesOf(sampleFeed.id, names);
  return [...deprecations];
}

const DEPRECATIONS = '/api/v2/package/acme.core/deprecations';

describe('PUT /F/{feed}/api/v2/package/{id}/deprecations', () => {
  it('deprecates the versions that are named, in any form, and takes it back', async () => {
    await push('Acme.Core', '1.0.0', '1.1.0');
    const body = {
      ...{ versions: ['1.0'], isLegacy: true, isOther: true, message: 'Use the new one.' },
      ...{ alternatePackageId: 'Acme.New', alternatePackageVersion: '2.0' },
    };
    expect(await send('PUT', DEPRECATIONS, body)).toMatchObject({ status: 200, body: { changed: 1, unchanged: 0 } });
    expect(await deprecationsOf('Acme.Core', '1.0.0', '1.1.0')).toEqual([
      [
        'acme.core/1.0.0',
        {
          reasons: ['Legacy', 'Other'],
          message: 'Use the new one.',
          alternate: { id: 'Acme.New', range: '[2.0.0, )' },
        },
      ],
    ]);
    const undone = await send('PUT', `${DEPRECATIONS}/`, { versions: 'all', isLegacy: false, message: null });
    expect(undone).toMatchObject({ status: 200, body: { changed: 1, unchanged: 1, deprecation: null } });
    expect(await deprecationsOf('Acme.Core', '1.0.0')).toEqual([]);
  });

  it.each([
    ['nothing', '', 'body: expected JSON'],
    ['an array', [], 'body: expected object'],
    ['no versions', { isLegacy: true }, 'versions: expected "all" or an array'],
    ['an empty list', { versions: [], isLegacy: true }, 'versions'],
    ['no version', { versions: ['1.0', 'one'], isLegacy: true }, 'versions.1: expected a version, got "one"'],
    ['an unknown field', { versions: 'all', isLegacy: true, isNew: 1 }, 'isNew'],
    ['a word for a flag', { versions: 'all', isLegacy: 'yes' }, 'isLegacy: expected boolean'],
    [
      'another id',
      { versions: 'all', isLegacy: true, alternatePackageId: 'a b' },
      'alternatePackageId: expected a package',
    ],
    [
      'a bad range',
      { versions: 'all', isLegacy: true, alternatePackageId: 'A', alternatePackageVersion: '[2,1]' },
      'alternatePackageVersion',
    ],
    ['a range of nothing', { versions: 'all', isLegacy: true, alternatePackageVersion: '1.0' }, 'alternatePackageId'],
    ['a message alone', { versions: 'all', message: 'x' }, 'message: expected nothing without a reason'],
    ['an alternate alone', { versions: 'all', alternatePackageId: 'A' }, 'alternatePackageId: expected nothing'],
    ['no words for other', { versions: 'all', isOther: true }, 'message: expected one for the reason isOther'],
    [
      'a long message',
      { versions: 'all', isLegacy: true, message: 'x'.repeat(1001) },
      'message: expected at most 1000',
    ],
    [
      'unlisting besides',
      { versions: 'all', isLegacy: true, listedVerb: 'Unlist' },
      'listedVerb: expected "Unchanged"',
    ],
  ])('refuses %s and says where', async (_what, body, told) => {
    await push('Acme.Core', '1.0.0');
    const { status, body: problem } = await send('PUT', DEPRECATIONS, body);
    expect([status, problem.code]).toEqual([400, 'FF_INVALID_REQUEST']);
    expect(problem.detail).toContain(told);
    expect(await deprecationsOf('Acme.Core', '1.0.0')).toEqual([]);
  });

  it('changes nothing when a version is missing', async () => {
    await push('Acme.Core', '1.0.0');
    const missing = await send('PUT', DEPRECATIONS, { versions: ['1.0.0', '3.0.0'], isLegacy: true });
    expect(missing).toMatchObject({ status: 404, body: { code: 'FF_NO_SUCH_PACKAGE' } });
    expect(missing.body.detail).toContain('has no acme.core 3.0.0');
    expect(await deprecationsOf('Acme.Core', '1.0.0')).toEqual([]);
    const unknown = await send('PUT', '/api/v2/package/acme.none/deprecations', { versions: 'all', isLegacy: true });
    expect(unknown.status).toBe(404);
  });

  it('asks for a key with the scope unlist for the id, before it reads the body', async () => {
    await push('Other', '1.0.0');
    const body = { versions: 'all', isLegacy: true };
    expect((await send('PUT', '/api/v2/package/Other/deprecations', body)).status).toBe(403);
    expect((await send('PUT', DEPRECATIONS, 'no json', manager)).status).toBe(403);
    expect((await send('PUT', DEPRECATIONS, body, '')).status).toBe(401);
    expect((await send('PUT', DEPRECATIONS, body, 'ff_wrong')).status).toBe(403);
  });

  it('answers other methods with 405, and a body past its bound with 413', async () => {
    expect((await send('POST', DEPRECATIONS, {})).status).toBe(405);
    expect((await send('PUT', DEPRECATIONS, `"${'x'.repeat(600_000)}"`)).status).toBe(413);
  });
});

const page = (name: string, id = 'acme.core'): unknown => ({
  [id]: [{ url: `https://advisories.example.org/${name}`, severity: 2, versions: '(, 2.0.0)' }],
});

describe('/F/{feed}/api/v3/vulnerabilities', () => {
  const manage = (method: string, path: string, body?: unknown): Promise<Answer> =>
    send(method, `/api/v3/vulnerabilities${path}`, body, manager);

  it('takes all that a source says, or what it says besides, and removes it', async () => {
    expect(await manage('PUT', '/GitHub', page('1'))).toMatchObject({
      status: 200,
      body: { outcome: 'changed', source: { name: 'github', vulnerabilities: 1 }, counts: { advisories: 1 } },
    });
    expect(await manage('PUT', '/github', page('1'))).toMatchObject({ body: { outcome: 'unchanged' } });
    expect(await manage('POST', '/github/', page('2', 'b'))).toMatchObject({ body: { source: { packages: 2 } } });
    expect(await manage('PUT', '/own', page('3'))).toMatchObject({ status: 200 });
    expect(await manage('DELETE', '/github')).toMatchObject({ status: 200, body: { removed: [{ name: 'github' }] } });
    expect(await manage('DELETE', '/github')).toMatchObject({ status: 200, body: { removed: [] } });
    expect(await manage('DELETE', '')).toMatchObject({ status: 200, body: { removed: [{ name: 'own' }] } });
  });

  it('takes advisories as they are published, and forgets those that were withdrawn', async () => {
    const record = {
      ...{ id: 'GHSA-5crp-9r3c-p9vr', modified: '2024-01-01T00:00:00Z' },
      affected: [
        {
          package: { ecosystem: 'NuGet', name: 'Acme.Core' },
          ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2.0.0' }] }],
        },
      ],
    };
    expect((await manage('POST', '/own', record)).body.detail).toContain('body: database_specific.severity');
    const added = await manage('POST', '/own?defaultSeverity=High', [record, page('2')]);
    expect(added).toMatchObject({ status: 200, body: { counts: { advisories: 2 } } });
    const withdrawn = await manage('POST', '/own', { ...record, withdrawn: '2024-02-01T00:00:00Z' });
    expect(withdrawn).toMatchObject({ body: { source: { vulnerabilities: 1 }, counts: { withdrawn: 1 } } });
    expect((await manage('POST', '/own?defaultSeverity=bad', record)).body.detail).toContain('got "bad"');
  });

  it('refuses what it does not understand, whole', async () => {
    const half = {
      a: [{ url: 'https://advisories.example.org/1', severity: 9, versions: '(, 2.0.0)' }],
      ...(page('2') as object),
    };
    const refused = await manage('PUT', '/own', half);
    expect(refused).toMatchObject({ status: 400, body: { code: 'FF_INVALID_REQUEST' } });
    expect(refused.body.detail).toContain(
      'body: a[0].severity: expected a severity from 0 (low) to 3 (critical), got 9',
    );
    expect(await fixture.store.advisories.vulnerabilitySources(sampleFeed.id)).toEqual([]);
  });

  it('asks for the scope manage', async () => {
    for (const key of [owner, '']) {
      const statuses = [
        await send('PUT', '/api/v3/vulnerabilities/own', page('1'), key),
        await send('POST', '/api/v3/vulnerabilities/own', page('1'), key),
        await send('DELETE', '/api/v3/vulnerabilities/own', undefined, key),
        await send('DELETE', '/api/v3/vulnerabilities', undefined, key),
      ].map(({ status }) => status);
      expect(statuses).toEqual(Array(4).fill(key === '' ? 401 : 403));
    }
  });

  it('bounds its sources and its bodies', async () => {
    for (let index = 0; index < 16; index += 1) await manage('PUT', `/s${index}`, page('1'));
    expect(await manage('PUT', '/more', page('1'))).toMatchObject({ status: 413, body: { code: 'FF_BODY_TOO_LARGE' } });
    expect((await manage('PUT', '/s1', `"${'x'.repeat(4_200_000)}"`)).status).toBe(413);
    expect((await manage('PUT', '', page('1'))).status).toBe(405);
  });
});

describe('what is not about advisories', () => {
  it.each([
    ['PUT', '/api/v2/package'],
    ['DELETE', '/api/v2/package/deprecations/1.0.0'],
    ['PUT', '/api/v2/package/a%20b/deprecations'],
    ['DELETE', '/api/v3/vulnerabilities/1.0.0'],
    ['PUT', '/vulnerabilities/own'],
  ])('goes on: %s %s', async (method, path) => {
    expect((await send(method, path)).status).toBe(418);
  });
});
