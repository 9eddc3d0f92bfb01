/** `npm start` as a user runs it, with npm, a shell and the bootstrap above the fleet: who is killed, and what is left. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = path.resolve(import.meta.dirname, '../..');
const START_LIMIT_MS = 60_000;

let data: string;
beforeAll(() => {
  data = mkdtempSync(path.join(tmpdir(), 'feedfleet-npm-start-'));
});
afterAll(() => rmSync(data, { recursive: true, force: true }));

/** A process that has ended but whose parent has not asked for it yet counts as gone. */
function isAlive(id: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${id}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function parentOf(id: number): number {
  return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1]);
}

/** Of the fleet on `data`, with the supervisor. */
function idsOfFleet(): ReadonlyMap<string, number> {
  const { processes } = JSON.parse(readFileSync(path.join(data, 'processes.json'), 'utf8')) as {
    readonly processes: Readonly<Record<string, { readonly id: number }>>;
  };
  const supervisor = Number(readFileSync(path.join(data, 'fleet.pid'), 'utf8'));
  return new Map([
    ['supervisor', supervisor],
    ...Object.entries(processes).map(([name, { id }]) => [name, id] as const),
  ]);
}

async function npmStart(...args: readonly string[]) {
  const npm: ChildProcess = spawn('npm', ['start', ...args], {
    cwd: root,
    // A group of its own, as a shell gives it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      FEEDFLEET_DATA: data,
      FEEDFLEET_PORT: '0',
      FEEDFLEET_REGISTRY_PORT: '0',
      FEEDFLEET_DRAIN_MS: '1000',
    },
  });
  let text = '';
  npm.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  npm.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const begun = performance.now();
  while (!text.includes('feedfleet is ready')) {
    if (npm.exitCode !== null || performance.now() - begun > START_LIMIT_MS) throw new Error(`no fleet:\n${text}`);
    await delay(50);
  }
  return { npm, screen: () => text, fleet: idsOfFleet() };
}

async function leftAfter(fleet: ReadonlyMap<string, number>, limitMs: number): Promise<readonly number[]> {
  const begun = performance.now();
  for (;;) {
    const left = [...fleet.values()].filter(isAlive);
    if (left.length === 0 || performance.now() - begun > limitMs) return left;
    await delay(50);
  }
}

const onLinux = existsSync('/proc/self/stat') ? describe : describe.skip;

onLinux('npm start', () => {
  it('leaves no process when npm is killed, though the shell between does not notice', async () => {
    const { npm, fleet } = await npmStart();
    expect([...fleet.keys()].sort()).toEqual([
      'balancer-1',
      'default-1',
      'push-1',
      'registry-1',
      'status-1',
      'supervisor',
      'symbols-1',
      'v1-1',
      'v2-1',
      'v3-1',
    ]);
    npm.kill('SIGKILL');
    expect(await leftAfter(fleet, 5000)).toEqual([]);
  });

  it('leaves no process when what npm runs is killed, nor after Ctrl-C', async () => {
    const killed = await npmStart();
    process.kill(parentOf(killed.fleet.get('supervisor') ?? 0), 'SIGKILL');
    expect(await leftAfter(killed.fleet, 5000)).toEqual([]);
    const interrupted = await npmStart();
    // A terminal sends it to the whole group in its foreground.
    process.kill(-(interrupted.npm.pid ?? 0), 'SIGINT');
    expect(await leftAfter(interrupted.fleet, 5000)).toEqual([]);
  });

  it('ends a family that hung while the supervisor was killed, and the status page that went on, and drains at SIGTERM', async () => {
    const first = await npmStart();
    const hung = first.fleet.get('v3-1') ?? 0;
    const ended = once(first.npm, 'exit');
    process.kill(hung, 'SIGSTOP');
    process.kill(first.fleet.get('supervisor') ?? 0, 'SIGKILL');
    await ended;
    expect(isAlive(hung)).toBe(true);
    const page = first.fleet.get('status-1') ?? 0;
    expect(isAlive(page)).toBe(true);
    const second = await npmStart();
    expect(second.screen()).toContain('feedfleet ended v3-1 of the last start, which hung');
    expect([hung, page].filter(isAlive)).toEqual([]);
    second.npm.kill('SIGTERM');
    expect(await leftAfter(second.fleet, 5000)).toEqual([]);
    expect(second.screen()).toContain('feedfleet drains');
  });

  it('compiles anew what changed since the code was kept, and only that once', async () => {
    const kept = path.join(root, 'node_modules/.cache/feedfleet');
    const stamp = path.join(kept, 'sources');
    const ofThePast = path.join(kept, 'of-the-past');
    const startAndEnd = async (): Promise<string> => {
      const { npm, fleet } = await npmStart();
      npm.kill('SIGTERM');
      expect(await leftAfter(fleet, 5000)).toEqual([]);
      return readFileSync(stamp, 'utf8');
    };
    mkdirSync(kept, { recursive: true });
    writeFileSync(stamp, 'of other sources');
    writeFileSync(ofThePast, '');
    const first = await startAndEnd();
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(existsSync(ofThePast)).toBe(false);
    writeFileSync(ofThePast, '');
    expect(await startAndEnd()).toBe(first);
    expect(existsSync(ofThePast)).toBe(true);
    rmSync(ofThePast);
  });
});
