/**
 * An immutable map by string that is cheap to derive from: a large shared base under a small layer of differences.
 *
 * A derivation copies the layer; when the layer outgrows the square root of the base, both are merged into a new base. A change thus
 * costs in the order of the square root of the size, and a lookup at most two probes.
 */
const smallestLayer = 32;

export class LayeredMap<T> {
  readonly #base: ReadonlyMap<string, T>;
  /** `undefined` marks what was removed from the base. */
  readonly #layer: ReadonlyMap<string, T | undefined>;

  private constructor(base: ReadonlyMap<string, T>, layer: ReadonlyMap<string, T | undefined>) {
    this.#base = base;
    this.#layer = layer;
  }

  static of<T>(entries: Iterable<readonly [string, T]>): LayeredMap<T> {
    return new LayeredMap<T>(new Map<string, T>(entries), new Map<string, T | undefined>());
  }

  get(key: string): T | undefined {
    if (this.#layer.size > 0) {
      const value = this.#layer.get(key);
      if (value !== undefined || this.#layer.has(key)) return value;
    }
    return this.#base.get(key);
  }

  /** The map with these entries set, or removed where the value is `undefined`. */
  with(entries: readonly (readonly [string, T | undefined])[]): LayeredMap<T> {
    if (entries.length === 0) return this;
    const layer = new Map(this.#layer);
    for (const [key, value] of entries) layer.set(key, value);
    if (layer.size <= Math.max(smallestLayer, Math.sqrt(this.#base.size))) return new LayeredMap<T>(this.#base, layer);
    return new LayeredMap<T>(merged(this.#base, layer), new Map<string, T | undefined>());
  }

  *values(): Generator<T> {
    for (const [key, value] of this.#base) if (!this.#layer.has(key)) yield value;
    for (const value of this.#layer.values()) if (value !== undefined) yield value;
  }
}

function merged<T>(base: ReadonlyMap<string, T>, layer: ReadonlyMap<string, T | undefined>): ReadonlyMap<string, T> {
  const whole = new Map(base);
  for (const [key, value] of layer) {
    if (value === undefined) whole.delete(key);
    else whole.set(key, value);
  }
  return whole;
}
