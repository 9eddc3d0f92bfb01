import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StartedProcesses } from './left-behind.ts';

const signal = new AbortController().signal;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'feedfleet-left-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const sleeper = () => spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
const onLinux = existsSync('/proc/self/stat') ? it : it.skip;

describe('what a killed fleet left behind', () => {
  onLinux('is killed when it hangs', async () => {
    const child = sleeper();
    const ended = once(child, 'exit');
    StartedProcesses.open(folder).started('v3-1', child.pid ?? 0);
    child.kill('SIGSTOP');
    expect(await StartedProcesses.open(folder).endLeftBehind(100, signal)).toEqual(['v3-1']);
    expect(await ended).toEqual([null, 'SIGKILL']);
  });

  onLinux('is waited for while it drains', async () => {
    const child = sleeper();
    StartedProcesses.open(folder).started('v3-1', child.pid ?? 0);
    const ending = StartedProcesses.open(folder).endLeftBehind(60_000, signal);
    child.kill('SIGTERM');
    expect(await ending).toEqual([]);
  });

  onLinux('is told to end when it is the status page, which goes on by itself', async () => {
    const [page, family] = [sleeper(), sleeper()];
    const ended = once(page, 'exit');
    StartedProcesses.open(folder).started('status-1', page.pid ?? 0);
    expect(await StartedProcesses.open(folder).endLeftBehind(60_000, signal)).toEqual([]);
    expect(await ended).toEqual([null, 'SIGTERM']);
    const familyEnded = once(family, 'exit');
    StartedProcesses.open(folder).started('v3-1', family.pid ?? 0);
    expect(await StartedProcesses.open(folder).endLeftBehind(0, signal)).toEqual(['v3-1']);
    expect(await familyEnded).toEqual([null, 'SIGKILL']);
  });

  onLinux('is not somebody else who got the process id', async () => {
    const child = sleeper();
    StartedProcesses.open(folder).started('v3-1', child.pid ?? 0);
    const file = path.join(folder, 'processes.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/ (\d+)"/, ' 1$1"'));
    expect(await StartedProcesses.open(folder).endLeftBehind(0, signal)).toEqual([]);
    expect(child.exitCode ?? child.signalCode).toBeNull();
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  it('is nobody when the file is damaged', async () => {
    writeFileSync(path.join(folder, 'processes.json'), '{"format":1,"processes":{"v3-1":{"id":1,"start":"x"}}}');
    expect(await StartedProcesses.open(folder).endLeftBehind(0, signal)).toEqual([]);
  });
});
