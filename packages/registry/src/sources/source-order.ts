/** The order of the sources of a feed: places from 0 on, without gaps. Pure. */
import type { Source } from '@feedfleet/registry-client';

/**
 * The sources of a feed with one of them at a place, the others around it in the order that they had.
 *
 * @param sources - in their order; the one that is placed may be among them.
 * @param place - from 0; beyond the end is the end. Default: where it is, or the end for a new one.
 */
export function withPlace(sources: readonly Source[], placed: Source, place: number | undefined): readonly Source[] {
  const before = sources.findIndex(({ id }) => id === placed.id);
  const others = sources.filter(({ id }) => id !== placed.id);
  const at = place ?? (before === -1 ? others.length : before);
  return others.toSpliced(at, 0, placed).map((source, position) => ({ ...source, position }));
}
