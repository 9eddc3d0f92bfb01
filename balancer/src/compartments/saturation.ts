/**
 * Whether the threads behind a family have no rest, by what its instances tell with their answers. Pure.
 *
 * The limit of a compartment belongs to all instances, so the least busy one decides: as long as one of them has room, the limit is not
 * what is wrong.
 */

/** An event loop that rests less has no room, in percent. */
const SATURATED = 95;
/** What was told is of the moment for so long, in milliseconds: who has not answered since says nothing. */
export const TOLD_FOR_MS = 250;

interface Told {
  readonly busy: number;
  readonly at: number;
}

export class Saturation {
  readonly #told = new Map<string, Told>();

  /**
   * @param busy - in percent of the time, of the event loop of `instance`.
   * @param now - milliseconds from any fixed point.
   * @returns whether all instances that have told lately are saturated.
   */
  heard(instance: string, busy: number, now: number): boolean {
    this.#told.set(instance, { busy, at: now });
    let least = busy;
    for (const [id, told] of this.#told) {
      if (now - told.at > TOLD_FOR_MS) this.#told.delete(id);
      else least = Math.min(least, told.busy);
    }
    return least >= SATURATED;
  }
}
