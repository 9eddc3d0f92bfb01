/** Packages as they are in the field, from the registry that the machine's own `dotnet` is set up for, through the fleet. */
import { readFileSync } from 'node:fs';

import { startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { describeWith } from '../support/component.ts';
import { Dotnet } from '../support/dotnet.ts';
import { fieldPackages } from '../support/field-packages.ts';

describeWith(['dotnet', 'nugetRegistry'], 'packages from the field', () => {
  let fleet: Fleet;
  let client: Dotnet;

  beforeAll(async () => {
    fleet = await startFleet();
    client = new Dotnet();
  });

  afterAll(async () => {
    client.remove();
    await fleet.stop();
  });

  it('are pushed by dotnet, restored from the fleet alone, and stay the same bytes', async () => {
    const { files, references } = fieldPackages();
    client.configure({ feed: { url: `${fleet.url}/F/main/api/v3/index.json` } });
    for (const file of files) {
      const pushed = await client.dotnet(['nuget', 'push', file, '--source', 'feed', '--api-key', fleet.adminKey]);
      if (pushed.code !== 0) throw new Error(pushed.output);
    }
    client.project('user', { id: 'User', version: '1.0.0', references });
    const restored = await client.dotnet(['restore', 'user', '--packages', client.path('restored')]);
    if (restored.code !== 0) throw new Error(restored.output);
    expect(client.restored('user')).toHaveLength(files.length);
    for (const file of files) {
      const [name, version, id] = file.split('/').reverse();
      const copy = readFileSync(client.path('restored', id ?? '', version ?? '', name ?? ''));
      expect(copy.equals(readFileSync(file))).toBe(true);
    }
  });
});
