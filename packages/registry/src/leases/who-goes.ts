/**
 * Which instances go whose leases are over.
 *
 * Not the last of a family at a place: without it nobody is served, and with it somebody may be. Nor most of them at once, which
 * looks like a network that is cut between them and the registry rather than between them and the balancer, who sees for itself
 * who answers; only when they have been silent for long. Pure.
 *
 * Source: Netflix, "Eureka Server Self Preservation Mode", for the registry that would rather keep a dead instance than lose a living one.
 */
import type { Instance } from '@feedfleet/registry-client';

import type { Overdue } from './lease-book.ts';

/** After so many lengths of its lease one goes although most others are silent too. */
const longSilence = 10;

export function whoGoes(instances: readonly Instance[], overdue: readonly Overdue[]): readonly string[] {
  if (overdue.length === 0) return [];
  const silence = new Map(overdue.map(({ id, leases }) => [id, leases]));
  const places = Map.groupBy(instances, ({ family, datacenter, pool }) => JSON.stringify([family, datacenter, pool]));
  return [...places.values()].flatMap((all) => {
    const silent = all.filter(({ id }) => silence.has(id));
    if (silent.length === all.length) return [];
    const isMost = silent.length * 2 > all.length;
    return silent.map(({ id }) => id).filter((id) => !isMost || (silence.get(id) ?? 0) >= longSilence);
  });
}
