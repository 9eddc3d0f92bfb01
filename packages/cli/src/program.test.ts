import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { ProblemError } from '@feedfleet/problems';
import type { Feed, KeySummary } from '@feedfleet/registry-client';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { buildProgram, type CliParts, type RegistryAddress, type RegistryPort } from './index.ts';

const KEY = 'ff_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG';
const change = { number: 7, applied: { processes: 2, of: 2 } };
const feedOf = (name: string): Feed => ({
  id: `id-${name}`,
  name,
  aliases: [],
  visibility: 'public',
  owner: 'operator',
  description: '',
  deletion: 'unlist',
  maxPackageBytes: 250_000_000,
  createdAt: '2026-01-01T00:00:00.000Z',
});

let folder: string;
let opened: RegistryAddress[];
let calls: (readonly unknown[])[];
let feeds: Feed[];
let failure: ProblemError | undefined;

const answered = <T>(value: T, ...call: readonly unknown[]): Promise<T> => {
  calls.push(call);
  return failure === undefined ? Promise.resolve(value) : Promise.reject(failure);
};

function fakeRegistry(instanceUrl: string): RegistryPort {
  const find = (name: string): Feed => {
    const feed = feeds.find((each) => each.name === name);
    if (feed === undefined) throw new ProblemError('noSuchFeed', { detail: name });
    return feed;
  };
  return {
    feeds: {
      list: () => answered(feeds, 'feeds.list'),
      get: async (name) => await answered(find(name), 'feeds.get', name),
      create: (feed) =>
        answered({ feed: { ...feedOf(feed.name), ...(feed as Partial<Feed>) }, change }, 'feeds.create', feed),
      update: async (name, changes) =>
        await answered(
          { feed: { ...find(name), ...(changes as Partial<Feed>) }, change },
          'feeds.update',
          name,
          changes,
        ),
      delete: (id) => answered({ change }, 'feeds.delete', id),
    },
    keys: {
      list: () =>
        answered<readonly KeySummary[]>([keyOf('k1', '2025-01-01T00:00:00.000Z'), keyOf('k2', null)], 'keys.list'),
      create: (key) => answered({ key: keyOf('k3', key.expiresAt ?? null), secret: KEY, change }, 'keys.create', key),
      revoke: (id) => answered({ change }, 'keys.revoke', id),
    },
    fleet: () =>
      answered({
        fleetId: 'fleet-1',
        number: 9,
        families: [
          { id: 'v2', title: 'v2' },
          { id: 'v3', title: 'v3' },
        ],
        instances: [{ id: 'v2-1', family: 'v2', url: instanceUrl }],
        subscribers: [{ id: 'v2-1', number: 7, lastPollAt: '2026-01-01T00:00:00.000Z', isPolling: true }],
      }),
  };
}

const keyOf = (id: string, expiresAt: string | null): KeySummary => ({
  id,
  name: 'build',
  owner: 'operator',
  feeds: ['id-acme'],
  scopes: ['push'],
  packageGlobs: ['*'],
  createdAt: '2026-01-01T00:00:00.000Z',
  expiresAt,
  lastUsedAt: null,
});

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function feedfleet(args: readonly string[], changes: Partial<CliParts> = {}, instanceUrl = ''): Promise<Ended> {
  let [out, err] = ['', ''];
  const { run } = buildProgram({
    version: '1.2.3',
    environment: {},
    workingFolder: folder,
    stdout: { write: (text) => void (out += text), terminal: undefined },
    stderr: { write: (text) => void (err += text), terminal: undefined },
    confirm: undefined,
    clock: { now: () => Date.parse('2026-01-01T00:00:00Z'), sleep: () => Promise.resolve() },
    random: () => 0,
    signal: new AbortController().signal,
    openRegistry: (address) => {
      opened.push(address);
      return fakeRegistry(instanceUrl);
    },
    ...changes,
  });
  const code = await run(args);
  return { code, out, err };
}

const elsewhere = ['--registry', 'https://registry.example.org', '--key', KEY];
const errorOf = ({ err }: Ended): { readonly code: string; readonly detail?: string } =>
  (JSON.parse(err) as { readonly error: { readonly code: string } }).error;

