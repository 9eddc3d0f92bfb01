/**
 * What requests are balanced by: the registry's view, with the reroutes and quarantines that the balancer has decided on itself and the overrides of
 * operators over it. Made anew when one of these changes, so that a request pays a few comparisons.
 */
import type { Operation, Override, Quarantine, RegistryView, Reroute } from '@feedfleet/registry-client';
import { endOf, operationsOf } from './override-operations.ts';

export interface FleetOverlayOptions {
  readonly overrides: { readonly all: readonly Override[] };
  /** The same array until it changes. */
  readonly automatic: () => readonly Reroute[];
  /** Feeds that the balancer keeps apart by itself. The same array until it changes. */
  readonly quarantines: () => readonly Quarantine[];
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
}

export class FleetOverlay {
  readonly #options: FleetOverlayOptions;
  #base: RegistryView | undefined;
  #overrides: readonly Override[] = [];
  #automatic: readonly Reroute[] = [];
  #quarantines: readonly Quarantine[] = [];
  #made: RegistryView | undefined;
  /** When an override ends by itself, in milliseconds since the epoch. */
  #validUntil = Infinity;

  constructor(options: FleetOverlayOptions) {
    this.#options = options;
  }

  over(base: RegistryView): RegistryView {
    const overrides = this.#options.overrides.all;
    const automatic = this.#options.automatic();
    const quarantines = this.#options.quarantines();
    if (overrides.length + automatic.length + quarantines.length === 0) return base;
    const isSame = base === this.#base && overrides === this.#overrides;
    const isSameByItself = automatic === this.#automatic && quarantines === this.#quarantines;
    if (isSame && isSameByItself && this.#made !== undefined && this.#options.wallClock() < this.#validUntil) {
      return this.#made;
    }
    [this.#base, this.#overrides, this.#automatic, this.#quarantines] = [base, overrides, automatic, quarantines];
    this.#made = this.#make(base);
    return this.#made;
  }

  #make(base: RegistryView): RegistryView {
    const now = this.#options.wallClock();
    const ends = this.#overrides.map(endOf).filter((end) => end > now);
    this.#validUntil = Math.min(Infinity, ...ends);
    // One after the other: each sees what those before it have left, and operators have the last word.
    let view = applied(base, automaticOperations(base, this.#automatic));
    view = applied(view, quarantineOperations(view, this.#quarantines));
    for (const override of this.#overrides) view = applied(view, operationsOf(view, [override], now));
    return view;
  }
}

/** What an operator says of a family counts more than what the balancer finds. */
function automaticOperations(view: RegistryView, automatic: readonly Reroute[]): readonly Operation[] {
  return automatic
    .filter(({ family }) => !view.reroutes.some((other) => other.family === family && other.feed === null))
    .map((reroute) => ({ entity: 'reroute', id: reroute.id, value: reroute }));
}

function quarantineOperations(view: RegistryView, automatic: readonly Quarantine[]): readonly Operation[] {
  return automatic
    .filter(({ id }) => view.quarantineOf(id) === undefined)
    .map((quarantine) => ({ entity: 'quarantine', id: quarantine.id, value: quarantine }));
}

function applied(view: RegistryView, operations: readonly Operation[]): RegistryView {
  if (operations.length === 0) return view;
  const at = '1970-01-01T00:00:00.000Z';
  const change = { at, actor: '', summary: '', operations: [...operations] };
  return view.apply({ ...change, number: view.number + 1 });
}
