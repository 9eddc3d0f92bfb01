/** When many transfers in a row failed for a reason that lies with the server or the key: the next would fail too. */
import type { Failure } from '../failure.ts';
import { isRetried } from './retry-policy.ts';

const MAX_FAILURES_IN_A_ROW = 3;

function isAboutServer(failure: Failure): boolean {
  return [401, 403, 404].includes(failure.status) || failure.code === 'FF_UNREACHABLE' || isRetried(failure.status);
}

/** Counts failures that have nothing to do with the package; one success or one bad package starts the count again. */
export class StopRule {
  #inARow = 0;

  get stops(): boolean {
    return this.#inARow >= MAX_FAILURES_IN_A_ROW;
  }

  /** @param failure - of one package; `undefined` when it went well. */
  saw(failure: Failure | undefined): void {
    this.#inARow = failure !== undefined && isAboutServer(failure) ? this.#inARow + 1 : 0;
  }
}
