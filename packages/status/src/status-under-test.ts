/** A status process on a free port and a folder of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { createLogger, createMetrics } from '@feedfleet/host';
import { systemClock } from '@feedfleet/registry-client';
import type { Clock } from '@feedfleet/registry-client';

import type { StatusContext, StatusPartDefinition } from './part.ts';
import { settingsSchema } from './settings.ts';
import { startStatus } from './start-status.ts';
import type { RunningStatus } from './start-status.ts';

export const operatorToken = 'operator-token-of-the-test';

export interface StatusUnderTest {
  readonly folder: string;
  readonly url: () => string;
  /** Where its metrics are. */
  readonly opsUrl: () => string;
  /** What the parts have. */
  readonly context: () => StatusContext;
  /** Everything that was logged, debug lines too. */
  readonly logged: () => string;
  /** Ends the process; `restart` starts another one. */
  readonly stop: () => Promise<void>;
  /** Ends the process and starts another one on the same data and port. */
  readonly restart: () => Promise<void>;
  readonly dispose: () => Promise<void>;
}

export interface StatusTestOptions {
  readonly parts?: readonly StatusPartDefinition[];
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly clock?: Clock;
}

export async function openStatusUnderTest(options: StatusTestOptions = {}): Promise<StatusUnderTest> {
  const folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-status-'));
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  let context: StatusContext | undefined;
  const noticing: StatusPartDefinition = {
    name: 'test',
    migrations: [],
    open: (given) => {
      context = given;
      return { name: 'test' };
    },
  };
  const start = (port: number): Promise<RunningStatus> =>
    startStatus({
      databaseFile: path.join(folder, 'status', 'status.db'),
      parts: [noticing, ...(options.parts ?? [])],
      settings: settingsSchema.parse({
        instance: 'test',
        listenPort: port,
        dataFolder: folder,
        registryToken: operatorToken,
        publicUrl: 'https://packages.example',
        ...options.settings,
      }),
      host: { instance: 'test', listen: { host: '127.0.0.1', port }, opsListen: { host: '127.0.0.1', port: 0 } },
      log: createLogger({ service: 'status', instance: 'test', level: 'debug', write }),
      newMetrics: () => createMetrics({ service: 'status', instance: 'test' }),
      clock: options.clock ?? systemClock,
      random: () => 0.5,
    });
  let running = await start(0);
  return {
    folder,
    url: () => running.url,
    opsUrl: () => running.opsUrl,
    context: () => {
      if (context === undefined) throw new Error('the status process has not started');
      return context;
    },
    logged: () => lines.join('\n'),
    stop: () => running.drain(),
    async restart() {
      const { port } = running;
      await running.drain();
      running = await start(port);
    },
    async dispose() {
      await running.drain();
      await rm(folder, { recursive: true });
    },
  };
}
