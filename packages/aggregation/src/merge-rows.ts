/**
 * The union of ordered rows of all contexts, as far as it is known.
 *
 * Each context gives the beginning of its rows. What comes behind the last row of a context that has more could stand behind that
 * row's successor, so the union ends there: a longer beginning of each context makes a longer beginning of the union, never another one.
 */
import type { SourceVersion } from '@feedfleet/package-sources';

import type { MergedVersion, PageOrder } from './feed-hierarchy.ts';
import type { Merged } from './merge-hits.ts';
import { unionTotal } from './merge-hits.ts';
import { flaggedAmong, mergedAlone } from './merged-version.ts';
import type { SyntheticKeys } from './merged-version.ts';
import { StepCounter } from './steps.ts';
import type { Steps } from './steps.ts';

export interface ContextRows {
  readonly from: number;
  /** Null when it does not know. */
  readonly total: number | null;
  readonly rows: readonly SourceVersion[];
  readonly hasMore: boolean;
  readonly admits: (row: SourceVersion) => boolean;
  readonly isTotalExact: boolean;
}

export interface MergedPage extends Merged<MergedVersion> {
  readonly hasMore: boolean;
}

interface Candidate {
  readonly version: MergedVersion;
  readonly isAdmitted: boolean;
}

/** One context's rows in the order of the query, and how far they have been taken. */
interface Lane {
  readonly rows: readonly Candidate[];
  /** Whether rows follow that nobody knows yet. */
  readonly isOpen: boolean;
  at: number;
}

interface Slot {
  /** The one that is shown. */
  shown: MergedVersion;
}

/** @param take - that every context was asked for, from the first row on. */
export function* mergeRows(
  contexts: readonly ContextRows[],
  { order, take, keys }: { readonly order: PageOrder; readonly take: number; readonly keys: SyntheticKeys },
): Steps<MergedPage> {
  const lanes: Lane[] = [];
  for (const context of contexts.toSorted((left, right) => left.from - right.from)) {
    lanes.push(yield* laneOf(context, { order, take, keys }));
  }
  const union = new Union(order);
  const steps = new StepCounter();
  for (let lane = first(lanes, order); lane !== undefined; lane = first(lanes, order)) {
    const candidate = lane.rows[lane.at];
    lane.at += 1;
    if (candidate?.isAdmitted === true) union.add(candidate.version);
    if (lane.isOpen && lane.at === lane.rows.length) union.close();
    yield* steps.rows();
  }
  const items = flaggedAmong(union.shown.slice(0, take), union.seen);
  const counted = contexts.map((context) => ({ ...context, total: totalOf(context), told: context.rows.length }));
  const hasMore = union.shown.length > take || lanes.some(({ isOpen }) => isOpen);
  return { ...unionTotal(counted, Math.max(union.shown.length, items.length)), items, hasMore };
}

/** A context that gives less than it was asked for, and says that it has more, is at the end of what it can tell. */
function totalOf({ total, rows, hasMore }: ContextRows): number {
  return total ?? rows.length + (hasMore ? 1 : 0);
}

function* laneOf(
  { from, rows, hasMore, admits }: ContextRows,
  { order, take, keys }: { readonly order: PageOrder; readonly take: number; readonly keys: SyntheticKeys },
): Steps<Lane> {
  const steps = new StepCounter();
  const candidates: Candidate[] = [];
  let isInOrder = true;
  for (const row of rows) {
    const version = mergedAlone({ row, from }, keys);
    const before = candidates.at(-1);
    if (before !== undefined && order.compare(before.version, version) > 0) isInOrder = false;
    candidates.push({ version, isAdmitted: admits(row) });
    yield* steps.rows();
  }
  if (!isInOrder) candidates.sort((left, right) => order.compare(left.version, right.version));
  return { rows: candidates, isOpen: hasMore && rows.length >= take && rows.length > 0, at: 0 };
}

/** The lane whose next row comes first; of equal ones the first context's. */
function first(lanes: readonly Lane[], { compare }: PageOrder): Lane | undefined {
  let best: Lane | undefined;
  let bestVersion: MergedVersion | undefined;
  for (const lane of lanes) {
    const version = lane.rows[lane.at]?.version;
    if (version === undefined) continue;
    if (bestVersion === undefined || compare(version, bestVersion) < 0) {
      best = lane;
      bestVersion = version;
    }
  }
  return best;
}

class Union {
  readonly #isById: boolean;
  readonly #slots = new Map<string, Slot>();
  readonly #seen: MergedVersion[] = [];
  #isClosed = false;

  constructor({ distinct }: PageOrder) {
    this.#isById = distinct === 'id';
  }

  /** What comes now is known only as another version of what is in it already. */
  close(): void {
    this.#isClosed = true;
  }

  add(version: MergedVersion): void {
    const id = version.id.toLowerCase();
    const name = this.#isById ? id : `${id}\n${version.sortKey}`;
    const slot = this.#slots.get(name);
    if (slot === undefined && this.#isClosed) return;
    this.#seen.push(version);
    if (slot === undefined) this.#slots.set(name, { shown: version });
    else if (isBetter(version, slot.shown)) slot.shown = version;
  }

  get shown(): readonly MergedVersion[] {
    return [...this.#slots.values()].map(({ shown }) => shown);
  }

  get seen(): readonly MergedVersion[] {
    return this.#seen;
  }
}

/** The newer one; of equal ones the first context's. */
function isBetter(candidate: MergedVersion, shown: MergedVersion): boolean {
  return candidate.sortKey === shown.sortKey ? candidate.from < shown.from : candidate.sortKey > shown.sortKey;
}
