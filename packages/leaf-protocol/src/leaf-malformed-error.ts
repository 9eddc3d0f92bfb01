/** What a leaf sent is no document of a leaf. */
export class LeafMalformedError extends Error {
  override readonly name = 'LeafMalformedError';
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A count: a whole number from 0 on. */
export function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
