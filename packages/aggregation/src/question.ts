/** The questions that a query puts to contexts, as data: what was asked once can be asked again for the next client. */
import type { SourcePageQuery, SourceSearch } from '@feedfleet/package-sources';

/** Filters are left to the plan. */
export type Question =
  /** In lower case, each once. */
  | { readonly kind: 'versions'; readonly ids: readonly string[] }
  | { readonly kind: 'search' | 'complete'; readonly query: SourceSearch }
  | { readonly kind: 'page'; readonly query: SourcePageQuery };

/** The same text for the same question. */
export function questionKey(question: Question): string {
  return JSON.stringify(question);
}
