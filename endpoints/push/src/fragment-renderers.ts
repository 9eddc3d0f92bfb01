/** What the protocols render of a version when it is pushed. */
import type { FragmentRenderers } from '@feedfleet/push-protocol';
import { ENTRY_FORMAT, renderEntry } from '@feedfleet/v2-protocol';
import { LEAF_FORMAT, renderLeaf } from '@feedfleet/v3-protocol';

export const fragmentRenderers: FragmentRenderers = {
  format: sharedFormat([ENTRY_FORMAT, LEAF_FORMAT]),
  render: (metadata, facts) => ({ 'v2-entry': renderEntry(metadata, facts), 'v3-leaf': renderLeaf(metadata, facts) }),
};

/** One number stands for all renderers; while they differ it is 0, which every reader takes as "render anew". */
function sharedFormat(formats: readonly number[]): number {
  const [first = 0, ...others] = formats;
  return others.every((format) => format === first) ? first : 0;
}
