/** The compartments' port: whether a request may go on now, and what it holds while it does. */
import type { PreparedProblem, RequestContext } from '@feedfleet/host';
import type { Instance } from '@feedfleet/registry-client';
import type { ExchangeResult } from '../exchange-log.ts';
import type { FleetView } from '../fleet-view.ts';
import type { Traffic } from '../traffic.ts';

/** How long a request may wait: its own deadline, and a signal that aborts when the client is gone or the deadline is over. */
export type Waiter = Pick<RequestContext, 'remainingMs' | 'signal'>;

export interface Entry {
  readonly traffic: Traffic;
  /** Whose instances are to serve it. */
  readonly family: string;
  readonly fleet: FleetView;
  readonly waiter: Waiter;
}

/** How an admitted request went. */
export interface Passage {
  readonly result: ExchangeResult;
  readonly status: number;
  /** From the admission to the head of the answer; `undefined` where none came. */
  readonly answeredMs: number | undefined;
  /** Whether the answer says that the trouble is a package source's. */
  readonly isSourceFault: boolean;
}

export interface Permit {
  readonly outcome: 'admitted';
  /** Called when the request is over; only the first call counts. */
  leave(passage: Passage): void;
}

export interface Shed {
  readonly outcome: 'shed';
  readonly result: ExchangeResult;
  /** `undefined` when there is nobody left to answer. */
  readonly problem: PreparedProblem | undefined;
}

export interface Compartments {
  /** At once where there is room; a promise for who waits. Never rejects. */
  enter(entry: Entry): Permit | Shed | Promise<Permit | Shed>;
  /** An instance told how busy its event loop is, in percent. */
  busy(instance: Pick<Instance, 'id' | 'family' | 'pool'>, percent: number): void;
}
