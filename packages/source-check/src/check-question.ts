/** What a check asks a source, and for whom. */
import type { Ask, SourceAnswer, VersionsById } from '@feedfleet/package-sources';

export interface CheckQuestion {
  /** What to ask for by its id; null: what a search finds, if it does. */
  readonly packageId: string | null;
  readonly ask: Ask;
}

/** Asked for where nothing better is known: whether it answers is all that matters. */
export const ABSENT_ID = 'feedfleet.no-such-package';

/** What a source told of an id, in words. */
export function versionWords(
  id: string,
  { value }: Extract<SourceAnswer<VersionsById>, { outcome: 'answered' }>,
): string {
  const versions = value.get(id.toLowerCase()) ?? [];
  const newest = versions.at(-1);
  if (newest === undefined) return `asked for ${id}: it has none`;
  const bare = versions.filter(({ isIncomplete }) => isIncomplete === true).length;
  const count = versions.length === 1 ? '1 version' : `${versions.length} versions`;
  const barely = bare === 0 ? '' : `; of ${bare} it tells no more than the number`;
  return `asked for ${id}: ${count}, the newest is ${newest.normalizedVersion}${barely}`;
}
