/**
 * Which families' processes can stand in for which others, on the paths of those that they stand in for.
 *
 * The one place that says so: reroutes are validated by it, and what the processes load is typed by it.
 */

/** Names, in a request, the family whose path it is, where another one's process is asked. Set by the balancer alone. */
export const FAMILY_HEADER = 'x-feedfleet-family';

/** Each can stand in for each other one. */
export const READING_FAMILIES = ['default', 'v1', 'v2', 'v3'] as const;
export type ReadingFamily = (typeof READING_FAMILIES)[number];

/** Their processes take pushes in the place of push. */
const PUSHING_FAMILIES: readonly string[] = [...READING_FAMILIES, 'symbols'];

/** Families that come with every fleet and whose processes serve no other paths, but may have others in their place. */
const OTHERS_FOR: Readonly<Record<string, readonly string[]>> = { push: PUSHING_FAMILIES, symbols: [] };

/**
 * Why no reroute from one family to the other can work; `undefined` when it can, and for families that do not come with every
 * fleet, of which an operator knows what their processes serve.
 */
export function standInFault(family: string, to: string): string | undefined {
  const readers: readonly string[] = READING_FAMILIES;
  const others = readers.includes(family) ? readers.filter((reader) => reader !== family) : OTHERS_FOR[family];
  if (others === undefined || others.includes(to)) return undefined;
  if (others.length === 0) return `nothing can stand in for ${family}: no other process serves its paths`;
  const isKnown = readers.includes(to) || OTHERS_FOR[to] !== undefined;
  return isKnown ? `${to} cannot stand in for ${family}: ${others.join(', ')} can` : undefined;
}
