/** Real clients of a feed that has nothing itself: what it serves comes from its package sources, one of them private. */
import { readFileSync } from 'node:fs';

import { eventually, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { describeWith } from '../support/component.ts';
import { Dotnet } from '../support/dotnet.ts';
import { exchange } from '../support/exchange.ts';
import { ModernNuget, NugetExe } from '../support/nuget-exe.ts';
import { buildPackage } from '../support/package-builder.ts';
import type { PackageOptions } from '../support/package-builder.ts';

/** `left` has the package that a project references, `right` what that one depends on. */
const tool = { id: 'Chain.Tool', version: '1.0.0', dependencies: { '': [{ id: 'Chain.Base', version: '1.0.0' }] } };
const [base, newerBase] = ['1.0.0', '1.1.0'].map((version) => ({ id: 'Chain.Base', version }));
const contents: readonly { readonly feed: string; readonly options: PackageOptions | undefined }[] = [
  { feed: 'left', options: tool },
  { feed: 'right', options: base },
  { feed: 'right', options: newerBase },
];

interface Bundle {
  readonly fleet: Fleet;
  readonly url: string;
  /** Of the key by which `main` reads the private feed. */
  readonly edgeKeyId: string;
}

async function startBundle(): Promise<Bundle> {
  const fleet = await startFleet();
  const { feeds, keys, sources } = fleet.registry;
  for (const name of ['left', 'right', 'bundle']) {
    await feeds.create({ name, visibility: name === 'right' ? 'private' : 'public' });
  }
  for (const { feed, options } of contents) {
    const headers = { 'x-nuget-apikey': fleet.adminKey };
    const push = { method: 'PUT', headers, body: buildPackage(options) };
    expect(await exchange(`${fleet.url}/F/${feed}/api/v2/package`, push)).toMatchObject({ status: 201 });
  }
  const right = await feeds.get('right');
  const { key, secret } = await keys.create({ name: 'edge', feeds: [right.id], scopes: ['read'] });
  await sources.create('bundle', { name: 'left', target: { kind: 'feed', feed: 'left' } });
  await sources.create('bundle', {
    ...{ name: 'right', target: { kind: 'feed', feed: 'right' } },
    credential: { kind: 'apiKey', secret },
  });
  const bundle = { fleet, url: `${fleet.url}/F/bundle`, edgeKeyId: key.id };
  await untilSeen(bundle, 200);
  return bundle;
}

const byId = ['/FindPackagesById()?id=', '/api/v2/FindPackagesById()?id='].map((path) => `${path}'Chain.Base'`);

/** Resolves when every family knows of the source that has the base, or, with 404, that it may no longer read it. */
async function untilSeen({ url }: Bundle, status: 200 | 404): Promise<void> {
  for (const path of byId) {
    await eventually({ what: path, limitMs: 10_000 }, async () => {
      const { text } = await exchange(url + path);
      return text.includes('<d:Id>Chain.Base</d:Id>') === (status === 200) ? true : undefined;
    });
  }
  await eventually({ what: 'v3', limitMs: 10_000 }, async () => {
    const answer = await exchange(`${url}/api/v3/flat/chain.base/index.json`);
    return answer.status === status ? true : undefined;
  });
}

const families = [
  { family: 'default', source: '' },
  { family: 'v2', source: '/api/v2' },
  { family: 'v3', source: '/api/v3/index.json' },
] as const;

let bundle: Bundle;

beforeAll(async () => {
  bundle = await startBundle();
}, 90_000);

afterAll(() => bundle.fleet.stop());

describeWith(['dotnet'], 'the .NET SDK, with a feed of sources alone', () => {
  const restore = (client: Dotnet, folder: string): ReturnType<Dotnet['dotnet']> =>
    client.dotnet(['restore', folder, '--no-cache']);

  function clientOf(source: string): Dotnet {
    const client = new Dotnet();
    client.configure({ feed: { url: bundle.url + source } });
    client.project('user', { id: 'User', version: '1.0.0', references: { 'Chain.Tool': '1.0.0' } });
    return client;
  }

  it.each(families)('restores, searches and looks for updates on the $family URL', async ({ source }) => {
    const client = clientOf(source);
    const run = async (...args: readonly string[]): Promise<string> => {
      const { code, output } = await client.dotnet(args);
      if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${output}`);
      return output;
    };
    try {
      expect(await restore(client, 'user')).toMatchObject({ code: 0 });
      expect(client.restored('user')).toEqual(['Chain.Base/1.0.0', 'Chain.Tool/1.0.0']);
      for (const [name, options] of [['chain.tool', tool] as const, ['chain.base', base] as const]) {
        const file = client.path(`home/.nuget/packages/${name}/1.0.0/${name}.1.0.0.nupkg`);
        expect([name, readFileSync(file).equals(buildPackage(options))]).toEqual([name, true]);
      }

      client.project('old', { id: 'Old', version: '1.0.0', references: { 'Chain.Base': '1.0.0' } });
      await run('restore', 'old');
      expect(await run('list', 'old/Old.csproj', 'package', '--outdated')).toMatch(/Chain\.Base.*1\.0\.0.*1\.1\.0/);

      const found = await run('package', 'search', 'chain', '--source', 'feed', '--format', 'json');
      expect(found).toContain('"Chain.Tool"');
      expect(found).toMatch(/"Chain\.Base"[^}]*"1\.1\.0"/);
    } finally {
      client.remove();
    }
  });
});

describeWith(['nuget'], 'nuget.exe 2.8.7, with a feed of sources alone', () => {
  it.each([...families.filter(({ family }) => family !== 'v3'), { family: 'v1', source: '/api/v1' }])(
    'lists and installs on the $family URL',
    async ({ source }) => {
      const client = new NugetExe();
      client.configure({ feed: { url: bundle.url + source } });
      const run = async (...args: readonly string[]): Promise<string> => {
        const { code, output } = await client.nuget(...args, '-Source', bundle.url + source);
        if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${output}`);
        return output;
      };
      try {
        const listed = (await run('list', 'chain')).split('\n').filter((line) => line.startsWith('Chain.'));
        expect(listed.map((line) => line.trim())).toEqual(['Chain.Base 1.1.0', 'Chain.Tool 1.0.0']);
        expect((await run('list', 'base', '-AllVersions')).match(/Chain\.Base 1\./g)).toHaveLength(2);

        await run('install', 'Chain.Tool', '-OutputDirectory', 'installed');
        const file = client.path('installed/Chain.Base.1.0.0/Chain.Base.1.0.0.nupkg');
        expect(readFileSync(file).equals(buildPackage(base))).toBe(true);
      } finally {
        client.remove();
      }
    },
  );
});

