/** Package sources by the command line, against a fleet of real processes. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { eventually, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { documentOf as documentOfCommand, feedfleet as runFeedfleet } from './support/feedfleet-command.ts';
import type { EndedCommand } from './support/feedfleet-command.ts';

const NEEDLE = 'N33dle-in-the-haystack';

let fleet: Fleet;
let folder: string;

const place = (input = '') => ({ environment: { FEEDFLEET_DATA: fleet.data }, workingFolder: folder, input });
const feedfleet = (args: readonly string[], input = ''): Promise<EndedCommand> => runFeedfleet(args, place(input));
const documentOf = (...args: readonly string[]) => documentOfCommand(args, place());

beforeAll(async () => {
  fleet = await startFleet();
  folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-sources-'));
  for (const name of ['core', 'team']) await documentOf('feed', 'create', name);
  await documentOf('feed', 'create', 'vault', '--private');
});

afterAll(async () => {
  await fleet.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('feedfleet source', () => {
  it('knows feeds of the fleet by their URLs, closes a loop, and shows the hierarchy', async () => {
    const byUrl = await documentOf('source', 'add', 'core', 'team', `${fleet.url}/F/team/api/v3/index.json`);
    expect(byUrl).toMatchObject({ source: { target: { kind: 'feed', name: 'team' }, loop: null } });
    const tried = await documentOf('source', 'add', 'team', 'core', '--feed', 'core', '--dry-run');
    expect(tried).toMatchObject({ effect: { closes: { names: ['team', 'core', 'team'] } } });
    expect(await documentOf('source', 'list', 'team')).toEqual({ sources: [] });
    await documentOf('source', 'add', 'team', 'core', '--feed', 'core');
    const { code, out } = await feedfleet(['source', 'graph', 'core']);
    expect(code).toBe(0);
    expect(out).toContain('Loop: core -> team -> core, cut at team.');
  });

  it('takes a private feed with a key that reads it, and refuses it without', async () => {
    expect((await feedfleet(['source', 'add', 'core', 'vault', '--feed', 'vault'])).code).toBe(2);
    const { secret } = await documentOf('key', 'create', '--feed', 'vault', '--scope', 'read');
    const add = ['source', 'add', 'core', 'vault', '--feed', 'vault', '--api-key', '-', '--json'];
    const { code, out } = await feedfleet(add, `${String(secret)}\n`);
    expect(code).toBe(0);
    expect(out).not.toContain(String(secret));
  });

  it('adds a foreign source, and waits until somebody has looked whether it leads back', async () => {
    const url = 'https://packages.example/v3/index.json';
    const adding = feedfleet(['source', 'add', 'team', 'up', url, '--user', 'u', '--password-stdin', '--json'], NEEDLE);
    const report = async (): Promise<true | undefined> => {
      const source = (await fleet.registry.snapshot()).sources.find(({ name }) => name === 'up');
      if (source === undefined) return undefined;
      const fingerprint = source.credential?.fingerprint ?? null;
      await fleet.registry.sources.report({ reports: [{ source: source.id, url, fingerprint, state: 'clear' }] });
      return true;
    };
    await eventually({ what: 'the source is there', limitMs: 8_000 }, report);
    const { code, out } = await adding;
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ source: { loop: { state: 'clear' }, credential: { kind: 'basic' } } });
  });

  it('imports a nuget.config, after a preview', async () => {
    await writeFile(
      path.join(folder, 'nuget.config'),
      `<configuration>
        <packageSources><add key="Partner feed" value="https://partner.example/v3/index.json" /></packageSources>
        <packageSourceCredentials><Partner_x0020_feed>
          <add key="Username" value="u" /><add key="ClearTextPassword" value="${NEEDLE}" />
        </Partner_x0020_feed></packageSourceCredentials>
      </configuration>`,
    );
    const planned = { sources: [{ name: 'Partner-feed', outcome: 'planned' }] };
    expect(await documentOf('source', 'import', 'core', 'nuget.config', '--dry-run')).toMatchObject(planned);
    const added = { sources: [{ name: 'Partner-feed', outcome: 'added', hasCredential: true }] };
    expect(await documentOf('source', 'import', 'core', 'nuget.config')).toMatchObject(added);
    await documentOf('source', 'remove', 'core', 'Partner-feed');
  });

  it('leaves no secret in any file of the fleet, logs included', async () => {
    const entries = await readdir(fleet.data, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
    expect(files.some((file) => file.includes('registry.db'))).toBe(true);
    const texts = await Promise.all(files.map((file) => readFile(file, 'latin1')));
    expect(texts.filter((text) => text.includes(NEEDLE))).toEqual([]);
    const secretFile = path.join(fleet.data, 'secrets', 'fleet.secret');
    expect((await stat(secretFile)).mode & 0o777).toBe(0o600);
    const fleetSecret = (await readFile(secretFile, 'utf8')).trim();
    const holders = files.filter((_, index) => texts[index]?.includes(fleetSecret));
    expect(holders).toEqual([secretFile]);
  });
});
