/** Hierarchies that were explored already, so that a query for another id of the same feed only walks. */
import type { Feed, RegistryView } from '@feedfleet/registry-client';

import { Hierarchy } from './hierarchy.ts';

/** Hierarchies that are kept; all of one state of the registry. */
const maxHierarchies = 256;

export class HierarchyMemo {
  readonly #hierarchies = new Map<string, Hierarchy>();
  #view: RegistryView | undefined;

  /** @param now - milliseconds since the epoch. */
  hierarchyOf(view: RegistryView, feed: Feed, now: number): Hierarchy {
    if (this.#view !== view) {
      this.#hierarchies.clear();
      this.#view = view;
    }
    const known = this.#hierarchies.get(feed.id);
    if (known !== undefined && now < known.validUntilMs) return known;
    const hierarchy = new Hierarchy(view, feed, now);
    const [oldest] = this.#hierarchies.keys();
    if (oldest !== undefined && this.#hierarchies.size >= maxHierarchies) this.#hierarchies.delete(oldest);
    this.#hierarchies.set(feed.id, hierarchy);
    return hierarchy;
  }
}
