/** Busy processes that stand back, with real processes where the kernel can do it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { linuxScheduling, sharesBySession } from './linux-scheduling.ts';
import { StandingBack } from './standing-back.ts';

/** Skipped where the kernel does not share the processors by session: nothing stands back there. */
const onLinux = sharesBySession() ? describe : describe.skip;
/** Computes on a thread of its own, until it is told to stop. */
const BURNER = `
  const { Worker } = require('node:worker_threads');
  const worker = new Worker('for (;;);', { eval: true });
  process.on('message', () => worker.terminate().then(() => process.send('stopped')));
  worker.on('online', () => process.send('burns'));
`;

let standingBack: StandingBack | undefined;
let burner: ChildProcess | undefined;
afterEach(() => {
  standingBack?.close();
  burner?.kill('SIGKILL');
});

const niceOf = (id: number): number => Number(/nice (-?\d+)/.exec(readFileSync(`/proc/${id}/autogroup`, 'utf8'))?.[1]);

async function until(isMet: () => boolean): Promise<void> {
  while (!isMet()) await delay(20);
}

onLinux('a process that keeps a processor busy', () => {
  it('stands back as a whole, and has its full share again when it is calm', async () => {
    burner = spawn(process.execPath, ['-e', BURNER], { detached: true, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const id = burner.pid ?? 0;
    await once(burner, 'message');
    let isBurning = true;
    let calmSince = 0;
    const told: string[] = [];
    standingBack = new StandingBack({
      scheduling: linuxScheduling,
      // While it burns, time is what it ran for: however little of the processors it gets, it uses all of it.
      now: () => (isBurning ? (linuxScheduling.ranMs(id) ?? 0) : 1e6 + performance.now() - calmSince),
      tell: (label, standsBack) => told.push(`${label} ${standsBack ? 'stands back' : 'is calm'}`),
    });
    standingBack.watch('v3-1', { id, label: 'v3' });
    await until(() => niceOf(id) === 10);
    burner.send('stop');
    await once(burner, 'message');
    calmSince = performance.now();
    isBurning = false;
    await until(() => niceOf(id) === 0);
    expect(told).toEqual(['v3 stands back', 'v3 is calm']);
  }, 60_000);
});

describe('standing back', () => {
  const seen: string[] = [];
  const scheduling = {
    ranMs: (id: number) => (id === 1 ? performance.now() : id === 2 ? 0 : undefined),
    setNice: (id: number, nice: number) => {
      seen.push(`${id} to ${nice}`);
      return seen.length > 1;
    },
  };

  it('touches only who is busy, tries again what the kernel put off, and bears an end', async () => {
    const told: string[] = [];
    standingBack = new StandingBack({ scheduling, now: () => performance.now(), tell: (label) => told.push(label) });
    for (const id of [1, 2, 3]) standingBack.watch(`v${id}-1`, { id, label: `v${id}` });
    await until(() => told.length > 0);
    expect([seen, told]).toEqual([['1 to 10', '1 to 10'], ['v1']]);
  });
});
