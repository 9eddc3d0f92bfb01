/**
 * The probes that came back lately. Whoever sent one learns that it was answered, perhaps before this was known; so that a report of
 * `clear` for a probe that came back counts for nothing, in whichever order and however late the two are told.
 */
const mostRemembered = 10_000;

export class CaughtProbes {
  readonly #probes = new Set<string>();

  add(probe: string): void {
    if (this.#probes.size >= mostRemembered) {
      const [oldest] = this.#probes;
      if (oldest !== undefined) this.#probes.delete(oldest);
    }
    this.#probes.add(probe);
  }

  has(probe: string): boolean {
    return this.#probes.has(probe);
  }
}
