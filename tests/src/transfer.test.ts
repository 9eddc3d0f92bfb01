/** A whole feed out of a fleet into a folder, and from there into another feed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { RegistryApi } from '@feedfleet/registry-client';
import { eventually, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { describeWith } from './support/component.ts';
import { Dotnet } from './support/dotnet.ts';
import { FeedClient } from './support/feed-client.ts';
import { documentOf as documentOfCommand, feedfleet as runFeedfleet } from './support/feedfleet-command.ts';
import type { EndedCommand } from './support/feedfleet-command.ts';
import { buildPackage } from './support/package-builder.ts';

type Document = Readonly<Record<string, unknown>>;

const binary = path.resolve(import.meta.dirname, '../../packages/cli/bin/feedfleet.mjs');
let fleet: Fleet;
let folder: string;

const place = () => ({
  environment: { FEEDFLEET_DATA: fleet.data, FEEDFLEET_API_KEY: fleet.adminKey },
  workingFolder: folder,
});
const feedfleet = (...args: readonly string[]): Promise<EndedCommand> => runFeedfleet(args, place());
const documentOf = (...args: readonly string[]): Promise<Document> => documentOfCommand(args, place());

async function feedWith(
  options: Parameters<RegistryApi['feeds']['create']>[0],
  packages: readonly Parameters<typeof buildPackage>[0][] = [],
): Promise<FeedClient> {
  await fleet.registry.feeds.create(options);
  const client = new FeedClient(`${fleet.url}/F/${options.name}`, fleet.adminKey);
  for (const each of packages) await push(client, each);
  return client;
}

async function push(client: FeedClient, options: Parameters<typeof buildPackage>[0]): Promise<void> {
  expect((await client.push(buildPackage(options))).status).toBe(201);
}

const filesIn = (name: string): readonly string[] => {
  const root = path.join(folder, name);
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
};

/** Of a version in a local feed. */
const layout = (id: string, version: string): readonly string[] => {
  const [below, name] = [`${id}/${version}`, `${id}.${version}.nupkg`];
  return [`${below}/${name}`, `${below}/${name}.sha512`, `${below}/${id}.nuspec`];
};

/** What v3 tells of an id: versions, and what each is. */
async function toldOf(client: FeedClient, id: string): Promise<unknown> {
  const flat = await client.send(`/api/v3/flat/${id.toLowerCase()}/index.json`);
  if (flat.status !== 200) return flat.status;
  const { versions } = JSON.parse(flat.text) as { readonly versions: readonly string[] };
  const index = await client.send(`/api/v3/registration/semver2/${id.toLowerCase()}/index.json`, {
    headers: { 'accept-encoding': 'identity' },
  });
  const { items } = JSON.parse(index.text) as {
    readonly items: readonly { readonly items: readonly { readonly catalogEntry: Document }[] }[];
  };
  const entries = items.flatMap((page) => page.items.map(({ catalogEntry }) => catalogEntry));
  return {
    versions,
    entries: entries.map((entry) => ({
      id: entry.id,
      version: entry.version,
      listed: entry.listed,
      deprecation: withoutId(entry.deprecation as Document | undefined),
    })),
  };
}

function withoutId(deprecation: Document | undefined): Document | undefined {
  return deprecation && Object.fromEntries(Object.entries(deprecation).filter(([name]) => !name.startsWith('@')));
}

beforeAll(async () => {
  fleet = await startFleet();
  folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-transfer-'));
});
afterAll(async () => {
  await fleet.stop();
  await rm(folder, { recursive: true, force: true });
});

