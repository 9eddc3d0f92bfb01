/**
 * What there is in the fleet, asked of the registry as long as that answers, and remembered for when it does not.
 *
 * Asked for, and not followed as a mirror: a write to the registry waits for its followers, and nobody shall wait for a status page;
 * nor does it need to hold every feed and key.
 */
import { familySchema, instanceSchema, RegistryApi, routeSchema, sendByNode } from '@feedfleet/registry-client';
import { z } from 'zod';

import { familyPath } from './family-paths.ts';

const discoveredSchema = z.object({
  families: z.array(z.object({ id: familySchema.shape.id, title: familySchema.shape.title, path: z.string() })),
  instances: z.array(
    z.object({
      id: instanceSchema.shape.id,
      family: instanceSchema.shape.family,
      url: z.string(),
      datacenter: z.string(),
    }),
  ),
});
export type DiscoveredFleet = z.output<typeof discoveredSchema>;

const routesSchema = z.array(routeSchema.pick({ pattern: true, family: true }));

/** Asks the registry. @throws {ProblemError} with its own code, or `FF_REGISTRY_UNAVAILABLE`. */
export async function askRegistry(api: RegistryApi, signal: AbortSignal): Promise<DiscoveredFleet> {
  const [families, instances, routes] = await Promise.all([
    api.families.list(signal),
    api.instances.list(signal),
    api.routes.list(signal),
  ]);
  const known = routesSchema.parse(routes.map(({ pattern, family }) => ({ pattern, family })));
  return {
    families: families.map(({ id, title }) => ({
      id,
      title,
      path: familyPath(
        id,
        known.filter(({ family }) => family === id),
      ),
    })),
    instances: instances.map(({ id, family, url, datacenter }) => ({ id, family, url, datacenter })),
  };
}

/** @returns `undefined` for what another release may have written. */
export function readDiscovered(value: unknown): DiscoveredFleet | undefined {
  return discoveredSchema.safeParse(value).data;
}

export function registryApiOf(settings: {
  readonly registryUrl?: string | undefined;
  readonly registryToken?: string | undefined;
}): RegistryApi | undefined {
  const { registryUrl: url, registryToken: token } = settings;
  return url === undefined || token === undefined ? undefined : new RegistryApi({ url, token, send: sendByNode });
}
