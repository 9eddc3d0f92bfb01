/** What the error registry says of each problem. */

export interface ProblemDefinition {
  readonly code: string;
  /** HTTP status; 0 for failures that end a process instead of a request. */
  readonly status: number;
  readonly title: string;
  /** What the reader can do about it, one sentence. */
  readonly solve: string;
  /** Whose trouble it is where it is not the endpoint's: told in `X-Feedfleet-Fault`, so that the balancer blames no endpoint. */
  readonly fault?: 'source' | 'storage';
}

/** Keeps the names, so that a problem that does not exist is a fault of types. */
export const define = <const T extends Readonly<Record<string, ProblemDefinition>>>(definitions: T): T => definitions;
