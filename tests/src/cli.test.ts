/** The command line, in process, against a fleet of real processes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import axios from 'axios';

import { documentOf as documentOfCommand, feedfleet as runFeedfleet } from './support/feedfleet-command.ts';
import type { EndedCommand } from './support/feedfleet-command.ts';
import { buildPackage } from './support/package-builder.ts';
import { runCommand } from './support/running-command.ts';

let fleet: Fleet;
let folder: string;

const place = (environment: Readonly<Record<string, string>> = {}) => ({
  environment: { FEEDFLEET_DATA: fleet.data, ...environment },
  workingFolder: folder,
});

const feedfleet = (args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<EndedCommand> =>
  runFeedfleet(args, place(environment));

/** The document that a command prints, once it ended well. */
const documentOf = (...args: readonly string[]) => documentOfCommand(args, place());

const secretOf = async (...options: readonly string[]): Promise<string> => {
  const { secret } = await documentOf('key', 'create', ...options);
  return String(secret);
};

beforeAll(async () => {
  fleet = await startFleet();
  folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-cli-'));
  for (const version of ['1.0.0', '1.1.0', '2.0.0']) {
    const file = path.join(folder, `Acme.Cli.${version}.nupkg`);
    await writeFile(file, buildPackage({ id: 'Acme.Cli', version }));
  }
});

