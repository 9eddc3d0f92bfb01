/** Plans of queries, kept for as long as the registry stays as it is. */
import type { HierarchyPlan } from '@feedfleet/feedchain';

/** Plans; with one more, all are forgotten. */
const MAX_PLANS = 1000;
/** Questions with longer names, in characters, are planned anew each time. */
const MAX_NAME_CHARACTERS = 2000;

export class KeptPlans {
  readonly #plans = new Map<string, HierarchyPlan>();
  #number = -1;

  /** @param name - of the question, among all questions. */
  get(
    view: { readonly number: number },
    name: string,
    { now, plan }: { readonly now: number; readonly plan: () => HierarchyPlan },
  ): HierarchyPlan {
    if (view.number !== this.#number) {
      this.#plans.clear();
      this.#number = view.number;
    }
    const known = this.#plans.get(name);
    if (known !== undefined && known.validUntilMs > now) return known;
    const made = plan();
    if (name.length > MAX_NAME_CHARACTERS) return made;
    if (this.#plans.size >= MAX_PLANS) this.#plans.clear();
    this.#plans.set(name, made);
    return made;
  }
}
