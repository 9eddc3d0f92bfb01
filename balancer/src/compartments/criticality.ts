/** What is given up first when the whole balancer is short. Pure. */
import type { TrafficClass } from '../traffic.ts';

/** The lower, the sooner it is given up. */
export type Criticality = 0 | 1 | 2 | 3 | 4;

/** Foreign chains and guests, then fan-out, people, pushes; operators last, who are there to end it. */
export function criticalityOf(traffic: TrafficClass, isGuest: boolean): Criticality {
  if (traffic === 'operators') return 4;
  if (isGuest || traffic.startsWith('foreign-')) return 0;
  if (traffic === 'people') return 2;
  return traffic === 'push' ? 3 : 1;
}
