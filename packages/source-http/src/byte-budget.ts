/** Byte budget: what all bodies that are held in memory take at most, and how much of that one source may have. */

export interface ByteBudgetPolicy {
  readonly maxBytes: number;
  readonly maxBytesPerSource: number;
}

/** The share of one source; `reserve` fails when it, or all together, would have too much. */
export interface ByteShare {
  reserve(bytes: number): boolean;
  release(bytes: number): void;
}

export class ByteBudget {
  readonly #policy: ByteBudgetPolicy;
  #used = 0;

  constructor(policy: ByteBudgetPolicy) {
    this.#policy = policy;
  }

  get usedBytes(): number {
    return this.#used;
  }

  share(): ByteShare {
    let used = 0;
    return {
      reserve: (bytes) => {
        if (this.#used + bytes > this.#policy.maxBytes || used + bytes > this.#policy.maxBytesPerSource) return false;
        used += bytes;
        this.#used += bytes;
        return true;
      },
      release: (bytes) => {
        used -= bytes;
        this.#used -= bytes;
      },
    };
  }
}
