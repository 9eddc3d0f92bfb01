/**
 * A push process of its own on a data folder, and a registry that knows one feed and one key: what it takes to kill the process
 * and start it again without a whole fleet.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

import { DEFAULT_FEED_POLICY, hashKey } from '@feedfleet/registry-client';
import type { Snapshot } from '@feedfleet/registry-client';
import { COMPILED_CODE } from '@feedfleet/throwaway-fleet';

const entryOf = (family: string) => path.resolve(import.meta.dirname, '../../../endpoints', family, 'src/main.ts');
const CREATED = '2026-01-01T00:00:00Z';

export interface PushProcess {
  readonly url: string;
  /** Ends it and waits until it is gone. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

export function snapshotWith(feedId: string, key: string): Snapshot {
  return {
    format: 1,
    fleetId: 'fleet',
    number: 1,
    feeds: [
      {
        id: feedId,
        name: 'Tools',
        aliases: [],
        visibility: 'public',
        owner: 'somebody',
        description: '',
        deletion: 'unlist',
        maxPackageBytes: 10_000_000,
        ...DEFAULT_FEED_POLICY,
        createdAt: CREATED,
      },
    ],
    keys: [
      {
        id: 'pusher',
        name: 'pusher',
        hash: hashKey(key),
        owner: 'somebody',
        feeds: 'all',
        scopes: ['push'],
        packageGlobs: ['*'],
        createdAt: CREATED,
        expiresAt: null,
      },
    ],
    families: [],
    instances: [],
    routes: [],
    sources: [],
    reroutes: [],
    quarantines: [],
    datacenters: [],
  };
}

/** Answers the snapshot and nothing else. */
export async function startSnapshotServer(
  snapshot: Snapshot,
): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    const isSnapshot = new URL(request.url ?? '/', 'http://x').pathname === '/api/snapshot';
    response.writeHead(isSnapshot ? 200 : 503, { 'content-type': 'application/json' });
    response.end(isSnapshot ? JSON.stringify(snapshot) : '{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

interface FamilyProcessOptions {
  readonly family: string;
  readonly dataFolder: string;
  readonly registryUrl: string;
  readonly instance: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export const startPushProcess = (options: Omit<FamilyProcessOptions, 'family'>): Promise<PushProcess> =>
  startFamilyProcess({ ...options, family: 'push' });

/** One process of a family without a supervisor. Resolves when it is ready. */
export async function startFamilyProcess(options: FamilyProcessOptions): Promise<PushProcess> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entryOf(options.family)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {
      PATH: process.env.PATH,
      ...COMPILED_CODE,
      FEEDFLEET_INSTANCE: options.instance,
      FEEDFLEET_LISTEN_PORT: '0',
      FEEDFLEET_DATA_FOLDER: options.dataFolder,
      FEEDFLEET_REGISTRY_URL: options.registryUrl,
      FEEDFLEET_REGISTRY_TOKEN: 'token',
      FEEDFLEET_LOG_LEVEL: 'error',
      FEEDFLEET_DRAIN_DELAY_MS: '0',
      ...options.environment,
    },
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await readyUrl(child);
  return {
    url,
    end: async (signal) => {
      child.kill(signal);
      await gone;
    },
  };
}

function readyUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('exit', (code) => reject(new Error(`the push process ended with ${code}: ${errors}`)));
    child.on('message', (message) => {
      const { type, url } = message as { readonly type?: string; readonly url?: string };
      if (type === 'ready' && url !== undefined) resolve(url);
    });
  });
}
