/** A further process in a running fleet: another instance of a family, or another balancer, started as the supervisor starts one. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { COMPILED_CODE } from './code-folder.ts';
import { registryUrlOf } from './fleet-processes.ts';
import { freePort } from './fleet.ts';
import type { Fleet } from './fleet.ts';

export interface ExtraProcessOptions {
  /** Its folder in the repository: `endpoints/v3`. */
  readonly workspace: string;
  readonly instance: string;
  readonly port?: number;
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export interface ExtraProcess {
  readonly process: ChildProcess;
  readonly port: number;
  /** Drains it, and resolves when it has ended. */
  stop(): Promise<void>;
}

const START_LIMIT_MS = 60_000;
const root = path.resolve(import.meta.dirname, '../../..');

export async function startExtraProcess(fleet: Fleet, options: ExtraProcessOptions): Promise<ExtraProcess> {
  const { workspace, instance, flags = [], environment = {} } = options;
  const port = options.port ?? (await freePort());
  const secret = (name: string): string => readFileSync(path.join(fleet.data, 'secrets', name), 'utf8').trim();
  const isBalancer = workspace === 'balancer';
  const entry = path.join(root, workspace, 'src/main.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...flags, entry], {
    cwd: fleet.data,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      PATH: process.env.PATH,
      ...COMPILED_CODE,
      ...{ FEEDFLEET_INSTANCE: instance, FEEDFLEET_LISTEN_PORT: String(port), FEEDFLEET_DATA_FOLDER: fleet.data },
      ...{ FEEDFLEET_REGISTRY_URL: registryUrlOf(fleet), FEEDFLEET_REGISTRY_TOKEN: secret('operator.token') },
      ...(isBalancer ? {} : { FEEDFLEET_FLEET_SECRET: secret('fleet.secret'), FEEDFLEET_BALANCER_URL: fleet.url }),
      FEEDFLEET_LOG_LEVEL: 'error',
      ...environment,
    },
  });
  await untilReady(child, instance);
  return {
    process: child,
    port,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function untilReady(child: ChildProcess, instance: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`${instance} ${why}`));
    };
    const timer = setTimeout(() => fail(`was not ready after ${START_LIMIT_MS} ms`), START_LIMIT_MS);
    child.once('exit', (code) => fail(`ended with ${code}`));
    child.on('message', (message) => {
      if ((message as { readonly type?: string }).type !== 'ready') return;
      clearTimeout(timer);
      resolve();
    });
  });
}
