/** Whether what was acknowledged is there afterwards. */
import type { LoadReport } from '@feedfleet/load';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { PUSH_FEED } from '../load/family-traffic.ts';
import { exchange } from '../support/exchange.ts';

export interface Pushes {
  readonly acknowledged: number;
  /** As many or more: an answer may have been lost. */
  readonly found: number;
}

/** Each push of the load has an id of its own. @param phases - all of them. */
export async function findPushes(fleet: Fleet, report: LoadReport, phases: readonly string[]): Promise<Pushes> {
  const acknowledged = phases.reduce((sum, phase) => sum + report.of(phase, 'push').ok.count, 0);
  const { text } = await exchange(`${fleet.url}/F/${PUSH_FEED}/api/v3/query?take=0&prerelease=true`);
  return { acknowledged, found: (JSON.parse(text) as { readonly totalHits: number }).totalHits };
}
