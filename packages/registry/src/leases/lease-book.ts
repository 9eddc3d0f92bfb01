/**
 * Who holds a lease, and for how much longer.
 *
 * Time is what the registry itself has lived through, in steps of bounded length: a clock that jumps, or a registry that stood
 * still and let nobody renew, takes no lease away. Pure.
 */

export interface Lease {
  readonly leaseMs: number;
  /** Which run of a process; `undefined` after a restart of the registry, until it renews. */
  readonly holder: string | undefined;
}

interface Running extends Lease {
  readonly leftMs: number;
}

export interface Overdue {
  readonly id: string;
  /** By how many times its length. */
  readonly leases: number;
}

/** Longest step that counts as lived through, in milliseconds. */
const longestStepMs = 2_000;

export class LeaseBook {
  readonly #leases = new Map<string, Running>();

  get size(): number {
    return this.#leases.size;
  }

  get(id: string): Lease | undefined {
    return this.#leases.get(id);
  }

  /** @param graceMs - beyond its length. */
  begin(id: string, { leaseMs, holder }: Lease, graceMs = 0): void {
    this.#leases.set(id, { leaseMs, holder, leftMs: leaseMs + graceMs });
  }

  end(id: string): void {
    this.#leases.delete(id);
  }

  /** Lets time pass. @returns all whose time is over; they stay until they are ended. */
  elapse(milliseconds: number): readonly Overdue[] {
    const passed = Math.min(Math.max(0, milliseconds), longestStepMs);
    const overdue: Overdue[] = [];
    for (const [id, lease] of this.#leases) {
      const leftMs = lease.leftMs - passed;
      this.#leases.set(id, { ...lease, leftMs });
      if (leftMs <= 0) overdue.push({ id, leases: -leftMs / lease.leaseMs });
    }
    return overdue;
  }
}