async function layDataFolder(): Promise<void> {
  const data = path.join(folder, 'data');
  await mkdir(path.join(data, 'secrets'), { recursive: true });
  const fleet = { registryUrl: 'http://127.0.0.1:5000', balancerUrl: 'http://127.0.0.1:5555/' };
  await writeFile(path.join(data, 'fleet.json'), JSON.stringify(fleet));
  await writeFile(path.join(data, 'secrets', 'operator.token'), 'operator-token\n');
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-cli-'));
  [opened, calls, feeds, failure] = [[], [], [feedOf('acme')], undefined];
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
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
    ['push'],
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
  it('is the fleet of the data folder, as its operator', async () => {
    await layDataFolder();
    expect((await feedfleet(['feed', 'list'])).code).toBe(0);
    expect(opened).toEqual([{ url: 'http://127.0.0.1:5000', token: 'operator-token' }]);
  });

  it('takes options before the environment', async () => {
    const environment = { FEEDFLEET_REGISTRY_URL: 'http://other:1', FEEDFLEET_API_KEY: 'ff_other' };
    await feedfleet(['feed', 'list', ...elsewhere], { environment });
    await feedfleet(['feed', 'list'], { environment });
    expect(opened).toEqual([
      { url: 'https://registry.example.org', token: KEY },
      { url: 'http://other:1', token: 'ff_other' },
    ]);
  });

  it('never sends the operator token to a registry elsewhere', async () => {
    await layDataFolder();
    const ended = await feedfleet(['feed', 'list', '--json', '--registry', 'https://registry.example.org']);
    expect(ended.code).toBe(3);
    expect(errorOf(ended).code).toBe('FF_UNAUTHENTICATED');
    expect(opened).toEqual([]);
  });

  it('says where it looked when no fleet is there', async () => {
    const ended = await feedfleet(['feed', 'list', '--json']);
    expect(ended.code).toBe(6);
    expect(errorOf(ended)).toMatchObject({ code: 'FF_NO_FLEET', detail: `there is no ${folder}/data/fleet.json` });
  });

  it.each([
    ['forbidden', 3],
    ['noSuchFeed', 4],
    ['conflict', 5],
    ['registryUnavailable', 6],
    ['invalidRequest', 1],
  ] as const)('turns %s into exit code %i', async (name, code) => {
    failure = new ProblemError(name, { detail: `because of ${KEY}` });
    const ended = await feedfleet(['feed', 'list', ...elsewhere]);
    expect(ended.code).toBe(code);
    expect(ended.err).toContain(`${failure.code}: `);
    expect(ended.err).not.toContain(KEY);
  });
});

