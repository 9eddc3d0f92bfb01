import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';

const INDEX = new URL('./index.ts', import.meta.url).href;
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A process of the fleet in a few lines, as other processes write it. */
const fleetProcess = (port = 0, extra = '', more = '') => `
  import { createLogger, createMetrics, hostOptionsOf, hostSettingsShape, runProcess, startHost } from '${INDEX}';
  await runProcess({
    name: 'sample',
    hardExitMs: 5000,
    compose: async (environment, signal, begin) => {
      ${extra}
      const log = createLogger({ service: 'sample', instance: 'sample-1', level: 'info' });
      const metrics = createMetrics({ service: 'sample', instance: 'sample-1' });
      const listen = { host: '127.0.0.1', port: ${port} };
      const host = await startHost({ service: 'sample', instance: 'sample-1', listen, log, metrics, restart: { token: 'token', begin }, handler: (q, r) => r.end() });
      return { url: host.url, drain: () => host.drain()${more} };
    },
  });`;

const ALONE = `, goOnAlone: () => { console.log('alone now'); return log; }`;

const run = (source: string, ipc: boolean): ChildProcess => {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', source],
    {
      stdio: ['ignore', 'pipe', 'pipe', ...(ipc ? ['ipc' as const] : [])],
    },
  );
  children.push(child);
  return child;
};

const messageOf = async (child: ChildProcess) => ((await once(child, 'message')) as [Record<string, unknown>])[0];
const exitOf = async (child: ChildProcess) => (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    }).on('error', () => resolve(false));
  });

describe('a supervised process', () => {
  it('says when it is ready, and where', async () => {
    const ready = await messageOf(run(fleetProcess(), true));
    expect(ready).toEqual({ type: 'ready', url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) });
  });

  it('drains and ends with 0 when it is told to', async () => {
    const child = run(fleetProcess(), true);
    await messageOf(child);
    child.send({ type: 'drain' });
    expect(await exitOf(child)).toEqual([0, null]);
  });

  it('leaves SIGINT to its supervisor and ends at SIGTERM', async () => {
    const child = run(fleetProcess(), true);
    const { url } = await messageOf(child);
    child.kill('SIGINT');
    expect((await fetch(`${String(url)}/health/ready`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await exitOf(child)).toEqual([0, null]);
  });

  it('says that it ends to be started anew when it was asked to, drains, and ends with 0', async () => {
    const child = run(fleetProcess(), true);
    const { url } = await messageOf(child);
    const [said, exit, answer] = await Promise.all([
      messageOf(child),
      exitOf(child),
      fetch(`${String(url)}/-/restart`, { method: 'POST', headers: { authorization: 'Bearer token' } }),
    ]);
    expect([said, exit, answer.status]).toEqual([{ type: 'restarting' }, [0, null], 202]);
  });

  it('ends by itself when its supervisor is killed with SIGKILL', async () => {
    const parent = run(
      `import { spawn } from 'node:child_process';
       const source = ${JSON.stringify(fleetProcess())};
       const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
       child.on('message', (message) => process.send(message));`,
      true,
    );
    const { url } = await messageOf(parent);
    const port = Number(new URL(String(url)).port);
    expect(await isOpen(port)).toBe(true);
    const { stdout } = parent;
    if (stdout === null) throw new Error('no output');
    stdout.resume();
    const nobodyLeft = once(stdout, 'close');
    parent.kill('SIGKILL');
    await nobodyLeft;
    expect(await isOpen(port)).toBe(false);
  });

  it('goes on when it can do so alone, and ends by a signal then', async () => {
    const child = run(fleetProcess(0, '', ALONE), true);
    const { url } = await messageOf(child);
    const { stdout } = child;
    if (stdout === null) throw new Error('no output');
    const isAlone = new Promise<void>((resolve) => {
      stdout.on('data', (text) => {
        if (String(text).includes('alone now')) resolve();
      });
    });
    child.disconnect();
    await isAlone;
    expect((await fetch(`${String(url)}/health/ready`)).status).toBe(200);
    child.kill('SIGINT');
    expect(await exitOf(child)).toEqual([0, null]);
  });

  it('ends with a supervisor that said before that it ends, though it could go on', async () => {
    const child = run(fleetProcess(0, '', ALONE), true);
    await messageOf(child);
    child.send({ type: 'ending' }, () => child.disconnect());
    expect(await exitOf(child)).toEqual([0, null]);
  });
});

describe('a process on its own', () => {
  it('drains at SIGINT', async () => {
    const child = run(fleetProcess(), false);
    if (child.stdout === null) throw new Error('no output');
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    expect(await exitOf(child)).toEqual([0, null]);
  });
});

describe('a process that cannot start', () => {
  it('says in one sentence that its port is taken', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as AddressInfo;
    const child = run(fleetProcess(port), true);
    if (child.stderr === null) throw new Error('no output');
    const [stderr, failed, exit] = await Promise.all([text(child.stderr), messageOf(child), exitOf(child)]);
    blocker.close();
    expect(exit).toEqual([1, null]);
    expect(failed).toMatchObject({ type: 'failed', code: 'FF_PORT_TAKEN' });
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(`^sample: The port is taken: 127.0.0.1:${port} is in use. .*$`),
    ]);
  });

  it('ends with 78 when its settings are broken', async () => {
    const settings = new URL('../../settings/src/index.ts', import.meta.url).href;
    const zod = import.meta.resolve('zod');
    const extra = `
      const { loadSettings } = await import('${settings}');
      const { z } = await import('${zod}');
      loadSettings(z.strictObject(hostSettingsShape), { environment: { X_LISTEN_PORT: 'x' }, prefix: 'X_' });`;
    const child = run(fleetProcess(0, extra), false);
    if (child.stderr === null) throw new Error('no output');
    const [stderr, exit] = await Promise.all([text(child.stderr), exitOf(child)]);
    expect(exit).toEqual([78, null]);
    expect(stderr).toContain('listenPort: expected an integer from 0 to 65535, got "x" (from X_LISTEN_PORT)');
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('logs what nobody foresaw and ends with 1', async () => {
    const child = run(fleetProcess(0, `setImmediate(() => { throw new Error('surprise'); });`), false);
    if (child.stdout === null) throw new Error('no output');
    const [stdout, exit] = await Promise.all([text(child.stdout), exitOf(child)]);
    expect(exit).toEqual([1, null]);
    expect(stdout).toContain('"error.message":"surprise"');
  });
});
