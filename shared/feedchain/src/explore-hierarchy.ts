/** Finds what a feed leads to, breadth first: each feed and each foreign source once, however many edges lead there. */
import type { Feed, RegistryView, Source } from '@feedfleet/registry-client';

import type { FeedNode, ForeignNode, HierarchyEdge, HierarchyNode } from './hierarchy-node.ts';
import { admitsEveryId } from './path-filter.ts';
import type { EdgeFilter } from './path-filter.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type GrowingEdge = Mutable<HierarchyEdge>;
interface GrowingFeed extends FeedNode {
  readonly edges: GrowingEdge[];
}
type GrowingForeign = Omit<Mutable<ForeignNode>, 'incoming'> & { readonly incoming: HierarchyEdge[] };

const openFilter: EdgeFilter = { include: ['*'], exclude: [], prerelease: true };

/** What makes two foreign sources one: asked with the same words, they give the same answer. */
function foreignKey({ target, credential, allowPrivateAddresses }: Source): string {
  if (target.kind !== 'foreign') return '';
  const { protocol, url } = target;
  const who = credential === null ? '' : `${credential.kind} ${credential.fingerprint}`;
  const user = credential?.kind === 'basic' ? credential.userName : '';
  return JSON.stringify([protocol, url, who, user, allowPrivateAddresses]);
}

function stateOf(incoming: readonly HierarchyEdge[]): ForeignNode['state'] {
  const states = incoming.map(({ source }) => source.loop?.state ?? 'clear');
  if (states.includes('caught')) return 'loopCaught';
  return states.includes('clear') ? 'open' : 'loopPending';
}

function newEdge(source: Source, owner: number): GrowingEdge {
  const { include, exclude, prerelease } = source;
  const letsEveryId = admitsEveryId(source);
  const filter = letsEveryId && prerelease ? openFilter : { include, exclude, prerelease };
  return { source, owner, target: undefined, filter, letsEveryId };
}

class Explorer {
  readonly nodes: (GrowingFeed | GrowingForeign)[] = [];
  readonly #feeds = new Map<string, number>();
  readonly #foreign = new Map<string, GrowingForeign>();

  addFeed(feed: Feed, via: HierarchyEdge | null, depth: number): void {
    const index = this.nodes.length;
    this.#feeds.set(feed.id, index);
    this.nodes.push({ kind: 'feed', feed, index, depth, via, edges: [] });
  }

  has(feedId: string): boolean {
    return this.#feeds.has(feedId);
  }

  addForeign(edge: GrowingEdge, depth: number): void {
    const key = foreignKey(edge.source);
    const known = this.#foreign.get(key);
    if (known !== undefined) {
      edge.target = known.index;
      known.incoming.push(edge);
      return;
    }
    const index = this.nodes.length;
    edge.target = index;
    const node: GrowingForeign = { kind: 'foreign', key, index, depth, via: edge, incoming: [edge], state: 'open' };
    this.#foreign.set(key, node);
    this.nodes.push(node);
  }

  /** When all is found: an edge leads to its feed also where that was found by a later one, and only then. */
  finish(): readonly HierarchyNode[] {
    for (const node of this.nodes) {
      if (node.kind === 'foreign') node.state = stateOf(node.incoming);
      else for (const edge of node.edges) edge.target ??= this.#feedTarget(edge.source);
    }
    return this.nodes;
  }

  #feedTarget({ target, enabled }: Source): number | undefined {
    return target.kind === 'feed' && enabled ? this.#feeds.get(target.feed) : undefined;
  }
}

/**
 * @param mayRead - whether the credential of a source opens the feed that it leads to.
 * @returns the entry first, then in the order of priority.
 */
export function exploreHierarchy(
  view: Pick<RegistryView, 'feedById' | 'sourcesOf'>,
  entry: Feed,
  mayRead: (source: Source) => boolean,
): readonly HierarchyNode[] {
  const explorer = new Explorer();
  explorer.addFeed(entry, null, 0);
  for (let at = 0; at < explorer.nodes.length; at += 1) {
    const node = explorer.nodes[at];
    if (node?.kind !== 'feed') continue;
    for (const source of view.sourcesOf(node.feed.id)) {
      const edge = newEdge(source, at);
      node.edges.push(edge);
      if (!source.enabled) continue;
      if (source.target.kind === 'foreign') explorer.addForeign(edge, node.depth + 1);
      else if (!explorer.has(source.target.feed)) {
        const feed = view.feedById(source.target.feed);
        if (feed !== undefined && mayRead(source)) explorer.addFeed(feed, edge, node.depth + 1);
      }
    }
  }
  return explorer.finish();
}
