/** Values by key, of which only the most recent ones are kept. */
export class RecentValues<V> {
  readonly #values = new Map<string, V>();
  readonly #most: number;

  /** @param most - how many are kept. At least 1. */
  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): V | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: V): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    const oldest = this.#values.size > this.#most ? this.#values.keys().next() : undefined;
    if (oldest?.done === false) {
      this.#values.delete(oldest.value);
    }
  }
}
