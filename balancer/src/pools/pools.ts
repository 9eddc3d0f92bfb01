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
  /** How long the instance was given for the head of its answer. */
  readonly timeoutMs: number;
}

/** One request at one instance: counted from the moment that it was chosen. */
export interface Occupied {
  readonly instance: Instance;
  readonly target: Target;
  /** Called once, when the attempt is over. */
  leave(attempt: Attempt): void;
}

export type MemberHealth =
  /** Nothing is known yet: it is asked like a healthy one. */
  | 'unknown'
  | 'healthy'
  /** Its checks fail. */
  | 'down'
  /** Requests that it had did not go well: it rests for a while. */
  | 'ejected';

/** One instance as its pool sees it. */
export interface MemberState {
  readonly instance: Instance;
  readonly health: MemberHealth;
  /** Why, for operators; empty for a healthy one. */
  readonly why: string;
  /** Until when it is ejected, in milliseconds since the epoch. */
  readonly ejectedUntil: number | undefined;
  /** Whether it gets requests now: for all that it drains, has no weight or is not healthy. */
  readonly isTaking: boolean;
  readonly inFlight: number;
  /** To the head of an answer, recent ones counting most, in milliseconds; `undefined` where nothing is known. */
  readonly latencyMs: number | undefined;
  /** The share of its weight that it has while it starts slowly: up to 1. */
  readonly rampShare: number;
  /** Requests that it got, and those of them that it failed, since it was first seen. */
  readonly requests: number;
  readonly failures: number;
}

/** The instances of a family, in order of id. */
export interface PoolState {
  readonly family: string;
  /** Whether so few are healthy that health is ignored. */
  readonly isPanicking: boolean;
  readonly members: readonly MemberState[];
}

export interface Pools {
  /** @returns `undefined` when no instance is left to be asked. */
  take(choice: Choice): Occupied | undefined;
  /** For operators: of every family that has instances, in order of id. */
  state(fleet: FleetView): readonly PoolState[];
}