it('a feed that went through a folder tells the same, and a second export fetches only what changed', async () => {
  const from = await feedWith({ name: 'From', visibility: 'private' }, [
    { id: 'Acme.Core', version: '1.0.0' },
    { id: 'Acme.Core', version: '1.1.0' },
    { id: 'Acme.Core', version: '2.0.0-Beta.1' },
    { id: 'MiXed.Case', version: '1.0' },
  ]);
  expect((await from.remove({ id: 'acme.core', version: '1.0.0' })).status).toBe(200);
  const reason = [
    '--reason',
    'legacy,other',
    '--message',
    'Use the new one.',
    '--alternate',
    'MiXed.Case@[1.0.0,2.0.0)',
  ];
  await documentOf('deprecate', 'acme.core', '--version', '1.1.0', '--feed', 'from', ...reason);
  const first = await documentOf('export', '--feed', 'From', '--to', 'out');
  expect(first).toMatchObject({ versions: 4, counts: { fetched: 4, updated: 0, removed: 0, failed: 0, notTried: 0 } });
  expect(filesIn('out')).toEqual(
    [
      ...['1.0.0', '1.1.0', '2.0.0-beta.1'].flatMap((version) => layout('acme.core', version)),
      'feedfleet-export.json',
      ...layout('mixed.case', '1.0.0'),
    ].sort(),
  );
  expect(await documentOf('export', '--feed', 'From', '--to', 'out')).toMatchObject({
    counts: { fetched: 0, updated: 0, removed: 0 },
  });

  await fleet.registry.feeds.update('From', { deletion: 'delete' });
  await eventually({ what: 'a delete removes', limitMs: 20_000 }, async () => {
    await from.remove({ id: 'MiXed.Case', version: '1.0.0' });
    return (await toldOf(from, 'MiXed.Case')) === 404 ? true : undefined;
  });
  await push(from, { id: 'MiXed.Case', version: '2.0.0' });
  expect((await from.relist({ id: 'Acme.Core', version: '1.0.0' })).status).toBe(200);
  expect(
    await from.push(buildPackage({ id: 'Hidden', version: '1.0.0' }), { 'X-Feedfleet-Listed': 'false' }),
  ).toMatchObject({
    status: 201,
  });
  await rm(path.join(folder, 'out/acme.core/2.0.0-beta.1'), { recursive: true });
  expect(await documentOf('export', '--url', `${from.url}/api/v3/index.json`, '--to', 'out')).toMatchObject({
    versions: 5,
    counts: { fetched: 3, updated: 1, removed: 1, failed: 0, notTried: 0 },
  });
  expect(existsSync(path.join(folder, 'out/mixed.case/1.0.0'))).toBe(false);

  const to = await feedWith({ name: 'To', deletion: 'delete' });
  const imported = await documentOf('import', 'out', '--feed', 'To');
  expect(imported).toMatchObject({ counts: { pushed: 5 }, missing: [], deprecations: { versions: 1, failures: [] } });
  for (const id of ['Acme.Core', 'MiXed.Case', 'Hidden']) expect(await toldOf(to, id)).toEqual(await toldOf(from, id));
  expect(await toldOf(to, 'Acme.Core')).toMatchObject({
    entries: [{ listed: true }, { deprecation: { message: 'Use the new one.' } }, {}],
  });
  expect(await toldOf(to, 'Hidden')).toMatchObject({ entries: [{ listed: false }] });
  expect(await documentOf('import', 'out', '--feed', 'To')).toMatchObject({ counts: { pushed: 0, exists: 5 } });
  expect(filesIn('out')).not.toContain('feedfleet-import.state');

  const other = await feedfleet('export', '--feed', 'To', '--to', 'out', '--json');
  expect(other.code).toBe(2);
  expect(other.err).toContain('holds the export of');
  await rm(path.join(folder, 'out/hidden'), { recursive: true });
  const lacking = await feedfleet('import', 'out', '--feed', 'To');
  expect(lacking.code).toBe(1);
  expect(lacking.err).toContain('Hidden 1.0.0\n  The manifest names it');
});

it('an export that was killed in the middle goes on where it was', async () => {
  const count = 150;
  const versions = Array.from({ length: count }, (_, index) => ({ id: 'Many', version: `1.0.${index}` }));
  const client = await feedWith({ name: 'Killed' }, versions);
  const child = spawn(
    process.execPath,
    [binary, 'export', '--url', client.url, '--to', path.join(folder, 'killed'), '--concurrency', '1'],
    { stdio: 'ignore', env: { ...process.env, FEEDFLEET_API_KEY: fleet.adminKey } },
  );
  const gone = once(child, 'exit');
  const packages = (): readonly string[] => filesIn('killed').filter((name) => name.endsWith('.nupkg'));
  await eventually({ what: 'the first are there', limitMs: 30_000 }, () =>
    Promise.resolve(packages().length >= 5 ? true : undefined),
  );
  child.kill('SIGKILL');
  expect(await gone).toEqual([null, 'SIGKILL']);
  const there = packages().length;
  expect(there).toBeLessThan(count);
  const continued = await documentOf('export', '--url', client.url, '--to', 'killed');
  expect(continued).toMatchObject({ versions: count, counts: { fetched: count - there, failed: 0, notTried: 0 } });
  expect(packages()).toHaveLength(count);
  expect(filesIn('killed').filter((name) => name.endsWith('.part'))).toEqual([]);
  const manifest = JSON.parse(await readFile(path.join(folder, 'killed/feedfleet-export.json'), 'utf8')) as Document;
  expect(manifest.cursor).toMatch(/^20\d\d-/);
  expect(JSON.stringify(manifest)).not.toContain(fleet.adminKey);
});

it('a folder without a manifest is imported as it is, and says so', async () => {
  await feedWith({ name: 'Plain' }, [{ id: 'Plain', version: '1.0.0' }]);
  await documentOf('export', '--feed', 'Plain', '--to', 'plain');
  await rm(path.join(folder, 'plain/feedfleet-export.json'));
  expect((await feedfleet('export', '--feed', 'Plain', '--to', 'plain')).err).toContain('is not empty');
  const { code, err } = await feedfleet('import', 'plain', '--feed', 'Plain');
  expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining('There is no feedfleet-export.json') });
});

describeWith(['dotnet'], 'an exported folder', () => {
  it('is a local source that dotnet restores from', async () => {
    const dotnet = new Dotnet();
    try {
      await feedWith({ name: 'Local' }, [{ id: 'Local.Lib', version: '1.2.0-RC' }]);
      await documentOf('export', '--feed', 'Local', '--to', 'local');
      dotnet.configure({ local: { url: path.join(folder, 'local') } });
      dotnet.project('app', { id: 'App', version: '1.0.0', references: { 'Local.Lib': '1.2.0-rc' } });
      const { code, output } = await dotnet.dotnet(['restore'], 'app');
      expect(code === 0 ? '' : output).toBe('');
      expect(dotnet.restored('app')).toEqual(['Local.Lib/1.2.0-RC']);
    } finally {
      dotnet.remove();
    }
  });
});
