/** Plans of queries, kept for as long as the registry stays as it is. */
import type { HierarchyPlan } from '@feedfleet/feedchain';

/** Plans, and contexts of all of them together; with more, all are forgotten. */
const MAX_PLANS = 1000;
const MAX_CONTEXTS = 20_000;
/** Questions with longer names, in characters, are planned anew each time. */
const MAX_NAME_CHARACTERS = 2000;

export class KeptPlans {
  readonly #plans = new Map<string, HierarchyPlan>();
  #contexts = 0;
  #number = -1;

  /** @param name - of the question, among all questions. */
  get(
    view: { readonly number: number },
    name: string,
    { now, plan }: { readonly now: number; readonly plan: () => HierarchyPlan },
  ): HierarchyPlan {
    if (view.number !== this.#number) {
      this.#forget();
      this.#number = view.number;
    }
    const known = this.#plans.get(name);
    if (known !== undefined && known.validUntilMs > now) return known;
    const made = plan();
    const contexts = made.contexts.length;
    if (name.length > MAX_NAME_CHARACTERS || contexts > MAX_CONTEXTS) return made;
    if (this.#plans.size >= MAX_PLANS || this.#contexts + contexts > MAX_CONTEXTS) this.#forget();
    this.#contexts += contexts - (this.#plans.get(name)?.contexts.length ?? 0);
    this.#plans.set(name, made);
    return made;
  }

  #forget(): void {
    this.#plans.clear();
    this.#contexts = 0;
  }
}
