/** Real clients push, unlist and relist while the push process is dead and another family's takes what they send. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { eventually, FleetProcesses, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

import type { ClientResult } from '../support/client-folder.ts';
import { describeWith } from '../support/component.ts';
import { Dotnet } from '../support/dotnet.ts';
import { FeedClient } from '../support/feed-client.ts';
import { outputOf } from '../support/feedfleet-command.ts';
import { NugetExe } from '../support/nuget-exe.ts';
import { buildPackage } from '../support/package-builder.ts';

let fleet: Fleet;
let folder: string;
let revive: () => void;

const command = (...args: readonly string[]): Promise<string> =>
  outputOf(args, { environment: { FEEDFLEET_DATA: fleet.data }, workingFolder: folder });

async function versionsOf(id: string): Promise<unknown> {
  const { body } = await new FeedClient(`${fleet.url}/F/main`).send(`/api/v3/query?q=packageid:${id}`);
  const { data } = JSON.parse(body.toString()) as { readonly data: readonly { readonly version: string }[] };
  return data.map(({ version }) => version);
}

function expectDone({ code, output }: ClientResult): void {
  if (code !== 0) throw new Error(`ended with ${code}:\n${output}`);
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-push-clients-'));
  fleet = await startFleet();
  revive = new FleetProcesses(fleet).keepDead('push-1');
  await command('reroute', 'set', 'push', '--to', 'default', '--reason', 'it is dead');
  const client = new FeedClient(`${fleet.url}/F/main`, fleet.adminKey);
  await eventually({ what: 'pushes are taken elsewhere', limitMs: 30_000 }, async () => {
    const { status } = await client.remove({ id: 'Nobody', version: '1.0.0' });
    return status === 404 ? true : undefined;
  });
});
afterAll(async () => {
  revive();
  await fleet.stop();
  await rm(folder, { recursive: true, force: true });
});

describeWith(['dotnet'], 'the .NET SDK', () => {
  it.each(['/api/v3/index.json', '/api/v2/package', ''])('pushes and deletes on %s', async (source) => {
    const client = new Dotnet();
    try {
      const id = `Sdk${source.replace(/\W/g, '')}`;
      client.configure({ feed: { url: `${fleet.url}/F/main${source}` } });
      client.write('one.nupkg', buildPackage({ id, version: '1.0.0' }));
      const to = ['--source', `${fleet.url}/F/main${source}`, '--api-key', fleet.adminKey];
      expectDone(await client.dotnet(['nuget', 'push', 'one.nupkg', ...to, '--allow-insecure-connections']));
      expect(await versionsOf(id)).toEqual(['1.0.0']);
      const remove = ['nuget', 'delete', id, '1.0.0', ...to, '--non-interactive'];
      expectDone(await client.dotnet(remove));
      expect(await versionsOf(id)).toEqual([]);
    } finally {
      client.remove();
    }
  });
});

describeWith(['nuget'], 'nuget.exe 2.8.7', () => {
  it.each(['', '/api/v1', '/api/v2/package'])('pushes and deletes on the feed%s', async (source) => {
    const client = new NugetExe();
    try {
      const id = `Exe${source.replace(/\W/g, '')}`;
      const url = `${fleet.url}/F/main${source}`;
      client.configure({ feed: { url } });
      client.write('one.nupkg', buildPackage({ id, version: '1.0.0' }));
      expectDone(await client.nuget('push', 'one.nupkg', fleet.adminKey, '-Source', url));
      expect(await versionsOf(id)).toEqual(['1.0.0']);
      expectDone(await client.nuget('delete', id, '1.0.0', fleet.adminKey, '-Source', url));
      expect(await versionsOf(id)).toEqual([]);
    } finally {
      client.remove();
    }
  });
});