describeWith(['modernNuget'], 'nuget.exe 5.8.0, with a feed of sources alone', () => {
  it.each(families)('lists and installs on the $family URL', async ({ source }) => {
    const client = new ModernNuget('5.8.0');
    const url = bundle.url + source;
    client.configure({ feed: { url } });
    try {
      const listed = await client.nuget('list', 'chain', '-Source', url);
      expect(listed.output).toMatch(/Chain\.Base 1\.1\.0\s+Chain\.Tool 1\.0\.0/);
      const installed = await client.nuget('install', 'Chain.Tool', '-Source', url, '-OutputDirectory', 'installed');
      expect(installed).toMatchObject({ code: 0 });
      const file = client.path('installed/Chain.Base.1.0.0/Chain.Base.1.0.0.nupkg');
      expect(readFileSync(file).equals(buildPackage(base))).toBe(true);
    } finally {
      client.remove();
    }
  });
});

/** Last in the file: the key of the edge is gone for good. */
describeWith(['dotnet'], 'the .NET SDK, when the key of an inner edge is revoked', () => {
  beforeAll(async () => {
    await bundle.fleet.registry.keys.revoke(bundle.edgeKeyId);
    await untilSeen(bundle, 404);
  });

  it.each(families)('fails a restore and names what is missing, on the $family URL', async ({ source }) => {
    const client = new Dotnet();
    client.configure({ feed: { url: bundle.url + source } });
    client.project('user', { id: 'User', version: '1.0.0', references: { 'Chain.Tool': '1.0.0' } });
    try {
      const { code, output } = await client.dotnet(['restore', 'user', '--no-cache']);
      expect(code).toBe(1);
      expect(output).toMatch(/NU1101.*Chain\.Base/);
      expect(output).not.toContain('right');
      expect(readFileSync(client.path('home/.nuget/packages/chain.tool/1.0.0/chain.tool.1.0.0.nupkg'))).toEqual(
        buildPackage(tool),
      );
    } finally {
      client.remove();
    }
  });
});
