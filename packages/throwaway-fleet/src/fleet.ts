/** A whole fleet of real processes on free ports and a folder of its own, as `npm start` runs it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { RegistryApi } from '@feedfleet/registry-client';

import { COMPILED_CODE } from './code-folder.ts';
import { endLeftStatus } from './left-status.ts';

export interface FleetOptions {
  /** An existing data folder; a new one by default, removed at the end. */
  readonly data?: string;
  readonly port?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether the status page runs, which looks at the fleet all the time and makes a feed of its own. Default false. */
  readonly status?: boolean;
  /** What is started instead of the sources, for example a deployable. */
  readonly entry?: string;
}

export interface Fleet {
  /** The balancer, without a slash at the end. */
  readonly url: string;
  readonly data: string;
  /** What the supervisor wrote to its standard output so far. */
  readonly screen: () => string;
  /** Shown on the first start only; empty later. */
  readonly adminKey: string;
  readonly registry: RegistryApi;
  readonly supervisor: ChildProcess;
  /** Ends the fleet with SIGTERM; gives the exit code. The folder stays when the caller gave it. */
  stop(): Promise<number | null>;
}

const root = path.resolve(import.meta.dirname, '../../..');
const START_LIMIT_MS = 60_000;

/** Below the ports that fleets choose for themselves, and those that the system takes for outgoing connections. */
const [LOWEST_PORT, HIGHEST_PORT] = [10_000, 20_999];

/** Nobody listens there; nor does a connection sit on it by the time that somebody wants to. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT + 1));
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

/** The sources, or the folder beside that of a deployable. */
function usualEntry(): string {
  const { dirname, filename } = import.meta;
  if (filename.endsWith('.ts')) return path.join(root, 'packages/supervisor/src/main.ts');
  return path.resolve(dirname, '../supervisor/main.js');
}

function spawnSupervisor(options: FleetOptions, data: string, port: number, registryPort: number): ChildProcess {
  const entry = options.entry ?? usualEntry();
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry], {
    cwd: data,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      ...COMPILED_CODE,
      FEEDFLEET_DATA: data,
      FEEDFLEET_PORT: String(port),
      FEEDFLEET_REGISTRY_PORT: String(registryPort),
      FEEDFLEET_STATUS: String(options.status ?? false),
      FEEDFLEET_STATUS_PORT: '0',
      ...options.environment,
    },
  });
}

/** Resolves when the fleet says that it is ready; rejects with its output when it ends before. */
function untilReady(supervisor: ChildProcess, output: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(timer);
      supervisor.kill('SIGKILL');
      reject(new Error(`the fleet ${why}:\n${output()}`));
    };
    const timer = setTimeout(() => {
      fail(`was not ready after ${START_LIMIT_MS} ms`);
    }, START_LIMIT_MS);
    supervisor.on('message', (message) => {
      if ((message as { readonly type?: string }).type !== 'ready') return;
      clearTimeout(timer);
      resolve();
    });
    supervisor.once('exit', (code) => {
      fail(`ended with ${code}`);
    });
  });
}

async function stopFleet(supervisor: ChildProcess): Promise<number | null> {
  if (supervisor.exitCode !== null || supervisor.signalCode !== null) return supervisor.exitCode;
  const ended = new Promise<number | null>((resolve) => supervisor.once('exit', resolve));
  supervisor.kill('SIGTERM');
  return await ended;
}

export async function startFleet(options: FleetOptions = {}): Promise<Fleet> {
  const data = options.data ?? (await mkdtemp(path.join(tmpdir(), 'feedfleet-fleet-')));
  const port = options.port ?? (await freePort());
  const registryPort = await freePort();
  const supervisor = spawnSupervisor(options, data, port, registryPort);
  let stdout = '';
  let stderr = '';
  supervisor.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  supervisor.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  try {
    await untilReady(supervisor, () => stdout + stderr);
  } catch (error) {
    await endLeftStatus(data);
    throw error;
  }
  const token = (await readFile(path.join(data, 'secrets', 'operator.token'), 'utf8')).trim();
  return {
    url: `http://127.0.0.1:${port}`,
    data,
    screen: () => stdout,
    adminKey: /ff_[A-Za-z0-9_-]{43}/.exec(stdout)?.[0] ?? '',
    registry: new RegistryApi({ url: `http://127.0.0.1:${registryPort}`, token }),
    supervisor,
    async stop() {
      const code = await stopFleet(supervisor);
      await endLeftStatus(data);
      if (options.data === undefined) await rm(data, { recursive: true, force: true });
      return code;
    },
  };
}