describe('feedfleet feed', () => {
  it('creates a feed with what is given, public without --private', async () => {
    const options = ['--alias', 'a', '--alias', 'b', '--deletion', 'delete', '--max-package-size', '250MB'];
    const { code, out } = await feedfleet(['feed', 'create', 'acme', ...options, '--json', ...elsewhere]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ feed: { name: 'acme' }, change: { number: 7 } });
    expect(calls).toEqual([
      [
        'feeds.create',
        { name: 'acme', visibility: 'public', aliases: ['a', 'b'], deletion: 'delete', maxPackageBytes: 250_000_000 },
      ],
    ]);
  });

  it('changes only what is given', async () => {
    expect((await feedfleet(['feed', 'set', 'acme', '--private', '--no-aliases', ...elsewhere])).code).toBe(0);
    expect(calls).toEqual([['feeds.update', 'acme', { visibility: 'private', aliases: [] }]]);
  });

  it.each([[[]], [['--private', '--public']], [['--alias', 'x', '--no-aliases']], [['--deletion', 'burn']]])(
    'refuses to set %j',
    async (options) => {
      const { code } = await feedfleet(['feed', 'set', 'acme', ...options, ...elsewhere]);
      expect(code).toBe(2);
      expect(calls).toEqual([]);
    },
  );

  it('does not delete without a terminal and without --yes', async () => {
    expect((await feedfleet(['feed', 'delete', 'acme', ...elsewhere])).code).toBe(2);
    expect(calls).toEqual([['feeds.get', 'acme']]);
  });

  it('does not delete after a no', async () => {
    const ended = await feedfleet(['feed', 'delete', 'acme', '--json', ...elsewhere], {
      confirm: () => Promise.resolve(false),
    });
    expect(ended.code).toBe(1);
    expect(errorOf(ended).code).toBe('FF_STOPPED');
    expect(calls).toEqual([['feeds.get', 'acme']]);
  });

  it('deletes with --yes', async () => {
    expect((await feedfleet(['feed', 'delete', 'acme', '--yes', ...elsewhere])).code).toBe(0);
    expect(calls.at(-1)).toEqual(['feeds.delete', 'id-acme']);
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
    expect(calls.at(-1)).toEqual([
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
    expect(calls.at(-1)).toMatchObject([
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
    expect(calls).toEqual([]);
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

  it('revokes a key', async () => {
    expect((await feedfleet(['key', 'revoke', 'k1', ...elsewhere])).code).toBe(0);
    expect(calls).toEqual([['keys.revoke', 'k1']]);
  });
});

describe('feedfleet with HTTP', () => {
  let server: Server;
  let url: string;
  let asked: string[];
  let status: number;

  beforeEach(async () => {
    [asked, status] = [[], 200];
    server = createServer((request, response) => {
      asked.push(`${String(request.method)} ${String(request.url)} ${String(request.headers['x-nuget-apikey'])}`);
      request.resume().on('end', () => response.writeHead(status, 'The reason').end());
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('fleet status asks every instance, and fails when a family has none that is ready', async () => {
    const { code, out } = await feedfleet(['fleet', 'status', '--json', ...elsewhere], {}, url);
    expect(code).toBe(1);
    expect(asked).toEqual(['GET /health/ready undefined']);
    expect(JSON.parse(out)).toMatchObject({
      number: 9,
      balancer: null,
      families: [
        { id: 'v2', ready: 1, of: 1 },
        { id: 'v3', ready: 0, of: 0 },
      ],
      instances: [{ id: 'v2-1', ready: { outcome: 'ready', status: 200 } }],
      processes: [{ id: 'v2-1', number: 7, behind: 2 }],
    });
  });

  it('push sends packages to the address of the feed', async () => {
    await writeFile(path.join(folder, 'a.nupkg'), 'a');
    const { code, out } = await feedfleet(['push', '*.nupkg', '--url', `${url}/F/acme`, '--key', KEY, '--json']);
    expect(code).toBe(0);
    expect(asked).toEqual([`PUT /F/acme ${KEY}`]);
    expect(JSON.parse(out)).toEqual({
      target: `${url}/F/acme`,
      counts: { pushed: 1, exists: 0, resumed: 0, failed: 0, notTried: 0 },
      pushedBytes: 1,
      packages: [{ path: 'a.nupkg', sizeBytes: 1, outcome: 'pushed', attempts: 1, failure: null }],
    });
  });

  it.each([
    [400, 1],
    [403, 3],
    [404, 4],
    [409, 5],
    [503, 6],
  ])('push ends, after the answer %i, with %i and the reason', async (answer, expected) => {
    status = answer;
    await writeFile(path.join(folder, 'a.nupkg'), 'a');
    const { code, err, out } = await feedfleet(['push', 'a.nupkg', '--url', `${url}/F/acme/auth/${KEY}/`]);
    expect(code).toBe(expected);
    expect(err).toContain('The reason');
    expect(err).toContain('FF_PUSH_INCOMPLETE');
    expect(out + err).not.toContain(KEY);
  });

  it('push asks for a key before it sends anything', async () => {
    await writeFile(path.join(folder, 'a.nupkg'), 'a');
    expect((await feedfleet(['push', 'a.nupkg', '--url', `${url}/F/acme`])).code).toBe(3);
    expect(asked).toEqual([]);
  });

  it.each([
    [['nothing.nupkg', '--url', 'http://127.0.0.1:1/F/acme', '--key', KEY]],
    [['a.nupkg', '--key', KEY]],
    [['a.nupkg', '--feed', 'acme', ...elsewhere]],
    [['a.nupkg', '--url', 'ftp://h/F/acme', '--key', KEY]],
    [['a.nupkg', '--url', 'http://127.0.0.1:1/F/acme', '--key', KEY, '--concurrency', '0']],
  ])('push refuses %j', async (args) => {
    await writeFile(path.join(folder, 'a.nupkg'), 'a');
    expect((await feedfleet(['push', ...args])).code).toBe(2);
  });
});
