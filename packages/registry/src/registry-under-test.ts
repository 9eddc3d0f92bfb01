/** A registry on a free port and a folder of its own, and clients with what they were given. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { createLogger, createMetrics } from '@feedfleet/host';
import type { Logger } from '@feedfleet/host';
import { openRegistryMirror, RegistryApi } from '@feedfleet/registry-client';
import type { RegistryMirror } from '@feedfleet/registry-client';

import { SqliteRegistryLog } from './sqlite-registry-log.ts';
import { startRegistry } from './start-registry.ts';
import type { RunningRegistry } from './start-registry.ts';

export const operatorToken = 'operator-token-of-the-test';

/** What the registry knows of the fleet beyond its data. */
export interface FleetUnderTest {
  /** Default: one of its own; null for none. */
  readonly fleetSecret?: string | null;
  readonly balancerUrls?: readonly string[];
}

export interface RegistryUnderTest {
  readonly folder: string;
  /** Everything that was logged, debug lines too. */
  readonly logged: () => string;
  readonly url: () => string;
  readonly operator: () => RegistryApi;
  readonly apiFor: (token: string) => RegistryApi;
  /** Ended with the registry. */
  readonly openMirror: (subscriber: string) => Promise<RegistryMirror>;
  /** What a process comes back with that was killed now, when there is no registry. */
  readonly openFromDisk: (subscriber: string) => Promise<RegistryMirror>;
  /** Ends the registry; `restart` starts another one. */
  readonly stop: () => Promise<void>;
  /** Ends the registry and starts another one on the same data and port. */
  readonly restart: (fleet?: FleetUnderTest) => Promise<void>;
  readonly dispose: () => Promise<void>;
}

const fleetSecretOfTests = 'a-fleet-secret-of-the-tests-0123456789';

interface Start extends FleetUnderTest {
  readonly folder: string;
  readonly port: number;
  readonly log: Logger;
}

function start({ folder, port, log, fleetSecret = fleetSecretOfTests, balancerUrls }: Start): Promise<RunningRegistry> {
  return startRegistry({
    storage: SqliteRegistryLog.open(path.join(folder, 'registry', 'registry.db')),
    operatorToken,
    fleetSecret: fleetSecret ?? undefined,
    ...(balancerUrls === undefined ? {} : { balancerUrls }),
    host: { instance: 'test', listen: { host: '127.0.0.1', port } },
    log,
    metrics: createMetrics({ service: 'registry', instance: 'test' }),
  });
}

export async function openRegistryUnderTest(fleet: FleetUnderTest = {}): Promise<RegistryUnderTest> {
  const folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-registry-'));
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const log = createLogger({ service: 'registry', instance: 'test', level: 'debug', write });
  let running = await start({ ...fleet, folder, port: 0, log });
  const ending = new AbortController();
  const mirrors: RegistryMirror[] = [];
  const apiFor = (token: string): RegistryApi => new RegistryApi({ url: running.url, token });
  const openMirror = async (subscriber: string, registryUrl: string): Promise<RegistryMirror> => {
    const mirror = await openRegistryMirror({
      registryUrl,
      token: operatorToken,
      folder: path.join(folder, 'snapshots', subscriber),
      subscriber,
      log,
      signal: ending.signal,
    });
    mirrors.push(mirror);
    await mirror.ready(AbortSignal.timeout(10_000));
    return mirror;
  };
  return {
    folder,
    logged: () => lines.join('\n'),
    url: () => running.url,
    operator: () => apiFor(operatorToken),
    apiFor,
    openMirror: (subscriber) => openMirror(subscriber, running.url),
    // Nobody listens there.
    openFromDisk: (subscriber) => openMirror(subscriber, 'http://127.0.0.1:9'),
    stop: () => running.drain(),
    async restart(changed = fleet) {
      const { port } = running;
      await running.drain();
      running = await start({ ...changed, folder, port, log });
    },
    async dispose() {
      ending.abort();
      await Promise.all(mirrors.map((mirror) => mirror.close()));
      await running.drain();
      await rm(folder, { recursive: true });
    },
  };
}
