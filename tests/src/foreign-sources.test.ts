/** A feed with foreign sources: a gallery of another fleet, by v2 and by v3, well and sick, over real processes. */
import { eventually, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { exchange } from './support/exchange.ts';
import type { Exchange } from './support/exchange.ts';
import { downloadPath, READ_FAMILIES } from './support/feed-client.ts';
import type { ReadFamily } from './support/feed-client.ts';
import { buildPackage } from './support/package-builder.ts';

const PROTOCOLS = ['v2', 'v3'] as const;
type Protocol = (typeof PROTOCOLS)[number];

let own: Fleet;
let gallery: Fleet;
const soon = (what: string) => ({ what, limitMs: 15_000 });

async function push(fleet: Fleet, feed: string, id: string, version: string): Promise<void> {
  const headers = { 'x-nuget-apikey': fleet.adminKey };
  const options = { method: 'PUT', body: buildPackage({ id, version }), headers };
  expect(await exchange(`${fleet.url}/F/${feed}/api/v2/package`, options)).toMatchObject({ status: 201 });
}

/** `by-v2` and `by-v3`: feeds that take packages from the gallery by that protocol. */
async function addFeed(protocol: Protocol): Promise<void> {
  const { feeds, sources } = own.registry;
  await feeds.create({ name: `by-${protocol}`, visibility: 'public' });
  await push(own, `by-${protocol}`, 'Mine', '1.0.0');
  const url = `${gallery.url}/F/public/api/${protocol === 'v3' ? 'v3/index.json' : 'v2'}`;
  const { source } = await sources.create(`by-${protocol}`, {
    ...{ name: 'gallery', target: { kind: 'foreign', url, protocol }, allowPrivateAddresses: true, freshMs: 0 },
  });
  const fingerprint = null;
  await sources.report({ reports: [{ source: source.id, url, fingerprint, state: 'clear' }] });
}

function versionsPath(family: ReadFamily, id: string): string {
  if (family === 'v3') return `/api/v3/flat/${id.toLowerCase()}/index.json`;
  return `${family === 'v2' ? '/api/v2' : ''}/FindPackagesById()?id='${id}'&semVerLevel=2.0.0`;
}

const get = (protocol: Protocol, path: string): Promise<Exchange> => exchange(`${own.url}/F/by-${protocol}${path}`);

async function versionsOf(protocol: Protocol, family: ReadFamily, id: string): Promise<readonly string[]> {
  const { status, body } = await get(protocol, versionsPath(family, id));
  if (status === 404) return [];
  expect(status).toBe(200);
  if (family === 'v3') return (JSON.parse(body.toString()) as { readonly versions: readonly string[] }).versions;
  return [...body.toString().matchAll(/<d:NormalizedVersion>([^<]+)</g)].map(([, version = '']) => version).sort();
}

beforeAll(async () => {
  [own, gallery] = await Promise.all([startFleet(), startFleet()]);
  await gallery.registry.feeds.create({ name: 'public', visibility: 'public' });
  await push(gallery, 'public', 'Public', '1.0.0');
  await push(gallery, 'public', 'Mine', '9.0.0');
  for (const protocol of PROTOCOLS) {
    await addFeed(protocol);
    for (const family of READ_FAMILIES) {
      await eventually(soon(`${family} takes from the gallery by ${protocol}`), async () =>
        (await versionsOf(protocol, family, 'Public')).length === 1 ? true : undefined,
      );
    }
  }
});

afterAll(async () => {
  await Promise.all([own.stop(), gallery.stop()]);
});

const CASES = PROTOCOLS.flatMap((protocol) => READ_FAMILIES.map((family) => [protocol, family] as const));

describe.each(CASES)('packages of a gallery that speaks %s, by %s', (protocol, family) => {
  it('are told and served as if they were the feed`s own', async () => {
    expect(await versionsOf(protocol, family, 'Public')).toEqual(['1.0.0']);
    const { status, body } = await get(protocol, downloadPath(family, { id: 'Public', version: '1.0.0' }));
    expect([status, body.equals(buildPackage({ id: 'Public', version: '1.0.0' }))]).toEqual([200, true]);
  });

  it('are not taken for an id that the feed has itself', async () => {
    expect(await versionsOf(protocol, family, 'Mine')).toEqual(['1.0.0']);
    expect((await get(protocol, downloadPath(family, { id: 'Mine', version: '9.0.0' }))).status).toBe(404);
  });
});

describe('a gallery that is gone', () => {
  it('is stood in for by what is remembered, marked; what nobody remembers is a 503 that names it', async () => {
    await Promise.all(CASES.map(([protocol, family]) => versionsOf(protocol, family, 'Public')));
    await gallery.stop();
    for (const [protocol, family] of CASES) {
      const known = await get(protocol, versionsPath(family, 'Public'));
      expect([protocol, family, known.status, known.headers['x-feedfleet-stale']]).toEqual([
        ...[protocol, family, 200, expect.stringMatching(/^gallery;age=\d+$/)],
      ]);
      const unknown = await get(protocol, versionsPath(family, 'Never.Asked'));
      expect([unknown.status, unknown.reason]).toEqual([503, 'The package source "gallery" does not answer']);
      expect(unknown.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    }
  });

  it('leaves the feed`s own packages and searches', async () => {
    const file = await get('v3', downloadPath('v3', { id: 'Mine', version: '1.0.0' }));
    const search = await get('v3', '/api/v3/query?q=mine');
    expect([file.status, search.status]).toEqual([200, 200]);
    expect(search.headers['x-feedfleet-partial']).toMatch(/^gallery;reason=FF_\w+$/);
    expect(search.body.toString()).toContain('Mine');
  });
});
