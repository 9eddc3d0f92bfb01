/** What the registry does by itself from time to time: what is over ends, reroutes and quarantines as well as leases. */
import { Rounds } from '@feedfleet/host';
import type { Logger } from '@feedfleet/host';
import type { Clock, Operation } from '@feedfleet/registry-client';

import type { Registry } from './registry.ts';

interface UpkeepOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'error'>;
}

const restMs = 1_000;
const actor = 'registry';

function overdueEnds(
  { view }: Registry,
  now: number,
): readonly { readonly summary: string; readonly operation: Operation }[] {
  const isOver = ({ until }: { readonly until: string | null }): boolean => until !== null && Date.parse(until) <= now;
  const reroutes = view.reroutes.filter(isOver).map(({ id, family, to }) => ({
    summary: `The reroute of ${family} to ${to} is over`,
    operation: { entity: 'reroute' as const, id, value: null },
  }));
  const quarantines = view.quarantines.filter(isOver).map(({ id }) => ({
    summary: `The quarantine of the feed ${view.feedById(id)?.name ?? id} is over`,
    operation: { entity: 'quarantine' as const, id, value: null },
  }));
  return [...reroutes, ...quarantines];
}

/** Each second. What cannot be written now is over the next time too. */
export function openUpkeep({ registry, clock, log }: UpkeepOptions): Rounds {
  let lookedAt: number | undefined;
  return new Rounds({
    work: () => {
      const now = clock.now();
      const elapsedMs = now - (lookedAt ?? now);
      lookedAt = now;
      registry.leases.elapse(registry, elapsedMs);
      for (const { summary, operation } of overdueEnds(registry, now)) {
        registry.commit({ actor, summary, operations: [operation] });
      }
    },
    restMs,
    clock,
    failed: (error) => log.error('what is over cannot be ended', error),
  });
}
