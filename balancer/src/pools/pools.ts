/** The pools' port: which instance takes a request, and what was learnt from it. */
import type { Instance } from '@feedfleet/registry-client';
import type { FleetView } from '../fleet-view.ts';
import type { Traffic } from '../traffic.ts';
import type { ForwardOutcome, Target } from '../transport.ts';

export interface Choice {
  readonly traffic: Traffic;
  /** Whose instances are to serve it. */
  readonly family: string;
  readonly fleet: FleetView;
  /** Ids of instances that were tried for this request. */
  readonly tried: ReadonlySet<string>;
}

/** How one attempt at an instance went. */
export interface Attempt {
  readonly outcome: ForwardOutcome;
  /** From the start to the head of the answer; `undefined` where none came. */
  readonly answeredMs: number | undefined;
  /** Whether the answer says that the trouble is a package source's. */
  readonly isSourceFault: boolean;
}

/** One request at one instance: counted from the moment that it was chosen. */
export interface Occupied {
  readonly instance: Instance;
  readonly target: Target;
  /** Called once, when the attempt is over. */
  leave(attempt: Attempt): void;
}

export interface Pools {
  /** @returns `undefined` when no instance is left to be asked. */
  take(choice: Choice): Occupied | undefined;
}
