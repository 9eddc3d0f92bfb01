/** Hierarchies that were explored already, so that a query for another id of the same feed only walks. */
import type { Feed, RegistryView } from '@feedfleet/registry-client';

import { Hierarchy } from './hierarchy.ts';

/** Hierarchies that are kept, and edges of all of them together; all of one state of the registry. */
const maxHierarchies = 256;
const maxEdges = 200_000;

export class HierarchyMemo {
  readonly #hierarchies = new Map<string, Hierarchy>();
  #edges = 0;
  #view: RegistryView | undefined;

  /** @param now - milliseconds since the epoch. */
  hierarchyOf(view: RegistryView, feed: Feed, now: number): Hierarchy {
    if (this.#view !== view) {
      this.#hierarchies.clear();
      this.#edges = 0;
      this.#view = view;
    }
    const known = this.#hierarchies.get(feed.id);
    if (known !== undefined && now < known.validUntilMs) return known;
    const hierarchy = new Hierarchy(view, feed, now);
    if (known !== undefined) this.#drop(feed.id, known);
    this.#edges += edgesOf(hierarchy);
    this.#hierarchies.set(feed.id, hierarchy);
    for (const [id, oldest] of this.#hierarchies) {
      if (this.#hierarchies.size <= maxHierarchies && this.#edges <= maxEdges) break;
      this.#drop(id, oldest);
    }
    return hierarchy;
  }

  #drop(id: string, hierarchy: Hierarchy): void {
    this.#hierarchies.delete(id);
    this.#edges -= edgesOf(hierarchy);
  }
}

function edgesOf({ nodes }: Hierarchy): number {
  return nodes.reduce((total, node) => total + (node.kind === 'feed' ? node.edges.length : 0), 0);
}
