/** `feedfleet fleet status`: what the registry knows, and what each instance says of itself. */
import { ProblemError } from '@feedfleet/problems';
import type { FleetAnswer } from '@feedfleet/registry-client';
import type { Command } from 'commander';

import { findBalancerUrl, findLocalInstances, findRegistry, type ConnectionOptions } from '../connection.ts';
import { exitCodes } from '../exit-codes.ts';
import { isHealthy, renderFleet, type FleetStatus } from '../fleet-view.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts, RegistryPort } from '../parts.ts';
import { probeReadiness } from '../probe-readiness.ts';

/** Probes at the same time: enough for a fleet of many machines, few enough for one. */
const MAX_PROBES = 16;

/** Longest wait for the registry, in milliseconds: a status is asked for most when something is down. */
const REGISTRY_PATIENCE_MS = 2000;

async function probeInstances(
  instances: readonly Omit<FleetStatus['instances'][number], 'ready'>[],
  signal: AbortSignal,
): Promise<FleetStatus['instances']> {
  const waiting = instances.entries();
  const probed: FleetStatus['instances'][number][] = [];
  const worker = async (): Promise<void> => {
    for (const [index, instance] of waiting) {
      probed[index] = { ...instance, ready: await probeReadiness({ url: instance.url, signal }) };
    }
  };
  await Promise.all(Array.from({ length: Math.min(MAX_PROBES, instances.length) }, worker));
  return probed;
}

/** Only the balancer of this machine's fleet is known by itself. */
async function probeBalancer(options: ConnectionOptions, parts: CliParts): Promise<FleetStatus['balancer']> {
  const url = await findBalancerUrl(options, parts).catch(() => undefined);
  return url === undefined ? null : { url, ...(await probeReadiness({ url, signal: parts.signal })) };
}

/** @returns `undefined` when the registry is down; throws what it refuses. */
async function askRegistry(registry: RegistryPort, signal: AbortSignal): Promise<FleetAnswer | undefined> {
  const patience = AbortSignal.timeout(REGISTRY_PATIENCE_MS);
  try {
    return await registry.fleet(AbortSignal.any([signal, patience]));
  } catch (error) {
    signal.throwIfAborted();
    if (patience.aborted || (error instanceof ProblemError && error.code === 'FF_REGISTRY_UNAVAILABLE'))
      return undefined;
    throw error;
  }
}

async function statusWithoutRegistry(url: string, options: SharedOptions, parts: CliParts): Promise<CommandResult> {
  const known = (await findLocalInstances(options, parts)).map((each) => ({ ...each, family: null }));
  const [instances, balancer] = await Promise.all([probeInstances(known, parts.signal), probeBalancer(options, parts)]);
  const status: FleetStatus = {
    registry: 'silent',
    fleetId: null,
    number: null,
    registryUrl: url,
    balancer,
    families: [],
    instances,
    processes: [],
  };
  return {
    document: status,
    text: renderFleet(status),
    exitCode: exitCodes.unreachable,
    failure: new ProblemError('registryUnavailable', { detail: `${url} does not answer` }),
  };
}

async function fleetStatus(options: SharedOptions, parts: CliParts): Promise<CommandResult> {
  const address = await findRegistry(options, parts);
  const fleet = await askRegistry(parts.openRegistry(address), parts.signal);
  if (fleet === undefined) return statusWithoutRegistry(address.url, options, parts);
  const [instances, balancer] = await Promise.all([
    probeInstances(fleet.instances, parts.signal),
    probeBalancer(options, parts),
  ]);
  const status: FleetStatus = {
    registry: 'ready',
    fleetId: fleet.fleetId,
    number: fleet.number,
    registryUrl: address.url,
    balancer,
    families: fleet.families.map(({ id, title }) => {
      const own = instances.filter(({ family }) => family === id);
      return { id, title, ready: own.filter(({ ready }) => ready.outcome === 'ready').length, of: own.length };
    }),
    instances,
    processes: fleet.subscribers.map((each) => ({ ...each, behind: fleet.number - each.number })),
  };
  return {
    document: status,
    text: renderFleet(status),
    exitCode: isHealthy(status) ? exitCodes.ok : exitCodes.failed,
  };
}

export function fleetStatusCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'status',
    description:
      'Shows the registry, the balancer, the families, their instances and what each process knows. Ends with 0 when every ' +
      'family has a ready instance and the balancer is ready, with 1 when not, with 6 when the registry does not answer.',
    examples: [
      { says: 'The fleet of this machine', command: 'feedfleet fleet status' },
      { says: 'Wait until it serves', command: 'until feedfleet fleet status >/dev/null 2>&1; do sleep 1; done' },
    ],
  }).action((options: SharedOptions) => runLeaf(parts, state, options, () => fleetStatus(options, parts)));
}
