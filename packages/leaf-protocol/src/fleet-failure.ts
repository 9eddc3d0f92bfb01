/** Why a feed of the fleet did not tell what was asked: a state of the fleet, and no defect. */
import { problemRegistry } from '@feedfleet/problems';

export interface FleetFailureOptions {
  /** How long it makes no sense to ask again, in milliseconds; 0 when nothing is known. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

export class FleetFailure extends Error {
  override readonly name = 'FleetFailure';
  /** Of a problem. */
  readonly code: string;
  readonly retryAfterMs: number;

  /** @param detail - without the names of feeds behind the entry, and without addresses. */
  constructor(code: string, detail: string, { retryAfterMs = 0, cause }: FleetFailureOptions = {}) {
    super(detail, { cause });
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }

  /** What a feed says in a problem document: its code alone, for its detail may name what the client must not hear of. */
  static said(code: string, retryAfterMs: number): FleetFailure {
    const known =
      Object.values(problemRegistry).find((problem) => problem.code === code) ?? problemRegistry.unavailable;
    return new FleetFailure(known.code, known.title, { retryAfterMs });
  }
}
