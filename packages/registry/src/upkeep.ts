/** What the registry does by itself from time to time: what is over ends, reroutes and quarantines as well as leases. */
import type { Logger } from '@feedfleet/host';
import type { Clock, Operation } from '@feedfleet/registry-client';

import type { Registry } from './registry.ts';

export interface UpkeepOptions {
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

export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #isFailing = false;

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopping;
    let lookedAt = clock.now();
    for (;;) {
      try {
        await clock.sleep(restMs, signal);
      } catch {
        return;
      }
      const now = clock.now();
      this.#tidy(now - lookedAt, now);
      lookedAt = now;
    }
  }

  /** What cannot be written now is over the next time too. */
  #tidy(elapsedMs: number, now: number): void {
    const { registry, log } = this.#options;
    try {
      registry.leases.elapse(registry, elapsedMs);
      for (const { summary, operation } of overdueEnds(registry, now)) {
        registry.commit({ actor, summary, operations: [operation] });
      }
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) log.error('what is over cannot be ended', error);
      this.#isFailing = true;
    }
  }
}
