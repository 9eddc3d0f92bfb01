import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { ProblemError } from '@feedfleet/problems';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { change, CliFixture, elsewhere, errorOf, KEY, type Ended } from './cli-fixture.ts';
import type { CliParts } from './index.ts';

let cli: CliFixture;
const feedfleet = (args: readonly string[], changes: Partial<CliParts> = {}): Promise<Ended> => cli.run(args, changes);

beforeEach(async () => {
  cli = await CliFixture.open();
});

afterEach(async () => {
  await cli.remove();
});

describe('feedfleet', () => {
  it('prints its version', async () => {
    expect(await feedfleet(['--version'])).toEqual({ code: 0, out: '1.2.3\n', err: '' });
  });

  it.each([[[]], [['feed']], [['feed', 'destroy']], [['feed', 'list', '--loud']], [['feed', 'show']], [['push']]])(
    'ends with 2 for %j',
    async (args) => {
      const ended = await feedfleet([...args, ...(args.length > 1 ? ['--json'] : [])]);
      expect(ended.code).toBe(2);
      expect(ended.out).toBe('');
      expect(ended.err).toContain('FF_USAGE');
    },
  );

  it.each([
    ['feed', 'create'],
    ['feed', 'list'],
    ['feed', 'show'],
    ['feed', 'set'],
    ['feed', 'delete'],
    ['key', 'create'],
    ['key', 'list'],
    ['key', 'revoke'],
    ['source', 'add'],
    ['source', 'list'],
    ['source', 'set'],
    ['source', 'remove'],
    ['source', 'graph'],
    ['source', 'import'],
    ['push'],
    ['deprecate'],
    ['undeprecate'],
    ['vulnerability', 'import'],
    ['vulnerability', 'list'],
    ['vulnerability', 'clear'],
    ['fleet', 'status'],
  ])('has examples and exit codes in the help of %s %s', async (...command) => {
    const { code, out } = await feedfleet([...command, '--help']);
    expect(code).toBe(0);
    expect(out).toMatch(/\nExamples:\n {2}# .+\n {2}\$ .*feedfleet /);
    expect(out).toMatch(/\nExit codes:\n {2}0 {2}done/);
    expect(out).toContain('--json');
  });
});

describe('the connection', () => {
  it('is the fleet of the data cli.folder, as its operator', async () => {
    await cli.layDataFolder();
    expect((await feedfleet(['feed', 'list'])).code).toBe(0);
    expect(cli.opened).toEqual([{ url: 'http://127.0.0.1:5000', token: 'operator-token' }]);
  });

  it('is the fleet whose data folder the settings file names', async () => {
    await cli.layDataFolder();
    await rename(path.join(cli.folder, 'data'), path.join(cli.folder, 'moved'));
    await writeFile(path.join(cli.folder, 'feedfleet.json'), '{"data":"./moved","port":1}');
    expect((await feedfleet(['feed', 'list'])).code).toBe(0);
    await rename(path.join(cli.folder, 'feedfleet.json'), path.join(cli.folder, 'other.json'));
    expect((await feedfleet(['feed', 'list'])).code).toBe(6);
    const environment = { FEEDFLEET_SETTINGS_FILE: 'other.json' };
    expect((await feedfleet(['feed', 'list'], { environment })).code).toBe(0);
    await writeFile(path.join(cli.folder, 'other.json'), '{');
    expect((await feedfleet(['feed', 'list'], { environment })).code).toBe(2);
  });

  it('takes options before the environment', async () => {
    const environment = { FEEDFLEET_REGISTRY_URL: 'http://other:1', FEEDFLEET_API_KEY: 'ff_other' };
    await feedfleet(['feed', 'list', ...elsewhere], { environment });
    await feedfleet(['feed', 'list'], { environment });
    expect(cli.opened).toEqual([
      { url: 'https://registry.example.org', token: KEY },
      { url: 'http://other:1', token: 'ff_other' },
    ]);
  });

  it('never sends the operator token to a registry elsewhere', async () => {
    await cli.layDataFolder();
    const ended = await feedfleet(['feed', 'list', '--json', '--registry', 'https://registry.example.org']);
    expect(ended.code).toBe(3);
    expect(errorOf(ended).code).toBe('FF_UNAUTHENTICATED');
    expect(cli.opened).toEqual([]);
  });

  it('says where it looked when no fleet is there', async () => {
    const ended = await feedfleet(['feed', 'list', '--json']);
    expect(ended.code).toBe(6);
    expect(errorOf(ended)).toMatchObject({ code: 'FF_NO_FLEET', detail: `there is no ${cli.folder}/data/fleet.json` });
  });

  it.each([
    ['forbidden', 3],
    ['noSuchFeed', 4],
    ['conflict', 5],
    ['registryUnavailable', 6],
    ['invalidRequest', 2],
  ] as const)('turns %s into exit code %i', async (name, code) => {
    cli.failure = new ProblemError(name, { detail: `because of ${KEY}` });
    const ended = await feedfleet(['feed', 'list', ...elsewhere]);
    expect(ended.code).toBe(code);
    expect(ended.err).toContain(`${cli.failure.code}: `);
    expect(ended.err).not.toContain(KEY);
  });
});

describe('feedfleet feed', () => {
  it('creates a feed with what is given, public without --private', async () => {
    const options = ['--alias', 'a', '--alias', 'b', '--deletion', 'delete', '--max-package-size', '250MB'];
    const { code, out } = await feedfleet(['feed', 'create', 'acme', ...options, '--json', ...elsewhere]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ feed: { name: 'acme' }, change: { number: 7 } });
    expect(cli.calls).toEqual([
      [
        'feeds.create',
        { name: 'acme', visibility: 'public', aliases: ['a', 'b'], deletion: 'delete', maxPackageBytes: 250_000_000 },
      ],
    ]);
  });

  it('sets the policies and the quotas of a feed, and takes quotas away', async () => {
    const policies = ['--overwrite', 'prerelease', '--upload-warnings', 'off'];
    const quotas = ['--max-total-size', '2TB', '--max-packages', '10', '--max-versions', 'none'];
    const ended = await feedfleet(['feed', 'set', 'acme', ...policies, ...quotas, ...elsewhere]);
    expect(ended.code).toBe(0);
    expect(ended.out).toMatch(/^Overwrite +prerelease$/m);
    expect(ended.out).toMatch(/^Max total size +2\.0 TB$/m);
    const changes = { overwrite: 'prerelease', uploadWarnings: false };
    const limits = { quotaBytes: 2_000_000_000_000, quotaPackages: 10, quotaVersions: null };
    expect(cli.calls).toEqual([['feeds.update', 'acme', { ...changes, ...limits }]]);
  });

  it('sets and takes away ids that are reserved, or shared with foreign sources', async () => {
    const ended = await feedfleet([
      'feed',
      'set',
      'acme',
      '--reserved-ids',
      'Acme.*, Ours',
      '--shared-ids',
      'none',
      ...elsewhere,
    ]);
    expect(ended.code).toBe(0);
    expect(ended.out).toMatch(/^Reserved ids +Acme\.\*, Ours$/m);
    expect(cli.calls).toEqual([['feeds.update', 'acme', { reservedIds: ['Acme.*', 'Ours'], sharedIds: [] }]]);
    expect((await feedfleet(['feed', 'set', 'acme', '--reserved-ids', 'A,', ...elsewhere])).code).toBe(2);
  });

  it('changes only what is given', async () => {
    expect((await feedfleet(['feed', 'set', 'acme', '--private', '--no-aliases', ...elsewhere])).code).toBe(0);
    expect(cli.calls).toEqual([['feeds.update', 'acme', { visibility: 'private', aliases: [] }]]);
  });

  it.each([
    [[]],
    [['--private', '--public']],
    [['--alias', 'x', '--no-aliases']],
    [['--deletion', 'burn']],
    [['--max-versions', '0']],
  ])('refuses to set %j', async (options) => {
    const { code } = await feedfleet(['feed', 'set', 'acme', ...options, ...elsewhere]);
    expect(code).toBe(2);
    expect(cli.calls).toEqual([]);
  });

  it('does not delete without a terminal and without --yes', async () => {
    expect((await feedfleet(['feed', 'delete', 'acme', ...elsewhere])).code).toBe(2);
    expect(cli.calls).toEqual([['feeds.get', 'acme']]);
  });

  it('does not delete after a no', async () => {
    const ended = await feedfleet(['feed', 'delete', 'acme', '--json', ...elsewhere], {
      confirm: () => Promise.resolve(false),
    });
    expect(ended.code).toBe(1);
    expect(errorOf(ended).code).toBe('FF_STOPPED');
    expect(cli.calls).toEqual([['feeds.get', 'acme']]);
  });

  it('deletes with --yes', async () => {
    expect((await feedfleet(['feed', 'delete', 'acme', '--yes', ...elsewhere])).code).toBe(0);
    expect(cli.calls.at(-1)).toEqual(['feeds.delete', 'id-acme']);
  });

  it.each([
    [['feed', 'show', '']],
    [['feed', 'show', '..']],
    [['feed', 'delete', ' ', '--yes']],
    [['feed', 'set', 'acme', '--rename', '']],
    [['key', 'revoke', '']],
    [['key', 'create', '--feed', '', '--scope', 'push']],
  ])('refuses the empty name in %j before anything is sent', async (args) => {
    expect((await feedfleet([...args, ...elsewhere])).code).toBe(2);
    expect(cli.calls).toEqual([]);
  });

  it('ends with 4 for a feed that does not exist', async () => {
    expect((await feedfleet(['feed', 'show', 'nope', ...elsewhere])).code).toBe(4);
  });
});

