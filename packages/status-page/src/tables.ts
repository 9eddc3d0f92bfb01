/** A table may be wider than a phone: then it scrolls by itself, for keyboards too. */
import { markup } from '@feedfleet/xml-text';
import type { Markup } from '@feedfleet/xml-text';

export function scrollable(label: string, table: Markup): Markup {
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${label}, table">${table}</div>`;
}