afterAll(async () => {
  await fleet.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('feedfleet feed', () => {
  it('creates, shows, changes, lists and deletes a feed', async () => {
    expect(await documentOf('feed', 'create', 'Acme', '--alias', 'acme-old')).toMatchObject({
      feed: { name: 'Acme', visibility: 'public', aliases: ['acme-old'] },
    });
    expect(await documentOf('feed', 'set', 'acme', '--private', '--max-package-size', '5MB')).toMatchObject({
      feed: { visibility: 'private', maxPackageBytes: 5_000_000, aliases: ['acme-old'] },
    });
    expect(await documentOf('feed', 'show', 'acme-old')).toMatchObject({ feed: { name: 'Acme' } });
    expect((await feedfleet(['feed', 'create', 'ACME'])).code).toBe(5);
    expect((await feedfleet(['feed', 'create', 'a b'])).code).toBe(2);
    const { deleted } = await documentOf('feed', 'delete', 'Acme', '--yes');
    expect(deleted).toMatchObject({ name: 'Acme' });
    expect((await feedfleet(['feed', 'show', 'Acme'])).code).toBe(4);
    const { feeds } = await documentOf('feed', 'list');
    expect((feeds as readonly { readonly name: string }[]).map(({ name }) => name)).not.toContain('Acme');
  });
});

describe('feedfleet key', () => {
  it('creates a key that works at once, and revokes it at once', async () => {
    await documentOf('feed', 'create', 'Keys', '--private');
    const { secret, key } = await documentOf('key', 'create', '--feed', 'keys', '--scope', 'read', '--expires', '1h');
    const index = `${fleet.url}/F/Keys/api/v3/index.json`;
    const ask = () => axios.get(index, { headers: { 'x-nuget-apikey': String(secret) }, validateStatus: () => true });
    expect((await ask()).status).toBe(200);
    const { keys } = await documentOf('key', 'list');
    const { id } = key as { readonly id: string };
    expect(keys).toContainEqual(expect.objectContaining({ id, feeds: ['Keys'], scopes: ['read'], state: 'valid' }));
    await documentOf('key', 'revoke', id);
    expect((await ask()).status).not.toBe(200);
    expect((await feedfleet(['key', 'revoke', id])).code).toBe(4);
  });

  it('lets a key manage only with the scope for it', async () => {
    const [admin, reader] = [await secretOf('--admin'), await secretOf('--all-feeds', '--scope', 'read')];
    expect((await feedfleet(['feed', 'list'], { FEEDFLEET_API_KEY: admin })).code).toBe(0);
    expect((await feedfleet(['feed', 'list'], { FEEDFLEET_API_KEY: reader })).code).toBe(3);
    expect((await feedfleet(['feed', 'list'], { FEEDFLEET_API_KEY: 'ff_wrong' })).code).toBe(3);
  });
});

describe('feedfleet push', () => {
  it('pushes globs and folders, and takes versions that exist for done when told to', async () => {
    await documentOf('feed', 'create', 'Pushed');
    const key = await secretOf('--feed', 'Pushed', '--scope', 'push');
    const push = (...args: readonly string[]): Promise<EndedCommand> =>
      feedfleet(['push', ...args, '--feed', 'pushed', '--json'], { FEEDFLEET_API_KEY: key });
    const counts = ({ out }: EndedCommand): object => (JSON.parse(out) as { readonly counts: object }).counts;

    expect(counts(await push('Acme.Cli.1.*.nupkg'))).toMatchObject({ pushed: 2, failed: 0 });
    const again = await push('.');
    expect(again.code).toBe(5);
    expect(counts(again)).toMatchObject({ pushed: 1, failed: 2 });
    expect(counts(await push('.', '--skip-duplicate'))).toMatchObject({ exists: 3, failed: 0 });

    const { data } = await axios.get<{ versions: string[] }>(`${fleet.url}/F/Pushed/api/v3/flat/acme.cli/index.json`);
    expect(data.versions).toEqual(['1.0.0', '1.1.0', '2.0.0']);
  });

  it('names what is wrong with a package, and with a key', async () => {
    await documentOf('feed', 'create', 'Refusing');
    const key = await secretOf('--feed', 'Refusing', '--scope', 'push', '--packages', 'Other.*');
    await writeFile(path.join(folder, 'broken.zip'), 'no zip');
    const push = (file: string): Promise<EndedCommand> => feedfleet(['push', file, '--feed', 'Refusing', '--key', key]);
    const broken = await push('broken.zip');
    expect(broken).toMatchObject({ code: 1 });
    expect(broken.err).toContain('FF_INVALID_PACKAGE');
    const refused = await push('Acme.Cli.1.0.0.nupkg');
    expect(refused).toMatchObject({ code: 3 });
    expect(refused.err).toContain('FF_FORBIDDEN');
    expect((await feedfleet(['push', 'Acme.Cli.1.0.0.nupkg', '--feed', 'nope', '--key', key])).code).toBe(4);
  });
});

describe('feedfleet feed stats', () => {
  it('shows what a private feed holds of its quota to who may read it, and to nobody else', async () => {
    await documentOf('feed', 'create', 'Counted', '--private', '--max-versions', '4');
    const key = await secretOf('--feed', 'Counted', '--scope', 'push,read');
    await feedfleet(['push', 'Acme.Cli.1.*.nupkg', '--feed', 'counted', '--key', key]);
    const stats = (...args: readonly string[]): Promise<EndedCommand> =>
      feedfleet(['feed', 'stats', 'counted', ...args]);
    const { code, out } = await stats('--key', key);
    expect(code).toBe(0);
    expect(out).toMatch(/^Versions +2 of 4 \(50 %\)$/m);
    const { out: json } = await stats('--package', 'acme.cli', '--days', '7', '--json', '--key', key);
    expect(JSON.parse(json)).toMatchObject({ id: 'Acme.Cli', versions: 2, downloads: 0, downloadsByDay: [] });
    expect(await stats('--package', 'absent', '--key', key)).toMatchObject({ code: 4 });
    expect(await stats('--days', '0', '--key', key)).toMatchObject({ code: 2 });
    expect(await stats()).toMatchObject({ code: 3 });
  });
});

describe('feedfleet fleet status', () => {
  it('shows every family ready, and nobody behind', async () => {
    const status = await documentOf('fleet', 'status');
    expect(status).toMatchObject({ balancer: { url: fleet.url, outcome: 'ready' } });
    const families = status.families as readonly { readonly id: string; readonly ready: number }[];
    expect(families.map(({ id, ready }) => [id, ready]).sort()).toEqual([
      ['default', 1],
      ['push', 1],
      ['symbols', 1],
      ['v1', 1],
      ['v2', 1],
      ['v3', 1],
    ]);
    const processes = status.processes as readonly { readonly behind: number }[];
    expect(processes.every(({ behind }) => behind === 0)).toBe(true);
  });
});

describe('npx feedfleet', () => {
  it('starts on any Node that the project can be installed with', async () => {
    const launcher = path.resolve(import.meta.dirname, '../../packages/cli/bin/feedfleet.mjs');
    const { code, stdout } = await runCommand({
      args: [launcher, 'feed', 'list', '--json'],
      cwd: folder,
      environment: { FEEDFLEET_DATA: fleet.data },
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toHaveProperty('feeds');
  });
});
