/** A status process of its own, beside any fleet: stopped and started again as a test wants. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';

import { COMPILED_CODE, freePort } from '@feedfleet/throwaway-fleet';

export interface StatusProcessOptions {
  /** Its data folder, which the caller removes. */
  readonly data: string;
  /** Where clients reach the balancer. */
  readonly entryUrl: string;
  readonly registryUrl: string;
  readonly token: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface StatusProcess {
  readonly url: string;
  start(): Promise<void>;
  /** Ends it with the signal; resolves when it has ended. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

const START_LIMIT_MS = 60_000;
const entry = path.resolve(import.meta.dirname, '../../../packages/status/src/main.ts');

/** Not started yet. */
export async function statusProcess(options: StatusProcessOptions): Promise<StatusProcess> {
  const port = await freePort();
  let child: ChildProcess | undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    async start() {
      child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry], {
        cwd: options.data,
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        env: {
          PATH: process.env.PATH,
          ...COMPILED_CODE,
          ...{
            FEEDFLEET_INSTANCE: 'status-1',
            FEEDFLEET_LISTEN_PORT: String(port),
            FEEDFLEET_DATA_FOLDER: options.data,
          },
          ...{ FEEDFLEET_REGISTRY_URL: options.registryUrl, FEEDFLEET_REGISTRY_TOKEN: options.token },
          ...{ FEEDFLEET_BALANCER_URL: options.entryUrl, FEEDFLEET_LOG_LEVEL: 'error' },
          ...options.environment,
        },
      });
      await untilReady(child);
    },
    async stop(signal = 'SIGTERM') {
      if (child?.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child?.once('exit', resolve));
      child.kill(signal);
      await ended;
    },
  };
}

function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`the status process ${why}`));
    };
    const timer = setTimeout(() => fail(`was not ready after ${START_LIMIT_MS} ms`), START_LIMIT_MS);
    child.once('exit', (code) => fail(`ended with ${code}`));
    child.on('message', (message) => {
      if ((message as { readonly type?: string }).type !== 'ready') return;
      clearTimeout(timer);
      child.removeAllListeners('exit');
      resolve();
    });
  });
}
