/**
 * Everything that a feed leads to, as the registry says now: feeds and foreign sources in the order of their priority, and the edges
 * between them. Breadth first; each feed and each foreign source is in it once, however many edges lead there.
 */
import { judgeKey } from '@feedfleet/registry-client';
import type { Feed, KeyVerdict, RegistryView, Source } from '@feedfleet/registry-client';

import { exploreHierarchy } from './explore-hierarchy.ts';
import type { HierarchyEdge, HierarchyNode } from './hierarchy-node.ts';
import { admitsId } from './path-filter.ts';

export type HierarchyView = Pick<RegistryView, 'feedById' | 'sourcesOf' | 'keyByHash'>;

/** Why an edge to a private feed is closed: no credential, or what the key of it says. */
export type Denial = { readonly outcome: 'noCredential' } | Exclude<KeyVerdict, { readonly outcome: 'granted' }>;

/** Which states of a walk reached a node: one bit for each of (pre-releases come through?, all edges required?). */
export interface Walk {
  /** By index of the node. */
  readonly states: Uint8Array;
  /** By index of the node: the edge that it was first reached by. */
  readonly via: readonly (HierarchyEdge | undefined)[];
}

const seesPrerelease = 2;
const isAllRequired = 1;
/** By state: the states that lead to everything that it leads to. */
const dominators = [0b1111, 0b1010, 0b1100, 0b1000] as const;

export const walkSeesPrerelease = (states: number): boolean => (states & 0b1100) !== 0;
export const walkIsRequired = (states: number): boolean => (states & 0b1010) !== 0;

/** Ids of feeds hold no spaces. */
const nodeName = (node: HierarchyNode): string => (node.kind === 'feed' ? node.feed.id : ` ${node.key}`);

export class Hierarchy {
  readonly entry: Feed;
  /** In the order of priority: the entry, then breadth first. */
  readonly nodes: readonly HierarchyNode[];
  /** Whether no edge filters ids, so that what is true of one id is true of all. */
  readonly letsEveryId: boolean;
  readonly #view: HierarchyView;
  readonly #now: number;
  readonly #verdicts = new Map<Source, Denial | 'granted'>();
  #validUntilMs = Infinity;
  #indexes: ReadonlyMap<string, number> | undefined;

  /** @param now - milliseconds since the epoch. */
  constructor(view: HierarchyView, entry: Feed, now: number) {
    this.#view = view;
    this.#now = now;
    this.entry = entry;
    this.nodes = exploreHierarchy(view, entry, (source) => this.denialOf(source) === undefined);
    this.letsEveryId = this.nodes.every(
      (node) => node.kind === 'foreign' || node.edges.every((edge) => edge.letsEveryId),
    );
  }

  /** Until when the keys that were relied on are valid, if nothing else changes: milliseconds since the epoch. */
  get validUntilMs(): number {
    return this.#validUntilMs;
  }

  /** What a node is known by in any hierarchy of the registry. Not for the eyes of users. */
  nameOf(index: number): string {
    const node = this.nodes[index];
    return node === undefined ? '' : nodeName(node);
  }

  /** Index of the same feed or foreign source of another hierarchy. */
  indexOf(node: HierarchyNode | undefined): number | undefined {
    this.#indexes ??= new Map(this.nodes.map((each) => [nodeName(each), each.index]));
    return node === undefined ? undefined : this.#indexes.get(nodeName(node));
  }

  /** Whether an edge may be followed: it is enabled, leads somewhere, and its credential is good for a private feed. */
  isOpen(edge: HierarchyEdge): boolean {
    if (!edge.source.enabled || edge.target === undefined) return false;
    const target = this.nodes[edge.target];
    return target?.kind === 'foreign' ? target.state !== 'loopCaught' : this.denialOf(edge.source) === undefined;
  }

  /** Why the credential of a source does not open its feed; `undefined` when it does, and for foreign sources. */
  denialOf(source: Source): Denial | undefined {
    if (source.target.kind === 'foreign') return undefined;
    const feed = this.#view.feedById(source.target.feed);
    if (feed === undefined || feed.visibility === 'public') return undefined;
    const known = this.#verdicts.get(source) ?? this.#judge(source, feed);
    this.#verdicts.set(source, known);
    return known === 'granted' ? undefined : known;
  }

  /**
   * What an id comes from: every node that some way leads to whose edges all let the id through.
   *
   * @param id - `null` for what any id may come from, globs aside.
   */
  walk(id: string | null): Walk {
    const states = new Uint8Array(this.nodes.length);
    const via: (HierarchyEdge | undefined)[] = [];
    const queue: number[] = [0, seesPrerelease | isAllRequired];
    states[0] = 1 << (seesPrerelease | isAllRequired);
    for (let at = 0; at < queue.length; at += 2) {
      const node = this.nodes[queue[at] ?? 0];
      if (node?.kind !== 'feed') continue;
      const state = queue[at + 1] ?? 0;
      for (const edge of node.edges) {
        const { source, target } = edge;
        if (target === undefined) continue;
        const next = state & ((source.prerelease ? seesPrerelease : 0) | (source.required ? isAllRequired : 0));
        const reached = states[target] ?? 0;
        if ((reached & (dominators[next] ?? 0)) !== 0 || !this.#lets(edge, id)) continue;
        states[target] = reached | (1 << next);
        via[target] ??= edge;
        queue.push(target, next);
      }
    }
    return { states, via };
  }

  #lets(edge: HierarchyEdge, id: string | null): boolean {
    return (id === null || edge.letsEveryId || admitsId(edge.filter, id)) && this.isOpen(edge);
  }

  #judge(source: Source, feed: Feed): Denial | 'granted' {
    if (source.credential === null) return { outcome: 'noCredential' };
    const verdict = judgeKey(this.#view, source.credential.fingerprint, { feed, scope: 'read', now: this.#now });
    if (verdict.outcome !== 'granted') return verdict;
    const { expiresAt } = verdict.key;
    if (expiresAt !== null) this.#validUntilMs = Math.min(this.#validUntilMs, Date.parse(expiresAt));
    return 'granted';
  }
}
