/** A feed of another fleet as a foreign source: the same suite as every package source, over a real fleet. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { describePackageSource, samplePackage } from '@feedfleet/package-source-conformance';
import type { PackageSourceUnderTest, SamplePackage } from '@feedfleet/package-source-conformance';
import { startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { exchange } from './support/exchange.ts';
import { ask, foreignSource } from './support/foreign-source.ts';

let fleet: Fleet;
let key: string;
let feeds = 0;

beforeAll(async () => {
  fleet = await startFleet();
  ({ secret: key } = await fleet.registry.keys.create({ name: 'author', feeds: 'all', scopes: ['read', 'push'] }));
});

afterAll(() => fleet.stop());

async function feedWith(packages: readonly SamplePackage[], visibility: 'public' | 'private'): Promise<string> {
  feeds += 1;
  const name = `Feed${feeds}`;
  await fleet.registry.feeds.create({ name, visibility });
  for (const { content, listed } of packages) {
    const headers = { 'x-nuget-apikey': key, 'x-feedfleet-listed': String(listed) };
    const options = { method: 'PUT', body: content, headers };
    expect(await exchange(`${fleet.url}/F/${name}/api/v2/package`, options)).toMatchObject({ status: 201 });
  }
  return `${fleet.url}/F/${name}`;
}

const open =
  (protocol: 'v2' | 'v3') =>
  async (packages: readonly SamplePackage[]): Promise<PackageSourceUnderTest> => {
    const feed = await feedWith(packages, 'public');
    const url = protocol === 'v2' ? `${feed}/api/v2` : `${feed}/api/v3/index.json`;
    const { source, close } = foreignSource({ protocol, url });
    const dispose = (): Promise<void> => {
      close();
      return Promise.resolve();
    };
    return { source, dispose };
  };

const traits = { searches: true, completes: true, pages: true };
describePackageSource('of a feed of another fleet, by v3', open('v3'), { ...traits, tellsHashes: false });
describePackageSource('of a feed of another fleet, by v2', open('v2'), { ...traits, tellsHashes: true });

describe.each(['v2', 'v3'] as const)('a private feed of another fleet, by %s', (protocol) => {
  it('is read with its key, and unavailable without', async () => {
    const feed = await feedWith([samplePackage({ id: 'Acme.Secret', version: '1.0.0' })], 'private');
    const url = protocol === 'v2' ? `${feed}/api/v2` : `${feed}/api/v3/index.json`;
    const [withKey, without] = [{ 'x-nuget-apikey': key }, {}].map((headers) =>
      foreignSource({ protocol, url, headers }),
    );
    const found = await withKey?.source.versions(['acme.secret'], ask);
    expect(found?.outcome === 'answered' && found.value.get('acme.secret')?.[0]?.id).toBe('Acme.Secret');
    const refused = await without?.source.versions(['acme.secret'], ask);
    expect(refused).toMatchObject({ outcome: 'unavailable', code: expect.stringMatching(/^FF_SOURCE_/) as unknown });
    withKey?.close();
    without?.close();
  });
});
