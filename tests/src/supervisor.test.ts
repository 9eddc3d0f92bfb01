/** A whole fleet under its supervisor: what is left after kill -9, and what is said when it cannot start. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

import { COMPILED_CODE, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { runCommand } from './support/running-command.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const ENTRY = path.join(ROOT, 'packages/supervisor/src/main.ts');
const FAMILIES = ['default', 'v1', 'v2', 'push', 'v3', 'symbols'];
const INSTANCES = ['registry', ...FAMILIES, 'balancer'].map((name) => `${name}-1`);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'feedfleet-supervisor-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a supervisor that is expected to fail, and gives what it says. */
async function failure(environment: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ENTRY], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...COMPILED_CODE, ...environment },
  });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const [stderr, [code], screen] = await Promise.all([text(child.stderr), exit, text(child.stdout)]);
  return { code, lines: stderr.trim().split('\n'), screen };
}

/** Empty for a process that ended meanwhile. */
function environmentOf(id: number): readonly string[] {
  try {
    return readFileSync(`/proc/${id}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** Process ids of the fleet on a data folder, by instance, from what the system says of each process. */
function processesOf(supervisorId: number): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const children = readFileSync(`/proc/${supervisorId}/task/${supervisorId}/children`, 'utf8').trim().split(/\s+/);
  for (const id of children.map(Number)) {
    const environment = environmentOf(id);
    const instance = environment.find((entry) => entry.startsWith('FEEDFLEET_INSTANCE='));
    if (instance !== undefined) found.set(instance.slice('FEEDFLEET_INSTANCE='.length), id);
  }
  return found;
}

/** A process that has ended but whose parent has not asked for it yet counts as gone. */
function isAlive(id: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${id}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function expectSoon(what: string, limitMs: number, holds: () => boolean | Promise<boolean>): Promise<void> {
  const begun = performance.now();
  while (!(await holds())) {
    await delay(50);
    if (performance.now() - begun > limitMs) throw new Error(`not within ${limitMs} ms: ${what}`);
  }
}

describe('a fleet that cannot start says why in one sentence', () => {
  it('when a setting is broken', async () => {
    const { code, lines } = await failure({ FEEDFLEET_PORT: 'eighty', FEEDFLEET_LOG_LEVEL: 'loud' });
    expect(code).toBe(78);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('port: expected an integer from 0 to 65535, got "eighty" (from FEEDFLEET_PORT)');
    expect(lines[0]).toContain('logLevel: expected one of debug, info, warn, error, got "loud"');
  });

  it('when the settings file is broken', async () => {
    const file = path.join(folder, 'broken.json');
    writeFileSync(file, '{\n  "port": 1,\n  oops\n}');
    const { code, lines } = await failure({ FEEDFLEET_SETTINGS_FILE: file });
    expect(code).toBe(78);
    expect(lines).toEqual([
      expect.stringContaining('broken.json: expected JSON, and it breaks off at line 3, column 3'),
    ]);
  });

  it('when a setting of one process is broken, with the place where it was given', async () => {
    const file = path.join(folder, 'of-balancer.json');
    const balancer = { trustedProxies: ['x'], idleTimeoutMs: 'abc' };
    writeFileSync(file, JSON.stringify({ port: 0, data: path.join(folder, 'of-balancer'), processes: { balancer } }));
    const { code, lines, screen } = await failure({ FEEDFLEET_SETTINGS_FILE: file, FEEDFLEET_MAX_BODY_BYTES: 'much' });
    expect(code).toBe(78);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^feedfleet: Invalid settings: balancer: \w+/);
    expect(lines[0]?.match(/Invalid settings/g)).toHaveLength(1);
    expect(lines[0]).toContain(`got "x" (from processes.balancer.trustedProxies in ${file})`);
    expect(lines[0]).toContain(`got "abc" (from processes.balancer.idleTimeoutMs in ${file})`);
    expect(lines[0]).toContain('got "much" (from FEEDFLEET_MAX_BODY_BYTES)');
    expect(screen).not.toContain('trustedProxies');
  });

  it('when the data folder cannot be used', async () => {
    writeFileSync(path.join(folder, 'file'), '');
    const { code, lines } = await failure({ FEEDFLEET_DATA: path.join(folder, 'file', 'data') });
    expect(code).toBe(1);
    expect(lines).toEqual([
      expect.stringMatching(/^feedfleet: The folder cannot be used: .*file\/data is not a folder/),
    ]);
  });

  it('when the port is taken', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as AddressInfo;
    const { code, lines } = await failure({ FEEDFLEET_PORT: String(port), FEEDFLEET_DATA: path.join(folder, 'taken') });
    blocker.close();
    expect(code).toBe(1);
    expect(lines).toEqual([
      expect.stringMatching(
        `^feedfleet: The port is taken: 127.0.0.1:${port} for the balancer is in use; FEEDFLEET_PORT`,
      ),
    ]);
  });
});

describe('the admin key', () => {
  it('is made and shown by the first start that succeeds', async () => {
    const data = path.join(folder, 'second-try');
    const { code } = await failure({
      FEEDFLEET_DATA: data,
      FEEDFLEET_PORT: '0',
      FEEDFLEET_TRUSTED_PROXIES: '10.0.0.0/99',
    });
    expect(code).toBe(78);
    const fleet = await startFleet({ data });
    try {
      expect(fleet.adminKey).toMatch(/^ff_/);
      expect((await fleet.registry.feeds.list()).map(({ name }) => name)).toEqual(['main']);
    } finally {
      await fleet.stop();
    }
  });

  it('has been shown when what follows the screen fails', async () => {
    const data = path.join(folder, 'no-config');
    mkdirSync(path.join(data, 'nuget.config'), { recursive: true });
    const { code, screen } = await failure({ FEEDFLEET_DATA: data, FEEDFLEET_PORT: '0' });
    expect(code).toBe(1);
    expect(screen).toMatch(/Admin key +ff_/);
  });
});

describe('a running fleet', () => {
  let fleet: Fleet;
  let data: string;

  beforeAll(async () => {
    data = path.join(folder, 'data');
    mkdirSync(data);
    fleet = await startFleet({ data });
  });
  afterAll(() => fleet.stop());

  it('runs each process as one of its own, and shows the key and the commands', async () => {
    const processes = processesOf(fleet.supervisor.pid ?? 0);
    expect([...processes.keys()].sort()).toEqual([...INSTANCES].sort());
    expect(fleet.screen()).toContain(`--api-key ${fleet.adminKey}`);
    expect(fleet.screen()).toContain(`dotnet nuget add source ${fleet.url}/F/main/api/v3/index.json --name feedfleet`);
    expect(readFileSync(path.join(data, 'nuget.config'), 'utf8')).toContain(`${fleet.url}/F/main/api/v3/index.json`);
    expect((await fetch(`${fleet.url}/F/main/api/v3/index.json`)).status).toBe(200);
  });

  it('has its data to itself', async () => {
    const { code, lines } = await failure({ FEEDFLEET_DATA: data, FEEDFLEET_PORT: '0' });
    expect(code).toBe(1);
    expect(lines).toEqual([
      expect.stringMatching(`^feedfleet: A fleet runs on this data already: .* process ${fleet.supervisor.pid ?? 0}`),
    ]);
  });

  it('brings a family back that was killed', async () => {
    const supervisorId = fleet.supervisor.pid ?? 0;
    const before = processesOf(supervisorId).get('v3-1') ?? 0;
    process.kill(before, 'SIGKILL');
    await expectSoon('v3 answers again', 15_000, async () => {
      const { status } = await fetch(`${fleet.url}/F/main/api/v3/index.json`).catch(() => ({ status: 0 }));
      const id = processesOf(supervisorId).get('v3-1');
      return status === 200 && id !== undefined && id !== before;
    });
  });

  it('leaves no process when its supervisor is killed, and the next start finds everything', async () => {
    const { feeds } = fleet.registry;
    await feeds.create({ name: 'second' });
    const ids = [...processesOf(fleet.supervisor.pid ?? 0).values()];
    fleet.supervisor.kill('SIGKILL');
    await expectSoon('no process is left', 5_000, () => !ids.some(isAlive));
    fleet = await startFleet({ data });
    expect((await fleet.registry.feeds.list()).map(({ name }) => name).sort()).toEqual(['main', 'second']);
    expect(fleet.adminKey).toBe('');
    expect(fleet.screen()).toContain('--api-key <your key>');
    const command = /A new one:\s+(.+)/.exec(fleet.screen())?.[1] ?? '';
    const pasted = await runCommand({ command: 'sh', args: ['-c', command], cwd: ROOT });
    expect(pasted).toMatchObject({ code: 0, stdout: expect.stringContaining('ff_') });
  });

  it('drains at SIGTERM, ends with 0 and leaves no process', async () => {
    const ids = [...processesOf(fleet.supervisor.pid ?? 0).values()];
    expect(await fleet.stop()).toBe(0);
    expect(ids.filter(isAlive)).toEqual([]);
    expect(existsSync(path.join(data, 'store'))).toBe(true);
  });
});
