/** What a network may do to connections, as data. */

export type NetworkFault =
  /** Everything passes as it comes. */
  | { readonly kind: 'none' }
  /** Everything arrives so much later, each way. In milliseconds. */
  | { readonly kind: 'latency'; readonly latencyMs: number }
  /** Each way of each connection carries so much. */
  | { readonly kind: 'bandwidth'; readonly bytesPerSecond: number }
  /** Nobody listens, and who is connected is reset. */
  | { readonly kind: 'refused' }
  /** Connections are reset: those that are there now, new ones once so many bytes of the answer have passed. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** Connections can be made, and nothing passes, either way, until it is over. */
  | { readonly kind: 'blackHole' }
  /** The server's side of every connection is gone, and the client is not told: what it sends is lost. */
  | { readonly kind: 'halfOpen' }
  /** That one side has closed is told to the other so much later. In milliseconds. */
  | { readonly kind: 'slowClose'; readonly delayMs: number };

/** Least delay of what passes, in milliseconds. */
export const latencyOf = (fault: NetworkFault): number => (fault.kind === 'latency' ? fault.latencyMs : 0);

/** How long so many bytes keep a way busy, in milliseconds. */
export const transferMs = (fault: NetworkFault, bytes: number): number =>
  fault.kind === 'bandwidth' ? (bytes * 1000) / fault.bytesPerSecond : 0;

/** By how much a close is told later, in milliseconds. */
export const closeDelayOf = (fault: NetworkFault): number => (fault.kind === 'slowClose' ? fault.delayMs : 0);

/** @throws {RangeError} for a figure that means nothing. */
export function assertFault(fault: NetworkFault): void {
  const figures: Readonly<Record<string, number>> = Object.fromEntries(
    Object.entries(fault).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
  for (const [name, value] of Object.entries(figures)) {
    const least = name === 'bytesPerSecond' ? 1 : 0;
    if (!Number.isFinite(value) || value < least) {
      throw new RangeError(`${fault.kind}.${name}: expected a number of at least ${least}, got ${value}`);
    }
  }
}
