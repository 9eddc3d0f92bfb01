/** What a feed has itself, as one of its package sources. v1 and v2 answer a page by the same means. */
import type { Feed } from '@feedfleet/registry-client';
import type { PackageSource } from '@feedfleet/package-sources';
import type { AdvisoryStore } from '@feedfleet/store';
import { leafPage } from './leaf-page.ts';
import type { LeafPageOptions } from './leaf-page.ts';
import type { PackageStores } from './package-reads.ts';

export interface LocalStores extends PackageStores {
  readonly advisories: Pick<AdvisoryStore, 'advisoriesOf'>;
}

/** Loads what it takes at the first call: most feeds have no package sources. */
export function localSourceOver(
  stores: LocalStores,
  entity: Pick<LeafPageOptions, 'properties' | 'visible'>,
): (feed: Pick<Feed, 'id'>) => Promise<PackageSource> {
  return async ({ id }) => {
    const { storeSource } = await import('@feedfleet/leaf-protocol');
    const page = { stores, feedId: id, ...entity };
    return storeSource({ ...stores, page: (query, signal) => leafPage(query, page, signal) }, id);
  };
}
