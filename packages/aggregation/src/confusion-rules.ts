/**
 * Dependency confusion: what a foreign source may not bring into a feed, although it has it.
 *
 * An id that a feed reserves, or that a feed of this fleet has itself, comes from no foreign source unless the feed that has the
 * source says so; and an id that is pinned to a source comes from no other. Each rule is judged for the feed that was asked and for the
 * feed that has the source; a version comes through when one of its ways does.
 *
 * Source: A. Birsan, "Dependency Confusion" (2021).
 */
import { matchesGlob } from '@feedfleet/registry-client';
import type { Feed, Source } from '@feedfleet/registry-client';

import type { WithheldId } from './hierarchy-report.ts';

export type WithheldReason = WithheldId['reason'];

type Policy = Pick<Feed, 'reservedIds' | 'sharedIds'>;
export type ForeignEdge = Pick<Source, 'id' | 'feed'>;

export interface ConfusionFacts {
  /** The feed that was asked. */
  readonly entry: Policy;
  /** By id; undefined for a feed that is gone. */
  readonly feedOf: (feedId: string) => Policy | undefined;
  /** Whether a feed of this fleet that is part of the answer has the id itself. In lower case. */
  readonly isHeld: (idLower: string) => boolean;
  /** Id of the source that an id is pinned to. In lower case. */
  readonly pinOf: (idLower: string) => string | undefined;
}

const matchesAny = (globs: readonly string[], id: string): boolean => globs.some((glob) => matchesGlob(glob, id));

/**
 * Why an id is not taken from a foreign source; undefined when it is.
 *
 * @param edges - all ways that the version comes through by; at least one.
 */
export function withheldBecause(
  idLower: string,
  edges: readonly ForeignEdge[],
  facts: ConfusionFacts,
): WithheldReason | undefined {
  const reasons = edges.map((edge) => edgeWithholds(idLower, edge, facts));
  if (!reasons.includes(undefined)) return reasons[0];
  const pin = facts.pinOf(idLower);
  return pin === undefined || edges.some(({ id }) => id === pin) ? undefined : 'pinned';
}

function edgeWithholds(
  idLower: string,
  edge: ForeignEdge,
  { entry, feedOf, isHeld }: ConfusionFacts,
): WithheldReason | undefined {
  const policies = [entry, feedOf(edge.feed)].filter((policy) => policy !== undefined);
  if (policies.some(({ reservedIds }) => matchesAny(reservedIds, idLower))) return 'reserved';
  return isHeld(idLower) && !policies.some(({ sharedIds }) => matchesAny(sharedIds, idLower)) ? 'held' : undefined;
}
