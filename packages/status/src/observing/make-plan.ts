/** What observers look at, made of what is known of the fleet. */
import { defaultFamilies } from '@feedfleet/registry-client';
import type { Canary, ObservationPlan } from '@feedfleet/status-probes';

import type { StatusSettings } from '../settings.ts';
import { familyPath } from './family-paths.ts';
import type { DiscoveredFleet } from './fleet-discovery.ts';

/** Until anything else is known. */
export const USUAL_FLEET: DiscoveredFleet = {
  families: defaultFamilies.map(({ id, title }) => ({ id, title, path: familyPath(id, []) })),
  instances: [],
};

const MOST_INSTANCES = 1000;

export interface PlanSources {
  readonly settings: StatusSettings;
  readonly fleet: DiscoveredFleet;
  readonly canary: Canary | undefined;
}

/** @returns `undefined` while nobody has said where the balancer is. */
export function makePlan({ settings, fleet, canary }: PlanSources): ObservationPlan | undefined {
  const entry = settings.balancerUrl ?? settings.publicUrl;
  if (entry === undefined) return undefined;
  return {
    version: 1,
    entryUrl: withoutSlash(entry),
    canary: canary ?? null,
    familyMs: settings.familyIntervalMs,
    instanceMs: settings.instanceIntervalMs,
    writeMs: settings.writeIntervalMs,
    slowMs: settings.slowAnswerMs,
    timeoutMs: settings.probeTimeoutMs,
    families: fleet.families.map(({ id, title, path }) => ({ id, title, path: path.replace('<feed>', '{feed}') })),
    instances: fleet.instances.slice(0, MOST_INSTANCES),
  };
}

/** For observers elsewhere: by the address of clients, without what only the fleet itself reaches. */
export function planForOthers(plan: ObservationPlan, publicUrl: string | undefined): ObservationPlan {
  return { ...plan, entryUrl: publicUrl === undefined ? plan.entryUrl : withoutSlash(publicUrl), instances: [] };
}

export function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
