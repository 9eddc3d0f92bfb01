/** Paket on v2 and v3: resolves, locks, installs, and tells what is outdated. */
import { existsSync } from 'node:fs';

import { startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { ClientFolder } from '../support/client-folder.ts';
import { describeWith } from '../support/component.ts';
import { dotnetTool } from '../support/fetched-clients.ts';
import { FeedClient } from '../support/feed-client.ts';
import { buildPackage } from '../support/package-builder.ts';

const sources = [
  { family: 'default', source: '' },
  { family: 'v2', source: '/api/v2' },
  { family: 'v3', source: '/api/v3/index.json' },
] as const;

describeWith(['dotnet', 'paket'], 'Paket', () => {
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await startFleet();
    const feed = new FeedClient(`${fleet.url}/F/main`, fleet.adminKey);
    const dependencies = { '.NETStandard2.0': [{ id: 'Acme.Core', version: '[1.0.0,2.0.0)' }] };
    const packages = [
      ...['1.0.0', '1.1.0', '2.0.0'].map((version) => ({ id: 'Acme.Core', version })),
      ...['1.0.0', '1.1.0'].map((version) => ({ id: 'Acme.App', version, dependencies })),
    ];
    for (const each of packages) expect(await feed.push(buildPackage(each))).toMatchObject({ status: 201 });
    feed.disconnect();
  });

  afterAll(async () => {
    await fleet.stop();
  });

  it.each(sources)('installs, adds and finds what is outdated on the $family URL', async ({ source }) => {
    const client = new ClientFolder();
    const url = `${fleet.url}/F/main${source}`;
    const paket = async (...args: readonly string[]): Promise<string> => {
      const { code, output } = await client.run(dotnetTool('paket') ?? '', args);
      if (code !== 0) throw new Error(`paket ${args.join(' ')} ended with ${code}:\n${output}`);
      return output;
    };
    const locked = (): readonly string[] =>
      client
        .read('paket.lock')
        .split('\n')
        .filter((line) => /^ {4}\S/.test(line))
        .map((line) => line.trim());
    try {
      client.configure({ feed: { url } });
      const head = `source ${url}\nstorage: packages\nframework: netstandard2.0\n`;
      client.write('paket.dependencies', `${head}nuget Acme.App 1.0.0\n`);
      await paket('install');
      expect(locked()).toEqual(['Acme.App (1.0.0)', 'Acme.Core (1.1.0)']);
      expect(existsSync(client.path('packages/Acme.Core/acme.core.1.1.0.nupkg'))).toBe(true);
      expect(await paket('outdated', '--ignore-constraints')).toContain('Acme.App 1.0.0 -> 1.1.0');
      client.write('paket.dependencies', `${head}nuget Acme.App\n`);
      await paket('update');
      expect(locked()).toEqual(['Acme.App (1.1.0)', 'Acme.Core (1.1.0)']);
      await paket('add', 'Acme.Core', '--version', '1.0.0');
      expect(locked()).toContain('Acme.Core (1.0.0)');
      expect(await paket('find-packages', 'acme', '--source', url, '--silent')).toMatch(/Acme\.App\s+Acme\.Core/);
    } finally {
      client.remove();
    }
  });
});