describe('feedfleet key', () => {
  it('creates a key for feeds, scopes and packages that expires, and prints it once', async () => {
    const options = ['--feed', 'acme', '--scope', 'push,unlist', '--packages', 'Acme.*', '--expires', '90d'];
    const { code, out } = await feedfleet(['key', 'create', ...options, '--name', 'build', ...elsewhere]);
    expect(code).toBe(0);
    expect(out.split(KEY)).toHaveLength(2);
    expect(cli.calls.at(-1)).toEqual([
      'keys.create',
      {
        name: 'build',
        feeds: ['acme'],
        scopes: ['push', 'unlist'],
        packageGlobs: ['Acme.*'],
        expiresAt: '2026-04-01T00:00:00.000Z',
      },
    ]);
  });

  it('creates an admin key with every scope', async () => {
    const { out } = await feedfleet(['key', 'create', '--admin', '--json', ...elsewhere]);
    expect(JSON.parse(out)).toMatchObject({ secret: KEY, key: { id: 'k3', feeds: ['acme'] }, change });
    expect(cli.calls.at(-1)).toMatchObject([
      'keys.create',
      { feeds: 'all', scopes: ['read', 'push', 'unlist', 'delete', 'manage'], expiresAt: null },
    ]);
  });

  it.each([
    [['--scope', 'push']],
    [['--feed', 'acme']],
    [['--feed', 'acme', '--all-feeds', '--scope', 'push']],
    [['--admin', '--scope', 'push']],
    [['--all-feeds', '--scope', 'push,fly']],
    [['--all-feeds', '--scope', 'push', '--expires', 'soon']],
  ])('refuses %j', async (options) => {
    expect((await feedfleet(['key', 'create', ...options, ...elsewhere])).code).toBe(2);
    expect(cli.calls).toEqual([]);
  });

  it('lists keys with the names of their feeds and whether they have expired', async () => {
    const { out } = await feedfleet(['key', 'list', '--json', ...elsewhere]);
    expect(JSON.parse(out)).toMatchObject({
      keys: [
        { id: 'k1', feeds: ['acme'], state: 'expired' },
        { id: 'k2', feeds: ['acme'], state: 'valid' },
      ],
    });
  });

  it('warns when a revoked key is not yet unknown everywhere', async () => {
    cli.change = { number: 7, applied: { processes: 1, of: 2 } };
    const { code, err } = await feedfleet(['key', 'revoke', 'k1', ...elsewhere]);
    expect(code).toBe(0);
    expect(err).toContain('1 of 2 processes do not know yet');
  });

  it('revokes a key', async () => {
    expect((await feedfleet(['key', 'revoke', 'k1', ...elsewhere])).code).toBe(0);
    expect(cli.calls).toEqual([['keys.revoke', 'k1']]);
  });
});
