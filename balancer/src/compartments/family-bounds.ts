/** How large the compartments of a family are, from what the registry says of it and of its instances. Pure. */
import { DEFAULT_BALANCING } from '@feedfleet/registry-client';
import type { FleetView } from '../fleet-view.ts';
import type { CompartmentBounds } from './compartment.ts';

/** Who a compartment is for: the family's own traffic, that of another family which was rerouted here, or one feed kept apart. */
export type CompartmentKind = 'resident' | 'guest' | 'quarantine';

/** With fewer at one instance than this, an endpoint that waits for others would stand idle. */
const FLOOR_PER_INSTANCE = 16;
const GUEST_PART = 0.5;
const FOREIGN_PART = 0.25;
const FEED_SHARE = 0.5;
const MAX_WAITING_IN_QUARANTINE = 4;

export interface FamilyBounds {
  readonly resident: CompartmentBounds;
  readonly foreign: CompartmentBounds;
  readonly guest: CompartmentBounds;
  readonly quarantine: CompartmentBounds;
}

export function familyBounds(fleet: Pick<FleetView, 'familyById' | 'instancesOf'>, family: string): FamilyBounds {
  const { maxConcurrent, maxQueue, queueMs } = fleet.familyById(family)?.balancing ?? DEFAULT_BALANCING;
  let main = 0;
  let apart = 0;
  for (const { state, weight, pool } of fleet.instancesOf(family)) {
    if (state !== 'active' || weight === 0) continue;
    if (pool === 'quarantine') apart += 1;
    else main += 1;
  }
  const instances = Math.max(1, main);
  const waiting = { maxWaiting: maxQueue, maxWaitMs: queueMs, feedShare: FEED_SHARE };
  const part = (of: number): CompartmentBounds => {
    const ceiling = Math.max(1, Math.floor(maxConcurrent * instances * of));
    return { ceiling, floor: Math.min(ceiling, FLOOR_PER_INSTANCE * instances), ...waiting };
  };
  const places = apart === 0 ? instances : apart;
  return {
    resident: part(1),
    foreign: part(FOREIGN_PART),
    guest: part(GUEST_PART),
    quarantine: {
      ...{ ceiling: places, floor: places, maxWaitMs: queueMs, feedShare: 1 },
      maxWaiting: Math.min(maxQueue, MAX_WAITING_IN_QUARANTINE),
    },
  };
}
