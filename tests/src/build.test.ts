/** The deployables: built, carried elsewhere, and run there without the repository. */
import { access, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { startFleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import axios from 'axios';

import { buildPackage } from './support/package-builder.ts';
import { runCommand } from './support/running-command.ts';
import type { EndedCommand } from './support/running-command.ts';

const root = path.resolve(import.meta.dirname, '../..');
const processes = [
  'balancer',
  'cli',
  'default',
  'push',
  'registry',
  'status',
  'supervisor',
  'symbols',
  'v1',
  'v2',
  'v3',
];

let folder: string;
let dist: string;

/** Ids of the processes that run files below the folder; empty where there is no /proc. */
async function runningFrom(place: string): Promise<readonly string[]> {
  const ids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return ids.filter((_, index) => lines[index]?.includes(place) === true);
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-build-'));
  const built = path.join(folder, 'built');
  const { code, stderr } = await runCommand({ args: ['infra/bootstrap.mjs', 'build', '--out', built], cwd: root });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  dist = path.join(folder, 'elsewhere');
  await cp(built, dist, { recursive: true });
  await rm(built, { recursive: true });
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('npm run build', () => {
  it('makes a folder a process, with its licences', async () => {
    expect((await readdir(dist)).sort()).toEqual(processes);
    for (const name of processes) {
      await access(path.join(dist, name, 'LICENSE'));
      const manifest = JSON.parse(await readFile(path.join(dist, name, 'package.json'), 'utf8')) as object;
      expect(manifest).toMatchObject({ type: 'module', engines: { node: '>=24' } });
    }
    const notices = await readFile(path.join(dist, 'balancer', 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    expect(notices).toMatch(/\nhttp-proxy 1\.18\.1 \(MIT\)\n/);
  });

  it('imports nothing but what Node has and what lies beside', async () => {
    for (const name of processes) {
      const files = (await readdir(path.join(dist, name))).filter((file) => file.endsWith('.js'));
      for (const file of files) {
        const code = await readFile(path.join(dist, name, file), 'utf8');
        const imported = [...code.matchAll(/^import\s[^;]*?from\s*["']([^"']+)["']/gm)].map(([, from]) => from);
        const isBeside = (from: string): boolean => files.some((each) => from === `./${each}`);
        expect(imported.filter((from = '') => !isBuiltin(from) && !isBeside(from))).toEqual([]);
      }
    }
  });
});

describe('a fleet of deployables', () => {
  it('starts, takes a feed, a key and a package from its own command line, serves, and ends without a trace', async () => {
    const fleet = await startFleet({ entry: path.join(dist, 'supervisor', 'main.js') });
    const feedfleet = (...args: readonly string[]): Promise<EndedCommand> =>
      runCommand({
        args: [path.join(dist, 'cli', 'main.js'), ...args],
        cwd: folder,
        environment: { FEEDFLEET_DATA: fleet.data },
      });
    try {
      const created = await feedfleet('feed', 'create', 'Built', '--json');
      expect(created).toMatchObject({ code: 0, stderr: '' });
      const key = await feedfleet('key', 'create', '--feed', 'built', '--scope', 'push', '--json');
      const { secret } = JSON.parse(key.stdout) as { readonly secret: string };
      const bytes = buildPackage({ id: 'Acme.Built', version: '1.0.0' });
      await writeFile(path.join(folder, 'Acme.Built.1.0.0.nupkg'), bytes);

      const pushed = await feedfleet('push', '*.nupkg', '--feed', 'Built', '--key', secret);
      expect(pushed).toMatchObject({ code: 0, stderr: '' });

      for (const where of [
        'package/Acme.Built/1.0.0',
        'api/v2/package/Acme.Built/1.0.0',
        'api/v3/flat/acme.built/1.0.0/acme.built.1.0.0.nupkg',
      ]) {
        const got = await axios.get<Buffer>(`${fleet.url}/F/Built/${where}`, { responseType: 'arraybuffer' });
        expect({ where, same: bytes.equals(got.data) }).toEqual({ where, same: true });
      }
      expect(await feedfleet('fleet', 'status')).toMatchObject({ code: 0, stderr: '' });
    } finally {
      expect(await fleet.stop()).toBe(0);
    }
    expect(await runningFrom(dist)).toEqual([]);
  });
});
