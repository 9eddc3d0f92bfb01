/** A whole fleet with the NuGet registry of the machine's own dotnet as the source of a feed, and that dotnet as its client. */
import { readFileSync } from 'node:fs';

import { eventually, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { describeWith } from '../support/component.ts';
import { Dotnet } from '../support/dotnet.ts';
import { exchange } from '../support/exchange.ts';
import { fieldPackages } from '../support/field-packages.ts';
import { ownRegistry, ownTrust } from '../support/own-registry.ts';
import { buildPackage } from '../support/package-builder.ts';

/** Of the feed itself; found by the words that the registry is asked for too. */
const OWN = { id: 'Own.Json.Framework', version: '1.0.0' };
const WORDS = 'json framework';
const TEST_MS = 150_000;

describeWith(['dotnet', 'v3Registry'], "a feed with the registry of the machine's own dotnet as its source", () => {
  let fleet: Fleet;
  let client: Dotnet;
  const feed = (): string => `${fleet.url}/F/gallery`;
  const hasSearch = ownRegistry()?.types.some((type) => type.startsWith('SearchQueryService')) === true;

  beforeAll(async () => {
    fleet = await startFleet({ environment: ownTrust() });
    client = new Dotnet();
    const { feeds, sources } = fleet.registry;
    await feeds.create({ name: 'gallery', visibility: 'public' });
    const headers = { 'x-nuget-apikey': fleet.adminKey };
    const push = { method: 'PUT', headers, body: buildPackage(OWN) };
    expect(await exchange(`${feed()}/api/v2/package`, push)).toMatchObject({ status: 201 });
    const target = { kind: 'foreign', protocol: 'v3', url: ownRegistry()?.url ?? '' } as const;
    await sources.create('gallery', { name: 'outside', target, allowPrivateAddresses: true, timeoutMs: 30_000 });
    await eventually({ what: 'the source is found clear', limitMs: 60_000 }, async () => {
      const { loop } = await sources.get('gallery', 'outside');
      return loop?.state === 'clear' ? true : undefined;
    });
    await eventually({ what: 'the families know', limitMs: 20_000 }, async () => {
      const { status } = await exchange(`${feed()}/api/v3/flat/newtonsoft.json/index.json`);
      return status === 200 ? true : undefined;
    });
  }, TEST_MS);

  afterAll(async () => {
    client.remove();
    await fleet.stop();
  });

  it.each([
    { family: 'v3', source: '/api/v3/index.json' },
    { family: 'v2', source: '/api/v2' },
    { family: 'default', source: '' },
  ])(
    'restores real packages with all that they depend on, byte for byte, on the $family URL',
    async ({ family, source }) => {
      const { files, references } = fieldPackages();
      client.configure({ feed: { url: feed() + source } });
      client.project(family, { id: 'User', version: '1.0.0', references });
      const packages = client.path(`packages-${family}`);
      const restored = await client.dotnet(['restore', family, '--no-cache', '--packages', packages]);
      if (restored.code !== 0) throw new Error(restored.output);
      expect(client.restored(family)).toHaveLength(files.length);
      for (const file of files) {
        const [name = '', version = '', id = ''] = file.split('/').reverse();
        const copy = readFileSync(client.path(`packages-${family}`, id, version, name));
        expect([name, copy.equals(readFileSync(file))]).toEqual([name, true]);
      }
    },
    TEST_MS,
  );

  it.each([
    { family: 'v3', path: `/api/v3/query?q=${encodeURIComponent(WORDS)}` },
    { family: 'v2', path: `/api/v2/Search()?searchTerm='${encodeURIComponent(WORDS)}'` },
    { family: 'default', path: `/Search()?searchTerm='${encodeURIComponent(WORDS)}'` },
    { family: 'v3', path: '/api/v3/autocomplete?q=own.json' },
  ])('answers searches, and says so where the registry has none: $family $path', async ({ path }) => {
    const { status, headers, text } = await exchange(feed() + path);
    expect([status, text]).toEqual([200, expect.stringContaining(OWN.id)]);
    const mark = headers['x-feedfleet-partial'];
    if (hasSearch) expect(mark).toBeUndefined();
    else expect(mark).toMatch(/^outside;reason=/);
  });

  it('finds a package of the registry by its whole id, without a mark', async () => {
    const { status, headers, text } = await exchange(`${feed()}/api/v3/query?q=packageid:Newtonsoft.Json`);
    expect([status, text.toLowerCase()]).toEqual([200, expect.stringContaining('"newtonsoft.json"')]);
    expect(headers['x-feedfleet-partial']).toBeUndefined();
  });

  it(
    'lets dotnet search, and look for updates',
    async () => {
      client.configure({ feed: { url: `${feed()}/api/v3/index.json` } });
      const found = await client.dotnet(['package', 'search', WORDS, '--source', 'feed', '--format', 'json']);
      expect(found).toMatchObject({ code: 0, output: expect.stringContaining(OWN.id) });
      client.project('old', { id: 'Old', version: '1.0.0', references: { 'Newtonsoft.Json': '12.0.1' } });
      expect(await client.dotnet(['restore', 'old'])).toMatchObject({ code: 0 });
      const outdated = await client.dotnet(['list', 'old/Old.csproj', 'package', '--outdated']);
      expect(outdated.output).toMatch(/Newtonsoft\.Json +12\.0\.1 +12\.0\.1 +1[3-9]\./);
    },
    TEST_MS,
  );
});
