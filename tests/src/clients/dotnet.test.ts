/** The .NET SDK against every endpoint family, on a public and on a private feed. */
import { startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { describeWith } from '../support/component.ts';
import { Dotnet } from '../support/dotnet.ts';

const endpoints = [
  { family: 'default', source: '', push: '' },
  { family: 'v2', source: '/api/v2', push: '/api/v2/package' },
  { family: 'v3', source: '/api/v3/index.json', push: '/api/v3/index.json' },
] as const;

const cases = endpoints.flatMap((endpoint) => [
  { ...endpoint, visibility: 'public' as const },
  { ...endpoint, visibility: 'private' as const },
]);

describeWith(['dotnet'], 'the .NET SDK', () => {
  let fleet: Fleet;
  let author: Dotnet;

  beforeAll(async () => {
    fleet = await startFleet();
    author = new Dotnet();
    author.project('core', { id: 'Acme.Core', version: '1.2.0' });
    author.project('app', { id: 'Acme.App', version: '2.0.0', references: { 'Acme.Core': '1.2.0' } });
    author.project('tool', { id: 'Acme.Tool', version: '1.0.0', toolCommand: 'acme-hello' });
    author.configure({ packed: { url: author.path('packed') } });
    for (const project of ['core', 'app', 'tool']) {
      const packed = await author.dotnet(['pack', project, '-o', 'packed']);
      expect(packed).toMatchObject({ code: 0 });
    }
  });

  afterAll(async () => {
    author.remove();
    await fleet.stop();
  });

  it.each(cases)(
    'works end to end with a $visibility feed on the $family URL',
    async ({ family, source, push, visibility }) => {
      const feedName = `Sdk-${family}-${visibility}`;
      await fleet.registry.feeds.create({ name: feedName, visibility });
      const { secret: key } = await fleet.registry.keys.create({
        name: feedName,
        feeds: [feedName],
        scopes: ['read', 'push', 'unlist'],
      });
      const feedUrl = `${fleet.url}/F/${feedName}`;
      const client = new Dotnet();
      const credential = visibility === 'private' ? { password: key } : {};
      client.configure({ feed: { url: feedUrl + source, ...credential } });
      const to = ['--source', feedUrl + push, '--api-key', key];
      const run = async (args: readonly string[], cwd?: string): Promise<string> => {
        const { code, output } = await client.dotnet(args, cwd);
        if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${output}`);
        return output;
      };
      try {
        for (const file of ['Acme.Core.1.2.0', 'Acme.App.2.0.0', 'Acme.Tool.1.0.0']) {
          const pushed = await run([
            'nuget',
            'push',
            author.path(`packed/${file}.nupkg`),
            ...to,
            '--allow-insecure-connections',
          ]);
          expect(pushed).toContain('Your package was pushed.');
        }
        client.project('user', { id: 'User', version: '1.0.0', references: { 'Acme.App': '2.*' } });
        await run(['restore', 'user']);
        expect(client.restored('user')).toEqual(['Acme.App/2.0.0', 'Acme.Core/1.2.0']);

        client.project('adder', { id: 'Adder', version: '1.0.0' });
        await run(['add', 'adder', 'package', 'acme.core']);
        expect(client.restored('adder')).toEqual(['Acme.Core/1.2.0']);

        const found = await run(['package', 'search', 'acme', '--source', 'feed', '--format', 'json']);
        expect(['Acme.App', 'Acme.Core', 'Acme.Tool'].every((id) => found.includes(`"${id}"`))).toBe(true);

        await run(['tool', 'install', 'Acme.Tool', '--tool-path', client.path('tools')]);
        const tool = await client.run(client.path('tools/acme-hello'), []);
        expect(tool.output).toContain('tool says hello');

        await run(['nuget', 'delete', 'Acme.App', '2.0.0', '--source', 'feed', '--api-key', key, '--non-interactive']);
        const afterDelete = await run(['package', 'search', 'acme', '--source', 'feed', '--format', 'json']);
        expect(afterDelete).not.toContain('"Acme.App"');
        // Unlisted is hidden from search, and still restores for those who have it in a project.
        client.project('later', { id: 'Later', version: '1.0.0', references: { 'Acme.App': '2.0.0' } });
        await run(['restore', 'later', '--no-cache']);
        expect(client.restored('later')).toEqual(['Acme.App/2.0.0', 'Acme.Core/1.2.0']);
      } finally {
        client.remove();
      }
    },
  );

  it.each(endpoints)(
    'works with a pre-authenticated $family URL and leaves no key in a log',
    async ({ family, source }) => {
      const feedName = `Pre-${family}`;
      await fleet.registry.feeds.create({ name: feedName, visibility: 'private' });
      const { secret: key } = await fleet.registry.keys.create({
        name: feedName,
        feeds: [feedName],
        scopes: ['read', 'push'],
      });
      const client = new Dotnet();
      client.configure({ feed: { url: `${fleet.url}/F/${feedName}/auth/${key}${source}` } });
      try {
        const pushed = await client.dotnet([
          'nuget',
          'push',
          author.path('packed/Acme.Core.1.2.0.nupkg'),
          '--source',
          'feed',
        ]);
        expect(pushed).toMatchObject({ code: 0 });
        client.project('user', { id: 'User', version: '1.0.0', references: { 'Acme.Core': '1.2.0' } });
        expect(await client.dotnet(['restore', 'user'])).toMatchObject({ code: 0 });
        const logs = await client.run('grep', ['-rl', key, fleet.data]);
        expect(logs.output).toBe('');
      } finally {
        client.remove();
      }
    },
  );

  it('is told why a push is refused, in the reason phrase', async () => {
    await fleet.registry.feeds.create({ name: 'Refusing', visibility: 'public' });
    const { secret: key } = await fleet.registry.keys.create({
      name: 'Refusing',
      feeds: ['Refusing'],
      scopes: ['push'],
    });
    const client = new Dotnet();
    client.configure({ feed: { url: `${fleet.url}/F/Refusing/api/v3/index.json` } });
    const push = (file: string, apiKey: string, ...more: readonly string[]): ReturnType<Dotnet['dotnet']> =>
      client.dotnet(['nuget', 'push', file, '--source', 'feed', '--api-key', apiKey, ...more]);
    const core = author.path('packed/Acme.Core.1.2.0.nupkg');
    try {
      const wrongKey = await push(core, 'not-a-key');
      expect(wrongKey.code).toBe(1);
      expect(wrongKey.output).toContain('403');
      expect(await push(core, key)).toMatchObject({ code: 0 });
      const duplicate = await push(core, key);
      expect(duplicate.code).toBe(1);
      expect(duplicate.output).toContain('409');
      expect(await push(core, key, '--skip-duplicate')).toMatchObject({ code: 0 });
      const broken = await push(client.write('Broken.1.0.0.nupkg', 'this is no zip file'), key);
      expect(broken.code).toBe(1);
      expect(broken.output).toContain('400');
    } finally {
      client.remove();
    }
  });
});
