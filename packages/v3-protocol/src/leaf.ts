/** Registration leaves: rendered once at push, spliced at read. */
import type { PackageMetadata } from '@feedfleet/nupkg';

/** Version of this renderer; a stored fragment of another one is rendered anew from metadata. */
export const LEAF_FORMAT = 1;

/** What the metadata does not say about a version. */
export interface LeafFacts {
  /** ISO instant of the push. */
  readonly created: string;
}

export function renderLeaf(metadata: PackageMetadata, facts: LeafFacts): string {
  return JSON.stringify([metadata.id, facts.created]);
}
