/** nuget.exe 2.8.7 on mono: the client generation of the time when feeds like these began. */
import { readFileSync } from 'node:fs';

import { startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { describeWith } from '../support/component.ts';
import { FeedClient } from '../support/feed-client.ts';
import { NugetExe } from '../support/nuget-exe.ts';
import { buildPackage } from '../support/package-builder.ts';

const cases = [
  { family: 'default', source: '', push: '', isPrivate: false },
  { family: 'default', source: '', push: '', isPrivate: true },
  { family: 'v1', source: '/api/v1', push: '/api/v1', isPrivate: true },
  { family: 'v2', source: '/api/v2', push: '/api/v2/package', isPrivate: true },
] as const;

describeWith(['nuget'], 'nuget.exe 2.8.7', () => {
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await startFleet();
  });

  afterAll(async () => {
    await fleet.stop();
  });

  it.each(cases)(
    'pushes, lists, installs and deletes on the $family URL (private: $isPrivate)',
    async ({ family, source, push, isPrivate }) => {
      const feedName = `Old-${family}-${isPrivate}`;
      await fleet.registry.feeds.create({ name: feedName, visibility: isPrivate ? 'private' : 'public' });
      const { secret: key } = await fleet.registry.keys.create({
        name: feedName,
        feeds: [feedName],
        scopes: ['read', 'push', 'unlist'],
      });
      const feedUrl = `${fleet.url}/F/${feedName}${isPrivate ? `/auth/${key}` : ''}`;
      const client = new NugetExe();
      client.configure({ feed: { url: feedUrl + source } });
      const run = async (...args: readonly string[]): Promise<string> => {
        const { code, output } = await client.nuget(...args);
        if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${output}`);
        return output;
      };
      try {
        // Each start of the client takes seconds: it pushes what comes after others, and what depends on them.
        const author = new FeedClient(feedUrl, key);
        for (const version of ['1.0.0', '1.9.0', '2.0.0-beta1']) {
          const file = client.write(`Old.Core.${version}.nupkg`, buildPackage({ id: 'Old.Core', version }));
          expect(await author.push(readFileSync(file))).toMatchObject({ status: 201 });
        }
        author.disconnect();
        client.write('Old.Core.1.10.0.nupkg', buildPackage({ id: 'Old.Core', version: '1.10.0' }));
        const dependencies = { '': [{ id: 'Old.Core', version: '[1.9.0,2.0.0)' }] };
        client.write('Old.App.1.0.0.nupkg', buildPackage({ id: 'Old.App', version: '1.0.0', dependencies }));
        for (const name of ['Old.Core.1.10.0', 'Old.App.1.0.0']) {
          await run('push', `${name}.nupkg`, key, '-Source', feedUrl + push);
        }
        expect(await run('list', 'core', '-Source', feedUrl + source)).toContain('Old.Core 1.10.0');
        const newest = await run('list', '-Prerelease', '-Source', feedUrl + source);
        // Of pre-releases v1 knows nothing.
        expect(newest).toContain(family === 'v1' ? 'Old.Core 1.10.0' : 'Old.Core 2.0.0-beta1');
        const everything = await run('list', '-AllVersions', '-Source', feedUrl + source);
        expect(everything.match(/Old\.Core 1\./g)).toHaveLength(3);

        await run('install', 'Old.App', '-Source', feedUrl + source, '-OutputDirectory', 'installed');
        const installed = readFileSync(client.path('installed/Old.Core.1.9.0/Old.Core.1.9.0.nupkg'));
        expect(installed.equals(readFileSync(client.path('Old.Core.1.9.0.nupkg')))).toBe(true);

        await run('delete', 'Old.Core', '1.10.0', key, '-Source', feedUrl + push);
        expect(await run('list', 'core', '-Source', feedUrl + source)).toContain('Old.Core 1.9.0');
        await run(
          'install',
          'Old.Core',
          '-Version',
          '1.10.0',
          '-Source',
          feedUrl + source,
          '-OutputDirectory',
          'unlisted',
        );
      } finally {
        client.remove();
      }
    },
  );

  it('is refused with 403 for a wrong key, without being asked for a user name', async () => {
    const client = new NugetExe();
    client.configure({ feed: { url: `${fleet.url}/F/main` } });
    try {
      client.write('Old.Core.1.0.0.nupkg', buildPackage({ id: 'Old.Core', version: '1.0.0' }));
      const refused = await client.nuget('push', 'Old.Core.1.0.0.nupkg', 'not-a-key', '-Source', `${fleet.url}/F/main`);
      expect(refused.code).toBe(1);
      expect(refused.output).toContain('403');
    } finally {
      client.remove();
    }
  });
});
