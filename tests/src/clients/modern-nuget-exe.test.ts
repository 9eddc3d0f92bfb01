/** nuget.exe 3.4, 4.9 and 5.8 on mono: each the client of some years, against the URLs that its users type. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';

import { startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

import type { ClientResult } from '../support/client-folder.ts';
import { describeWith } from '../support/component.ts';
import type { NugetExeVersion } from '../support/fetched-clients.ts';
import { ModernNuget } from '../support/nuget-exe.ts';
import { buildPackage } from '../support/package-builder.ts';

interface Case {
  readonly version: NugetExeVersion;
  readonly url: string;
  readonly source: string;
  readonly isPrivate: boolean;
}

const of = (version: NugetExeVersion, url: string, source: string, isPrivate = false): Case => ({
  version,
  url,
  source,
  isPrivate,
});
const cases: readonly Case[] = [
  of('3.4.4', 'v2', '/api/v2'),
  of('3.4.4', 'v3', '/api/v3/index.json'),
  of('4.9.2', 'default', ''),
  of('5.8.0', 'v3', '/api/v3/index.json'),
  of('5.8.0', 'pre-authenticated', '', true),
];

describeWith(['modernNuget'], 'nuget.exe', () => {
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await startFleet();
  });

  afterAll(async () => {
    await fleet.stop();
  });

  it.each(cases)('$version pushes, lists, installs and deletes on the $url URL', async (each) => {
    const { version, source, isPrivate } = each;
    const name = `Nuget-${cases.indexOf(each)}`;
    await fleet.registry.feeds.create({ name, visibility: isPrivate ? 'private' : 'public' });
    const key = await fleet.registry.keys.create({ name, feeds: [name], scopes: ['read', 'push', 'unlist'] });
    const url = `${fleet.url}/F/${name}${isPrivate ? `/auth/${key.secret}` : ''}${source}`;
    const client = new ModernNuget(version);
    client.configure({ feed: { url } });
    const run = async (...args: readonly string[]): Promise<string> => {
      const { code, output } = await client.nuget(...args, '-Source', url);
      if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${output}`);
      return output;
    };
    const listed = async (...args: readonly string[]): Promise<readonly string[]> =>
      (await run('list', ...args)).split('\n').filter((line) => line.startsWith('Acme.'));
    try {
      const dependencies = { '': [{ id: 'Acme.Core', version: '[1.9.0,2.0.0)' }] };
      const packages = [
        ...['1.9.0', '1.10.0', '2.0.0-beta1'].map((each) => ({ id: 'Acme.Core', version: each })),
        { id: 'Acme.App', version: '1.0.0', dependencies },
      ];
      for (const one of packages) client.write(`${one.id}.${one.version}.nupkg`, buildPackage(one));
      await run('push', client.path('*.nupkg'), key.secret);
      expect(await listed('acme')).toEqual(['Acme.App 1.0.0', 'Acme.Core 1.10.0']);
      expect(await listed('acme', '-Prerelease')).toEqual(['Acme.App 1.0.0', 'Acme.Core 2.0.0-beta1']);

      await run('install', 'Acme.App', '-OutputDirectory', 'installed');
      expect(readdirSync(client.path('installed')).sort()).toEqual(['Acme.App.1.0.0', 'Acme.Core.1.9.0']);
      const installed = readFileSync(client.path('installed/Acme.Core.1.9.0/Acme.Core.1.9.0.nupkg'));
      expect(installed.equals(readFileSync(client.path('Acme.Core.1.9.0.nupkg')))).toBe(true);

      await run('delete', 'Acme.Core', '1.10.0', key.secret);
      expect(await listed('core')).toEqual(['Acme.Core 1.9.0']);
      await run('install', 'Acme.Core', '-Version', '1.10.0', '-OutputDirectory', 'unlisted');
      expect(existsSync(client.path('unlisted/Acme.Core.1.10.0'))).toBe(true);
    } finally {
      client.remove();
    }
  });

  it('5.8.0 is told of a duplicate, and skips it on request', async () => {
    const client = new ModernNuget('5.8.0');
    const url = `${fleet.url}/F/main/api/v3/index.json`;
    client.configure({ feed: { url } });
    try {
      const file = client.write('Acme.Twice.1.0.0.nupkg', buildPackage({ id: 'Acme.Twice' }));
      const push = (...more: readonly string[]): Promise<ClientResult> =>
        client.nuget('push', file, fleet.adminKey, '-Source', url, ...more);
      expect(await push()).toMatchObject({ code: 0 });
      const again = await push();
      expect(again.code).toBe(1);
      expect(again.output).toContain('409');
      expect(await push('-SkipDuplicate')).toMatchObject({ code: 0 });
    } finally {
      client.remove();
    }
  });
});
