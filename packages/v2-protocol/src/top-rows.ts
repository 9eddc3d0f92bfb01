/** The first rows of an order among many, however many come: what cannot be among them is dropped again and again. */
import { comparePlaces, orderKeys } from './order.ts';
import type { OrderKeys, OrderTerm } from './order.ts';
import type { PackageRow, Viewpoint } from './package-property.ts';

const MIN_KEPT = 500;

interface Placed {
  readonly row: PackageRow;
  readonly place: OrderKeys;
}

export class TopRows {
  readonly #count: number;
  readonly #terms: readonly OrderTerm[];
  readonly #viewpoint: Viewpoint;
  readonly #after: OrderKeys | null;
  readonly #kept: Placed[] = [];

  /** @param after - only rows behind this place are kept. */
  constructor(
    count: number,
    order: { readonly terms: readonly OrderTerm[]; readonly viewpoint: Viewpoint; readonly after: OrderKeys | null },
  ) {
    this.#count = count;
    this.#terms = order.terms;
    this.#viewpoint = order.viewpoint;
    this.#after = order.after;
  }

  add(row: PackageRow): void {
    if (this.#count === 0) return;
    const place = orderKeys(row, this.#terms, this.#viewpoint);
    if (this.#after !== null && comparePlaces(place, this.#after, this.#terms) <= 0) return;
    this.#kept.push({ row, place });
    if (this.#kept.length >= Math.max(2 * this.#count, MIN_KEPT)) this.#prune();
  }

  rows(): readonly PackageRow[] {
    this.#prune();
    return this.#kept.map(({ row }) => row);
  }

  #prune(): void {
    this.#kept.sort((left, right) => comparePlaces(left.place, right.place, this.#terms));
    this.#kept.length = Math.min(this.#kept.length, this.#count);
  }
}
