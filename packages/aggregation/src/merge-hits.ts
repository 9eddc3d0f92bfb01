/**
 * The union of what all contexts found in a search, in an order that stays as it is while a client pages through it.
 *
 * Each context is asked from its first hit on, so that what was a page's beginning before is the beginning of a longer list. Hits are
 * ordered by their place in their context, then by context; an id is at the place where it is met first.
 */
import type { SourceHit, SourceVersion } from '@feedfleet/package-sources';

import type { MergedHit } from './feed-hierarchy.ts';
import { mergeVersionsOfId } from './merged-version.ts';
import type { ContextRow, SyntheticKeys } from './merged-version.ts';
import { StepCounter } from './steps.ts';
import type { Steps } from './steps.ts';

export interface ContextHits {
  readonly from: number;
  /** As the context told it. */
  readonly total: number;
  readonly hits: readonly SourceHit[];
  readonly admits: (row: SourceVersion) => boolean;
  /** Whether `total` counts only what comes through. */
  readonly isTotalExact: boolean;
}

export interface ContextIds {
  readonly from: number;
  readonly total: number;
  readonly ids: readonly string[];
  readonly admits: (id: string) => boolean;
  readonly isTotalExact: boolean;
}

export interface Merged<T> {
  /** Never less than there are items. */
  readonly total: number;
  readonly isExact: boolean;
  readonly items: readonly T[];
}

interface Counted {
  readonly total: number;
  /** That were told. */
  readonly told: number;
  readonly isTotalExact: boolean;
}

/**
 * Counts the union. It is known where every context told all that it has, and where only one has anything; else it lies between the
 * largest total and the sum of all, and the sum less what was seen twice is the best that can be said.
 */
export function unionTotal(contexts: readonly Counted[], merged: number): { total: number; isExact: boolean } {
  const isAllTold = contexts.every(({ total, told }) => total <= told);
  if (isAllTold) return { total: merged, isExact: true };
  const holding = contexts.filter(({ total, told }) => total > 0 || told > 0);
  const told = holding.reduce((sum, context) => sum + context.told, 0);
  const sum = holding.reduce((all, { total, told: own }) => all + Math.max(total, own), 0);
  const isExact = holding.length === 1 && holding.every(({ isTotalExact }) => isTotalExact) && merged === told;
  return { total: Math.max(merged, sum - (told - merged)), isExact };
}

/** In the order of the union: by place, then by context. */
function* byPlace<T>(
  lists: readonly { readonly from: number; readonly items: readonly T[] }[],
): Generator<{ item: T; from: number }> {
  const inOrder = lists.toSorted((left, right) => left.from - right.from);
  const longest = Math.max(0, ...inOrder.map(({ items }) => items.length));
  for (let place = 0; place < longest; place += 1) {
    for (const { from, items } of inOrder) {
      const item = items[place];
      if (item !== undefined) yield { item, from };
    }
  }
}

export function* mergeHits(contexts: readonly ContextHits[], keys: SyntheticKeys): Steps<Merged<MergedHit>> {
  const steps = new StepCounter();
  const admits = new Map(contexts.map((context) => [context.from, context.admits]));
  const rowsById = new Map<string, { readonly id: string; readonly rows: ContextRow[] }>();
  for (const { item, from } of byPlace(contexts.map((context) => ({ from: context.from, items: context.hits })))) {
    const rows = item.versions.filter((row) => admits.get(from)?.(row) ?? false).map((row) => ({ row, from }));
    if (rows.length === 0) continue;
    const known = rowsById.get(item.id.toLowerCase());
    if (known === undefined) rowsById.set(item.id.toLowerCase(), { id: item.id, rows });
    else known.rows.push(...rows);
    yield* steps.rows(rows.length);
  }
  const items: MergedHit[] = [];
  for (const { id, rows } of rowsById.values()) {
    items.push({ id, versions: mergeVersionsOfId(rows, keys) });
    yield* steps.rows(rows.length);
  }
  const counted = contexts.map(({ total, hits, isTotalExact }) => ({ total, told: hits.length, isTotalExact }));
  return { ...unionTotal(counted, items.length), items };
}

export function mergeIds(contexts: readonly ContextIds[]): Merged<string> {
  const admits = new Map(contexts.map((context) => [context.from, context.admits]));
  const idsByLower = new Map<string, string>();
  for (const { item, from } of byPlace(contexts.map((context) => ({ from: context.from, items: context.ids })))) {
    const lower = item.toLowerCase();
    if (!idsByLower.has(lower) && (admits.get(from)?.(item) ?? false)) idsByLower.set(lower, item);
  }
  const items = [...idsByLower.values()];
  const counted = contexts.map(({ total, ids, isTotalExact }) => ({ total, told: ids.length, isTotalExact }));
  return { ...unionTotal(counted, items.length), items };
}
