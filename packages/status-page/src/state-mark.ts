/** Each state has a shape and a word of its own; colour only repeats them. */
import type { State } from '@feedfleet/status-model';
import { markup, verbatim } from '@feedfleet/xml-text';
import type { Markup } from '@feedfleet/xml-text';

import { STATE_WORDS } from './words.ts';

/** In a box of 20 by 20: a disk with a tick, a triangle, an octagon with a cross, a diamond, a ring with a question mark. */
const SHAPES: Readonly<Record<State, string>> = {
  up: '<circle cx="10" cy="10" r="9" fill="currentColor"/><path class="ink" d="M6 10.4l2.8 2.8 5.3-5.8"/>',
  degraded:
    '<path d="M10 1.5 19.3 18H.7z" fill="currentColor" stroke="currentColor" stroke-linejoin="round"/><path class="ink" d="M10 7.3v4.9M10 15v.2"/>',
  down: '<path d="M6.3 1h7.4L19 6.3v7.4L13.7 19H6.3L1 13.7V6.3z" fill="currentColor"/><path class="ink" d="m6.8 6.8 6.4 6.4m0-6.4-6.4 6.4"/>',
  maintenance: '<path d="M10 .6 19.4 10 10 19.4.6 10z" fill="currentColor"/><path class="ink" d="M8 7v6m4-6v6"/>',
  unknown:
    '<circle cx="10" cy="10" r="8" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="3.6 2.7"/><path class="line" d="M7.8 8.2a2.3 2.3 0 1 1 3.4 2c-.8.5-1.2.9-1.2 1.7M10 14.4v.2"/>',
};
/** For places that have no style sheet. */
export const STATE_COLOURS: Readonly<Record<State, string>> = {
  up: '#1a7346',
  degraded: '#8a5a00',
  down: '#b3261e',
  maintenance: '#2a5bb8',
  unknown: '#5c6470',
};

/** Once on a page, before the marks that use it. */
export function markDefinitions(): Markup {
  const symbols = Object.entries(SHAPES).map(
    ([state, shape]) => `<symbol id="s-${state}" viewBox="0 0 20 20">${shape}</symbol>`,
  );
  return verbatim(
    `<svg class="away" aria-hidden="true" focusable="false" width="0" height="0">${symbols.join('')}</svg>`,
  );
}

export function stateMark(state: State): Markup {
  return markup`<svg class="mark ${state}" aria-hidden="true" focusable="false"><use href="#s-${state}"/></svg>`;
}

export function stateWord(state: State, word = STATE_WORDS[state]): Markup {
  return markup`<span class="state ${state}">${stateMark(state)} ${word}</span>`;
}

/** The state in the tab of the browser. */
export function tabIcon(state: State): string {
  const shape = SHAPES[state]
    .replaceAll('currentColor', STATE_COLOURS[state])
    .replaceAll('class="ink"', 'fill="none" stroke="#fff" stroke-width="2"')
    .replaceAll('class="line"', `fill="none" stroke="${STATE_COLOURS[state]}" stroke-width="2"`);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20">${shape}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
