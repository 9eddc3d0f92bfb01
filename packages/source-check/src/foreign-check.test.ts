/** Foreign sources are checked over real connections: what works of them, and what does not. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { RequestListener } from 'node:http';

import { check, documents, FULL_V2, FULL_V3, listen, sourceTo, v3Index } from './check-fixture.ts';
import type { CheckedSource, CheckSurroundings, Listening } from './check-fixture.ts';

const SECRET = 'N33dle-in-the-haystack';
const servers: Listening[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(handler: RequestListener): Promise<Listening> {
  const server = await listen(handler);
  servers.push(server);
  return server;
}

interface Checked extends CheckSurroundings {
  readonly protocol?: 'v2' | 'v3';
  readonly secret?: string;
  readonly allowPrivateAddresses?: boolean;
  readonly timeoutMs?: number;
}

async function checked(handler: RequestListener, options: Checked = {}): Promise<CheckedSource> {
  const { protocol = 'v3', secret, allowPrivateAddresses = true, timeoutMs = 5_000 } = options;
  const { origin } = await serve(handler);
  const url = protocol === 'v3' ? `${origin}/index.json` : origin;
  const target = { kind: 'foreign', protocol, url } as const;
  return check(sourceTo(target, { allowPrivateAddresses, timeoutMs }, secret), options);
}

const outcomesOf = ({ steps }: CheckedSource): string =>
  steps.map(({ step, outcome }) => `${step} ${outcome}`).join(', ');

describe('a v3 source that works', () => {
  it('passes each step, asked for what its search finds', async () => {
    const result = await checked(documents(FULL_V3));
    expect(outcomesOf(result)).toBe(
      'address passed, connection passed, tls warning, protocol passed, credential passed, search passed, query passed, loop passed',
    );
    expect(result).toMatchObject({ works: true, certificate: null });
    expect(result.of.address?.detail).toBe('127.0.0.1: allowed');
    expect(result.of.protocol?.detail).toBe(
      'NuGet v3 with 3 types of resources: has registrations, package contents, search; lacks autocomplete',
    );
    expect(result.of.search?.detail).toBe('finds 7 packages');
    expect(result.of.query?.detail).toBe('asked for Acme.Core: 2 versions, the newest is 2.0.0');
    expect(result.of.query?.tookMs).toBeGreaterThanOrEqual(0);
    expect(result.resources).toEqual(['PackageBaseAddress/3.0.0', 'RegistrationsBaseUrl/3.6.0', 'SearchQueryService']);
  });

  it('is asked for the package that is named', async () => {
    const result = await checked(documents(FULL_V3), { packageId: 'Acme.Other' });
    expect(result.of.query?.detail).toBe('asked for Acme.Other: it has none');
    expect(result.works).toBe(true);
  });

  it('works without a search, which is a warning', async () => {
    const bare = documents((origin) => ({
      '/index.json': v3Index(origin, 'PackageBaseAddress/3.0.0'),
      '/PackageBaseAddress/acme.core/index.json': { versions: ['1.0.0'] },
    }));
    const result = await checked(bare, { packageId: 'Acme.Core' });
    expect(result.of.query?.detail).toBe(
      'asked for Acme.Core: 1 version, the newest is 1.0.0; of 1 it tells no more than the number',
    );
    expect(result.works).toBe(true);
    expect(result.of.search?.outcome).toBe('warning');
    expect(result.of.search?.detail).toMatch(/no search.*Searches of the feed leave it out/);
    expect(result.of.protocol?.detail).toContain('lacks registrations, search');
  });
});

describe('a v2 source that works', () => {
  it('passes each step', async () => {
    const result = await checked(documents(FULL_V2), { protocol: 'v2' });
    expect([result.works, result.resources]).toEqual([true, ['FindPackagesById', 'Search']]);
    expect(result.of.query?.detail).toBe('asked for Acme.Core: 2 versions, the newest is 2.0.0');
  });

  it('may be one that does not describe itself', async () => {
    const silent = documents((origin) => ({ ...FULL_V2(origin), '/$metadata': undefined }));
    const result = await checked(silent, { protocol: 'v2', packageId: 'Acme.Core' });
    expect([result.works, result.of.protocol?.outcome, result.of.query?.outcome]).toEqual([true, 'warning', 'passed']);
  });
});

describe('the credential of a source', () => {
  const basic = `Basic ${Buffer.from(`ci:${SECRET}`).toString('base64')}`;
  const guarded = documents(FULL_V3, ({ headers }) => headers.authorization === basic);

  it('is accepted where the source refuses without it, and is never shown', async () => {
    const result = await checked(guarded, { secret: SECRET });
    expect([result.works, result.of.credential?.detail]).toEqual([true, 'accepted: without it the source refuses']);
    expect(result.of.tls?.detail).toBe('the URL is http: the credential and the packages go unprotected');
    expect(JSON.stringify(result)).not.toContain(SECRET);
  });

  it('is refused where it is wrong, and missed where there is none', async () => {
    const wrong = await checked(guarded, { secret: 'wrong' });
    expect(wrong.of.credential).toMatchObject({
      ...{ outcome: 'failed', code: 'FF_SOURCE_DENIED', detail: 'it refuses the credential (401 or 403)' },
    });
    expect(outcomesOf(wrong)).toContain(
      'protocol failed, credential failed, search skipped, query skipped, loop skipped',
    );
    const none = await checked(guarded);
    expect(none.of.credential?.detail).toBe('it asks for a credential, and the source has none (401 or 403)');
  });

  it('is refused where only the packages are guarded', async () => {
    const result = await checked(
      documents(FULL_V3, ({ url }) => url?.startsWith('/Registrations') !== true),
      { secret: SECRET },
    );
    expect(result.of).toMatchObject({ protocol: { outcome: 'passed' }, credential: { outcome: 'failed' } });
    expect(result.of.query).toMatchObject({ outcome: 'failed', code: 'FF_SOURCE_DENIED' });
  });

  it('proves nothing where the source does not ask for one', async () => {
    const result = await checked(documents(FULL_V3), { secret: SECRET });
    expect(result.of.credential?.detail).toBe('not refused; the source tells what it is without one too');
  });
});

describe('a source that does not work', () => {
  it('is stopped at an address that it may not lead to, with the rule and what lifts it', async () => {
    const result = await checked(documents(FULL_V3), { allowPrivateAddresses: false });
    expect(result.of.address).toMatchObject({ outcome: 'failed', code: 'FF_SOURCE_ADDRESS_REFUSED' });
    expect(result.of.address?.detail).toBe(
      'the source leads to a loopback address, which it may not; an administrator can allow it for this source (source set --allow-private-addresses)',
    );
    expect(result.steps.slice(1).every(({ outcome }) => outcome === 'skipped')).toBe(true);
  });

  it('is told where nobody listens', async () => {
    const gone = await listen(() => undefined);
    await gone.close();
    const target = { kind: 'foreign', protocol: 'v3', url: `${gone.origin}/index.json` } as const;
    const result = await check(sourceTo(target));
    expect(result.of).toMatchObject({ address: { outcome: 'passed' }, protocol: { outcome: 'skipped' } });
    expect(result.of.connection).toMatchObject({ outcome: 'failed', code: 'FF_SOURCE_UNREACHABLE' });
  });

  it('is told which protocol it speaks instead', async () => {
    const v2 = await checked(documents((origin) => ({ ...FULL_V2(origin), '/index.json/$metadata': '<edmx:Edmx/>' })));
    expect(v2.of.protocol).toMatchObject({ outcome: 'failed', code: 'FF_SOURCE_MALFORMED' });
    expect(v2.of.protocol?.detail).toContain('it speaks NuGet v2: add the source with --protocol v2');
    const page = await checked((_, response) => response.end('<html>hello</html>'));
    expect(page.of.protocol).toMatchObject({ outcome: 'failed', code: 'FF_SOURCE_MALFORMED' });
    expect(page.of.protocol?.detail).not.toContain('it speaks');
  });

  it('ends when its time is over', async () => {
    const result = await checked(() => undefined, { timeoutMs: 100 });
    expect(result.of.protocol).toMatchObject({ outcome: 'failed', code: 'FF_SOURCE_TIMEOUT' });
    const hurried = await checked(() => undefined, { remainingMs: 150 });
    expect(hurried.of.protocol).toMatchObject({ outcome: 'failed', code: 'FF_SOURCE_TIMEOUT' });
  });

  it('is caught when the registry heard of its probe', async () => {
    const result = await checked(documents(FULL_V3), { isContradicted: true });
    expect(result.works).toBe(false);
    expect(result.of.loop?.detail).toContain('caught: it leads back to this fleet');
  });

  it('is reported as clear otherwise', async () => {
    const { reports } = await checked(documents(FULL_V3));
    expect(reports.map((report) => JSON.parse(report) as unknown)).toMatchObject([{ reports: [{ state: 'clear' }] }]);
  });
});

describe('every question of a check', () => {
  it('carries the feed chain', async () => {
    const server = await serve(documents(FULL_V3));
    const target = { kind: 'foreign', protocol: 'v3', url: `${server.origin}/index.json` } as const;
    await check(sourceTo(target));
    expect(server.requests.length).toBeGreaterThan(3);
    for (const { headers } of server.requests) expect(headers['x-nuget-feedchain']).toMatch(/^ff-/);
  });
});
