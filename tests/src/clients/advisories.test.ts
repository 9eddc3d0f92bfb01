/** Deprecations and vulnerabilities, from the command line to what the .NET SDK shows a developer. */
import { startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { describeWith } from '../support/component.ts';
import { Dotnet } from '../support/dotnet.ts';
import { outputOf } from '../support/feedfleet-command.ts';

describeWith(['dotnet'], 'the .NET SDK, about advisories', () => {
  let fleet: Fleet;
  let client: Dotnet;
  let key: string;

  const feedfleet = (...args: readonly string[]): Promise<string> =>
    outputOf(args, {
      environment: { FEEDFLEET_DATA: fleet.data, FEEDFLEET_API_KEY: key },
      workingFolder: client.path('.'),
    });

  async function dotnet(...args: readonly string[]): Promise<string> {
    const { code, output } = await client.dotnet(args);
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${output}`);
    return output;
  }

  /** Clients remember the service index and lists for half an hour, also between runs. */
  async function forget(): Promise<void> {
    await dotnet('nuget', 'locals', 'http-cache', '--clear');
  }

  beforeAll(async () => {
    fleet = await startFleet();
    client = new Dotnet();
    await fleet.registry.feeds.create({ name: 'Advised', visibility: 'private' });
    const scopes = ['read', 'push', 'unlist', 'manage'] as const;
    const created = await fleet.registry.keys.create({ name: 'all', feeds: ['Advised'], scopes: [...scopes] });
    key = created.secret;
    client.configure({ feed: { url: `${fleet.url}/F/Advised/api/v3/index.json`, password: key } });
    client.project('core', { id: 'Acme.Core', version: '1.2.0' });
    client.project('old', { id: 'Acme.Old', version: '1.0.0', references: { 'Acme.Core': '1.2.0' } });
    for (const [folder, file] of [
      ['core', 'Acme.Core.1.2.0'],
      ['old', 'Acme.Old.1.0.0'],
    ] as const) {
      await dotnet('pack', folder, '-o', 'packed');
      await feedfleet('push', `packed/${file}.nupkg`, '--feed', 'Advised');
    }
    client.project('user', { id: 'User', version: '1.0.0', references: { 'Acme.Old': '1.0.0' } });
  });

  afterAll(async () => {
    client.remove();
    await fleet.stop();
  });

  it('warns of nothing before anybody has said anything', async () => {
    expect(await dotnet('restore', 'user')).not.toMatch(/NU190\d/);
    expect(await dotnet('list', 'user', 'package', '--deprecated')).not.toContain('Legacy');
    expect(await dotnet('list', 'user', 'package', '--vulnerable', '--include-transitive')).not.toContain('High');
  });

  it('lists a deprecated package with its reasons and what to use instead', async () => {
    await feedfleet(
      ...['deprecate', 'acme.old', '--feed', 'Advised', '--reason', 'legacy,critical-bugs'],
      ...['--message', 'Loses dates.', '--alternate', 'Acme.New@2.0.0'],
    );
    await forget();
    const listed = await dotnet('list', 'user', 'package', '--deprecated');
    expect(listed).toMatch(/Acme\.Old +1\.0\.0 +1\.0\.0 +Legacy,Critical ?Bugs +Acme\.New >= 2\.0\.0/);
    const searched = await dotnet(
      'package',
      'search',
      'acme',
      '--source',
      'feed',
      '--format',
      'json',
      '--verbosity',
      'detailed',
    );
    expect(searched).toContain('Loses dates.');
    await feedfleet('undeprecate', 'Acme.Old', '--version', '1.0.0', '--feed', 'Advised');
    await forget();
    expect(await dotnet('list', 'user', 'package', '--deprecated')).not.toContain('Legacy');
  });

  it('audits a restore, and lists vulnerable packages, also those that others depend on', async () => {
    client.write(
      'advisories/GHSA-aaaa-bbbb-cccc.json',
      JSON.stringify({
        ...{ schema_version: '1.4.0', id: 'GHSA-aaaa-bbbb-cccc', modified: '2026-01-01T00:00:00Z' },
        affected: [
          {
            package: { ecosystem: 'NuGet', name: 'Acme.Core' },
            ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '1.0.0' }, { fixed: '1.3.0' }] }],
          },
        ],
        database_specific: { severity: 'HIGH' },
      }),
    );
    const page = { 'acme.old': [{ url: 'https://advisories.example.org/1', severity: 3, versions: '[1.0.0, 2.0.0)' }] };
    client.write('page.json', JSON.stringify(page));
    const imported = await feedfleet(
      'vulnerability',
      'import',
      'advisories',
      '--feed',
      'Advised',
      '--source',
      'github',
    );
    expect(imported).toContain('Imported 1 advisories (1 version ranges of 1 packages) as github.');
    await feedfleet('vulnerability', 'import', 'page.json', '--feed', 'Advised', '--source', 'own');

    await forget();
    const restored = await dotnet('restore', 'user', '--force');
    expect(restored).toMatch(/NU1903.*'Acme\.Core' 1\.2\.0.*https:\/\/github\.com\/advisories\/GHSA-aaaa-bbbb-cccc/);
    expect(restored).toMatch(/NU1904.*'Acme\.Old' 1\.0\.0.*https:\/\/advisories\.example\.org\/1/);
    const listed = await dotnet('list', 'user', 'package', '--vulnerable', '--include-transitive');
    expect(listed).toMatch(/Acme\.Old +1\.0\.0 +1\.0\.0 +Critical +https:\/\/advisories\.example\.org\/1/);
    expect(listed).toMatch(/Acme\.Core +1\.2\.0 +High +https:\/\/github\.com\/advisories\/GHSA-aaaa-bbbb-cccc/);

    const told = JSON.parse(await feedfleet('vulnerability', 'list', '--feed', 'Advised', '--json')) as object;
    expect(told).toMatchObject({
      sources: [
        { name: 'github', packages: 1 },
        { name: 'own', vulnerabilities: 1 },
      ],
    });
    await feedfleet('vulnerability', 'clear', '--feed', 'Advised', '--yes');
    await forget();
    expect(await dotnet('restore', 'user', '--force')).not.toMatch(/NU190\d/);
    expect(await dotnet('list', 'user', 'package', '--vulnerable')).not.toContain('Critical');
  });
});
