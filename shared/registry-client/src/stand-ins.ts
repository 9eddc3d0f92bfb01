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

/** Families that come with every fleet and stand by themselves. */
const ALONE: Readonly<Record<string, string>> = {
  push: 'only its process writes packages to the store',
  symbols: 'no other process serves its paths',
};

/**
 * Why no reroute from one family to the other can work; `undefined` when it can, and for families that do not come with every
 * fleet, of which an operator knows what their processes serve.
 */
export function standInFault(family: string, to: string): string | undefined {
  const reason = ALONE[family];
  if (reason !== undefined) return `nothing can stand in for ${family}: ${reason}`;
  const readers: readonly string[] = READING_FAMILIES;
  if (!readers.includes(family) || ALONE[to] === undefined) return undefined;
  const others = readers.filter((reader) => reader !== family);
  return `${to} cannot stand in for ${family}: ${others.join(', ')} can`;
}
