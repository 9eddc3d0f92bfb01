/** A fleet that runs already, as drills have it: only what leaves it as it was, but for packages in its store, can be done to it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { ProblemError } from '@feedfleet/problems';
import { RegistryApi } from '@feedfleet/registry-client';

import type { DrillFleet } from './fleet-under-drill.ts';

/** More than a drill takes, in milliseconds. */
const KEY_MS = 3_600_000;

export interface FleetAddress {
  /** The balancer, without a slash at the end. */
  readonly url: string;
  /** The data folder. */
  readonly data: string;
  readonly registryUrl: string;
  readonly operatorToken: string;
}

/** @throws {ProblemError} `FF_NO_FLEET` when it does not run on this machine. */
export async function attachFleet({ url, data, registryUrl, operatorToken }: FleetAddress): Promise<DrillFleet> {
  const supervisor = { pid: supervisorOf(data) };
  const registry = new RegistryApi({ url: registryUrl, token: operatorToken });
  const name = `drill-${process.pid}`;
  const { key, secret } = await registry.keys.create({
    name,
    feeds: 'all',
    scopes: ['read', 'push', 'manage'],
    // For who is killed before it is revoked.
    expiresAt: new Date(Date.now() + KEY_MS).toISOString(),
  });
  return {
    fleet: { url, data, adminKey: secret, registry, supervisor },
    certificates: undefined,
    orderFile: undefined,
    stop: async () => {
      await registry.keys.revoke(key.id);
    },
  };
}

function supervisorOf(data: string): number {
  const file = path.join(data, 'fleet.pid');
  try {
    const id = Number(readFileSync(file, 'utf8'));
    process.kill(id, 0);
    return id;
  } catch (cause) {
    throw new ProblemError('noFleet', { detail: `no fleet runs on ${data} here: ${file} names no process`, cause });
  }
}
