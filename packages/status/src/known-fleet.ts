/** What the status process knows of the fleet: from a part that follows the registry, else what every fleet starts with. */
import { defaultFamilies } from '@feedfleet/registry-client';

import { familyPath } from './observing/family-paths.ts';

export interface KnownFamily {
  readonly id: string;
  readonly title: string;
  /** What clients configure: `https://packages.example/F/<feed>/api/v2`. */
  readonly urlPattern: string;
}

export interface KnownInstance {
  readonly id: string;
  readonly family: string;
  readonly datacenter: string | null;
}

export interface KnownFleet {
  readonly families: readonly KnownFamily[];
  readonly instances: readonly KnownInstance[];
}

/** The families of a new fleet, by where clients reach the balancer. */
export function usualFleet(publicUrl: string | undefined): KnownFleet {
  const base = (publicUrl ?? '').replace(/\/+$/, '');
  const families = defaultFamilies.map(({ id, title }) => ({
    id,
    title,
    urlPattern: base + familyPath(id, []),
  }));
  return { families, instances: [] };
}
