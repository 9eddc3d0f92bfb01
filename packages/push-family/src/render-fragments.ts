/** What the protocols render of a version when it is pushed, each in its own format. */
import type { RenderFragments } from '@feedfleet/push-protocol';
import { ENTRY_FORMAT, renderEntry } from '@feedfleet/v2-protocol';
import { LEAF_FORMAT, renderLeaf } from '@feedfleet/v3-protocol';

export const renderFragments: RenderFragments = (metadata, facts) => ({
  'v2-entry': { format: ENTRY_FORMAT, text: renderEntry(metadata, facts) },
  'v3-leaf': { format: LEAF_FORMAT, text: renderLeaf(metadata, facts) },
});
