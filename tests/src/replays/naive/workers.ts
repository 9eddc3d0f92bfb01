/**
 * Requests as a host of 2013 took them: each has a worker from its first step to its last, also while it waits for somebody else. Who
 * finds no worker waits in line, and who finds no place in the line is refused.
 *
 * Source: ASP.NET, `processModel` (`maxWorkerThreads`, `requestQueueLimit`, `clientConnectedCheck`: a request that waits and whose client
 * has gone is dropped; one that has a worker goes on).
 */

export interface WaitingRequest {
  /** Whether nobody waits for its answer any more. */
  readonly isGone: () => boolean;
  /** @param done - gives the worker back; calling it again does nothing. */
  readonly serve: (done: () => void) => void;
}

export interface WorkersOptions {
  readonly count: number;
  readonly maxWaiting: number;
}

export class Workers {
  readonly #maxWaiting: number;
  readonly #line: WaitingRequest[] = [];
  #free: number;

  constructor({ count, maxWaiting }: WorkersOptions) {
    this.#free = count;
    this.#maxWaiting = maxWaiting;
  }

  /** @returns false when the line is full. */
  take(request: WaitingRequest): boolean {
    if (this.#free > 0) {
      this.#free -= 1;
      this.#serve(request);
      return true;
    }
    if (this.#line.length >= this.#maxWaiting) return false;
    this.#line.push(request);
    return true;
  }

  #serve(request: WaitingRequest): void {
    let hasWorker = true;
    request.serve(() => {
      if (!hasWorker) return;
      hasWorker = false;
      this.#next();
    });
  }

  #next(): void {
    for (let next = this.#line.shift(); next !== undefined; next = this.#line.shift()) {
      if (next.isGone()) continue;
      this.#serve(next);
      return;
    }
    this.#free += 1;
  }
}
