/** A feed that mirrors a gallery of another fleet: what one process downloaded, every process serves when the gallery is gone. */
import { eventually, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { exchange } from './support/exchange.ts';
import type { Exchange } from './support/exchange.ts';
import { downloadPath } from './support/feed-client.ts';
import { buildPackage } from './support/package-builder.ts';

let own: Fleet;
let gallery: Fleet;
const soon = (what: string) => ({ what, limitMs: 15_000 });
const packages = [buildPackage({ id: 'Public', version: '1.0.0' }), buildPackage({ id: 'Public', version: '2.0.0' })];

const get = (path: string): Promise<Exchange> => exchange(`${own.url}/F/mirror${path}`);

async function manage(method: string, path: string): Promise<unknown> {
  const headers = { 'x-nuget-apikey': own.adminKey };
  const { status, body } = await exchange(`${own.url}/F/mirror/api/manage/${path}`, { method, headers });
  expect(status).toBe(200);
  return JSON.parse(body.toString());
}

beforeAll(async () => {
  [own, gallery] = await Promise.all([startFleet(), startFleet()]);
  await gallery.registry.feeds.create({ name: 'public', visibility: 'public' });
  for (const body of packages) {
    const options = { method: 'PUT', body, headers: { 'x-nuget-apikey': gallery.adminKey } };
    expect(await exchange(`${gallery.url}/F/public/api/v2/package`, options)).toMatchObject({ status: 201 });
  }
  const { feeds, sources } = own.registry;
  await feeds.create({ name: 'mirror', visibility: 'public' });
  const url = `${gallery.url}/F/public/api/v3/index.json`;
  const target = { kind: 'foreign', url, protocol: 'v3' } as const;
  const given = { name: 'gallery', target, allowPrivateAddresses: true, freshMs: 0, mode: 'mirror' } as const;
  const { source } = await sources.create('mirror', given);
  await sources.report({ reports: [{ source: source.id, url, fingerprint: null, state: 'clear' }] });
});

afterAll(async () => {
  await Promise.all([own.stop(), gallery.stop()]);
});

describe('a feed that mirrors a gallery', () => {
  it('gives what was downloaded by v3 also by v2 when the gallery is gone, says so, and lets it go when an owner wants it', async () => {
    const file = downloadPath('v3', { id: 'Public', version: '1.0.0' });
    await eventually(soon('v3 serves from the gallery'), async () =>
      (await get(file)).status === 200 ? true : undefined,
    );
    const known = await get('/api/v3/flat/public/index.json');
    expect(JSON.parse(known.body.toString())).toEqual({ versions: ['1.0.0', '2.0.0'] });
    const copied = { sources: [{ source: { name: 'gallery' }, packages: 1, bytes: packages[0]?.length }] };
    const told = await eventually(soon('the package is kept'), async () => {
      const document = (await manage('GET', 'source-copies')) as typeof copied;
      return document.sources[0]?.packages === 1 ? document : undefined;
    });
    expect(told).toMatchObject(copied);
    await gallery.stop();

    const byV2 = await eventually(soon('v2, which never asked the gallery, knows what it said'), async () => {
      const answer = await get("/api/v2/FindPackagesById()?id='Public'");
      return answer.status === 200 ? answer : undefined;
    });
    expect(byV2.headers['x-feedfleet-stale']).toMatch(/^gallery;age=\d+$/);
    expect([...byV2.body.toString().matchAll(/<d:Version>([^<]+)</g)].map(([, version]) => version)).toEqual([
      '1.0.0',
      '2.0.0',
    ]);
    const download = await get(downloadPath('v2', { id: 'Public', version: '1.0.0' }));
    expect([download.status, packages[0]?.equals(download.body)]).toEqual([200, true]);
    const never = await get(downloadPath('v2', { id: 'Public', version: '2.0.0' }));
    expect([never.status, never.reason]).toEqual([503, 'The package source "gallery" does not answer']);

    expect(await manage('GET', 'source-pins')).toMatchObject({ pins: [{ id: 'public', source: { name: 'gallery' } }] });
    expect(await manage('DELETE', 'source-copies?source=gallery')).toEqual({ packages: 1 });
    expect((await get(downloadPath('v2', { id: 'Public', version: '1.0.0' }))).status).toBe(503);
  });
});
