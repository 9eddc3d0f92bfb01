/** A fleet that is changed in every way while it is asked at a fixed rate and restored from by a real client. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { LoadRun } from '@feedfleet/load';
import type { LoadReport } from '@feedfleet/load';
import { freePort, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { RouteChanges } from './route-changes.ts';
import { Restores } from './restores.ts';
import { Operator, ServedCertificates } from './fleet-changes.ts';
import { TOLD_FAMILIES, seedToldFeeds, toldTraffic, toldTrafficByTls } from './told-apart.ts';

export interface ChangeOptions {
  readonly readsPerSecond: number;
  readonly routeChanges: number;
  /** How often an instance is drained, and all of a family are started anew after it. */
  readonly rollOvers: number;
  readonly certificates: number;
  /** How long each reroute and drain stays, in milliseconds. */
  readonly holdMs: number;
  readonly withDotnet: boolean;
  readonly seed: number;
}

export interface ChangeResult {
  readonly report: LoadReport;
  readonly made: Readonly<Record<'routes' | 'reroutes' | 'rollOvers' | 'certificates' | 'restores', number>>;
  /** Changes that were not in force when the registry said so. */
  readonly late: readonly string[];
  readonly restoreFailures: readonly string[];
}

export const CHANGE_PHASES = ['routes', 'reroutes', 'roll-overs', 'certificates'] as const;
export const CHANGE_GROUPS = [...TOLD_FAMILIES, 'tls'] as const;
const ROLLED_FAMILY = 'v3';
const CERTIFICATE_MS = 250;

export async function changeUnderLoad(options: ChangeOptions): Promise<ChangeResult> {
  const folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-served-'));
  const certificates = new ServedCertificates(folder);
  certificates.renew();
  const tlsPort = await freePort();
  const fleet = await startFleet({
    environment: {
      ...{ FEEDFLEET_TLS_PORT: String(tlsPort), FEEDFLEET_TLS_FOLDER: folder },
      FEEDFLEET_INSTANCES: JSON.stringify({ [ROLLED_FAMILY]: 2 }),
    },
  });
  const operator = new Operator(fleet, folder);
  const restores = options.withDotnet ? new Restores(fleet) : undefined;
  try {
    await seedToldFeeds(fleet);
    return await changed(fleet, { options, certificates, tlsPort, operator, restores });
  } finally {
    restores?.remove();
    await fleet.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Parts {
  readonly options: ChangeOptions;
  readonly certificates: ServedCertificates;
  readonly tlsPort: number;
  readonly operator: Operator;
  readonly restores: Restores | undefined;
}

async function changed(fleet: Fleet, parts: Parts): Promise<ChangeResult> {
  const { options, certificates, tlsPort, operator, restores } = parts;
  const byTls = toldTrafficByTls(`https://127.0.0.1:${tlsPort}`, certificates.authority, options.readsPerSecond / 4);
  const groups = [...toldTraffic(fleet.url, options.readsPerSecond), byTls];
  const run = new LoadRun({ groups, phase: 'routes', limitMs: 600_000 });
  const over = new AbortController();
  const restoring = restores?.until(over.signal);
  try {
    const routes = await RouteChanges.begin(fleet, options.seed);
    while (routes.made < options.routeChanges) await routes.next();
    run.enter('reroutes');
    const reroutes = await operator.rerouteAll(options.holdMs);
    run.enter('roll-overs');
    for (let each = 0; each < options.rollOvers; each += 1) await operator.rollOver(ROLLED_FAMILY, options.holdMs);
    run.enter('certificates');
    for (let each = 0; each < options.certificates; each += 1) {
      certificates.renew();
      await delay(CERTIFICATE_MS);
    }
    over.abort();
    await restoring;
    const { rollOvers, certificates: renewed } = options;
    const made = { routes: routes.made, reroutes, rollOvers, certificates: renewed, restores: restores?.made ?? 0 };
    return { report: await run.stop(), made, late: routes.late, restoreFailures: restores?.failures ?? [] };
  } finally {
    over.abort();
    await Promise.allSettled([run.stop(), restoring]);
  }
}
