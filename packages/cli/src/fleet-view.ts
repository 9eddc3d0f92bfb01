/** The fleet as one table of what runs, and what each part knows. */
import type { FleetAnswer } from '@feedfleet/registry-client';

import type { Readiness } from './probe-readiness.ts';
import { renderProperties, renderTable } from './table.ts';

export interface FleetStatus {
  /** Whether the registry answered; without it, fleet, families and processes are not known. */
  readonly registry: 'ready' | 'silent';
  readonly fleetId: string | null;
  /** Number of the registry's newest change. */
  readonly number: number | null;
  readonly registryUrl: string;
  /** `null` when the command does not know where it is. */
  readonly balancer: ({ readonly url: string } & Readiness) | null;
  readonly families: readonly {
    readonly id: string;
    readonly title: string;
    readonly ready: number;
    readonly of: number;
  }[];
  readonly instances: readonly {
    readonly id: string;
    readonly family: string | null;
    readonly url: string;
    readonly ready: Readiness;
  }[];
  /** Processes that follow the registry; `behind` counts the changes that one has not applied. */
  readonly processes: readonly (FleetAnswer['subscribers'][number] & { readonly behind: number })[];
}

/** Every family has a ready instance, and the balancer, where it is known, is ready. */
export function isHealthy(status: FleetStatus): boolean {
  return status.families.every(({ ready }) => ready > 0) && (status.balancer?.outcome ?? 'ready') === 'ready';
}

function renderReadiness({ outcome, status }: Readiness): string {
  switch (outcome) {
    case 'ready':
      return 'ready';
    case 'notReady':
      return `not ready (${status})`;
    case 'silent':
      return 'no answer';
  }
}

export function renderFleet(status: FleetStatus): string {
  const { balancer } = status;
  const head = renderProperties([
    ['Fleet', status.fleetId ?? 'not known without the registry'],
    ['Registry', `${status.registryUrl}, ${status.number === null ? 'no answer' : `change ${status.number}`}`],
    ['Balancer', balancer === null ? 'not known here' : `${balancer.url}, ${renderReadiness(balancer)}`],
  ]);
  const families = renderTable(
    ['FAMILY', 'SERVES', 'READY'],
    status.families.map(({ id, title, ready, of }) => [id, title, `${ready} of ${of}`]),
  );
  const instances = renderTable(
    ['INSTANCE', 'FAMILY', 'ADDRESS', 'STATE'],
    status.instances.map(({ id, family, url, ready }) => [id, family ?? '', url, renderReadiness(ready)]),
  );
  const processes = renderTable(
    ['PROCESS', 'APPLIED', 'BEHIND', 'LAST ASKED'],
    status.processes.map(({ id, number, behind, lastPollAt }) => [id, String(number), String(behind), lastPollAt]),
  );
  return [head, families, instances, processes].join('\n');
}
