import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { eventually } from '@feedfleet/throwaway-fleet';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { stopProcess } from './stopped-process.ts';

const LIMIT_MS = 10_000;
const stopper = pathToFileURL(path.join(import.meta.dirname, 'stopped-process.ts')).href;

let sleeper: ChildProcess;
let id: number;

beforeEach(async () => {
  sleeper = spawn('sleep', ['60'], { stdio: 'ignore' });
  await once(sleeper, 'spawn');
  id = sleeper.pid ?? 0;
});

afterEach(async () => {
  if (sleeper.exitCode !== null || sleeper.signalCode !== null) return;
  const ended = once(sleeper, 'exit');
  sleeper.kill('SIGKILL');
  await ended;
});

/** Resolves once the process is stopped, or is not. Source: proc(5), `/proc/pid/stat`. */
const untilStopped = (isStopped: boolean): Promise<true> =>
  eventually({ what: `stopped: ${isStopped}`, limitMs: LIMIT_MS }, () => {
    const state = readFileSync(`/proc/${id}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .slice(0, 1);
    return (state === 'T') === isStopped ? true : undefined;
  });

/** Another process stops it and waits for a word; then it does what it is to end by. */
async function stopAndEnd(end: string): Promise<void> {
  const script = `
    import { stopProcess } from ${JSON.stringify(stopper)};
    stopProcess(${id});
    process.stdin.once('data', () => { ${end} });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = once(child, 'exit');
  await untilStopped(true);
  child.stdin.write('now');
  await ended;
}

describe('a process that is stopped', () => {
  it('goes on when it is told to, and nothing is left to do at the end', async () => {
    const listeners = process.listenerCount('exit');
    const wake = stopProcess(id);
    await untilStopped(true);
    wake();
    await expect(untilStopped(false)).resolves.toBe(true);
    expect(process.listenerCount('exit')).toBe(listeners);
  });

  it.each([
    ['an error that nobody catches', 'throw new Error("broken")'],
    ['a promise that nobody waits for', 'void Promise.reject(new Error("broken"))'],
    ['its own exit', 'process.exit(3)'],
  ])('goes on when whoever stopped it ends by %s', async (_, end) => {
    await stopAndEnd(end);
    await expect(untilStopped(false)).resolves.toBe(true);
  });

  it('may have ended meanwhile', async () => {
    const wake = stopProcess(id);
    const ended = once(sleeper, 'exit');
    sleeper.kill('SIGKILL');
    await ended;
    expect(wake).not.toThrow();
  });
});
