/**
 * The union of what all contexts have of some ids.
 *
 * Pure: the same rows give the same versions, whatever order the contexts answered in.
 */
import type { SourceVersion, VersionsById } from '@feedfleet/package-sources';

import type { MergedVersion, MergedVersionsById } from './feed-hierarchy.ts';
import { mergeVersionsOfId } from './merged-version.ts';
import type { ContextRow, SyntheticKeys } from './merged-version.ts';
import { StepCounter } from './steps.ts';
import type { Steps } from './steps.ts';

export interface ContextVersions {
  /** Index of the context: of equal versions, that of the lowest wins. */
  readonly from: number;
  readonly versions: VersionsById;
  /** Whether a row comes through to the entry feed. */
  readonly admits: (row: SourceVersion) => boolean;
}

/** @param ids - in lower case. Those that nobody has are left out. */
export function* mergeVersions(
  ids: readonly string[],
  answers: readonly ContextVersions[],
  keys: SyntheticKeys,
): Steps<MergedVersionsById> {
  const steps = new StepCounter();
  const merged = new Map<string, readonly MergedVersion[]>();
  for (const id of ids) {
    const rows: ContextRow[] = [];
    for (const { from, versions, admits } of answers) {
      const own = versions.get(id) ?? [];
      for (const row of own) if (admits(row)) rows.push({ row, from });
      yield* steps.rows(own.length);
    }
    if (rows.length > 0) merged.set(id, mergeVersionsOfId(rows, keys));
    yield* steps.rows(rows.length);
  }
  return merged;
}
