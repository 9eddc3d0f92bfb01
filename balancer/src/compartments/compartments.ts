/** The compartments' port: whether a request may go on now, and what it holds while it does. */
import type { ProblemError } from '@feedfleet/problems';
import type { ExchangeResult } from '../exchange-log.ts';
import type { Traffic } from '../traffic.ts';

export interface Entry {
  readonly traffic: Traffic;
  /** Whose instances are to serve it. */
  readonly family: string;
  /** Milliseconds that it may wait at most. */
  readonly remainingMs: () => number;
  /** Aborts when the client is gone or the deadline is over. */
  readonly signal: () => AbortSignal;
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
  /** Called once, when the request is over. */
  leave(passage: Passage): void;
}

export interface Shed {
  readonly outcome: 'shed';
  readonly result: ExchangeResult;
  readonly problem: ProblemError;
}

export interface Compartments {
  /** At once where there is room; a promise for who waits. Never rejects. */
  enter(entry: Entry): Permit | Shed | Promise<Permit | Shed>;
}
