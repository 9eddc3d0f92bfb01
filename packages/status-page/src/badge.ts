/** A state in one line, for readmes and other pages. */
import type { State } from '@feedfleet/status-model';
import { markup } from '@feedfleet/xml-text';

import { STATE_COLOURS } from './state-mark.ts';
import { atMost, STATE_WORDS } from './words.ts';

const HEIGHT = 20;
const PADDING = 7;
/** Of Verdana at 11 pixels, about; the text is then fitted to what was reckoned. */
const CHARACTER = 6.6;

export function badge(label: string, state: State): string {
  const name = atMost(label.trim() === '' ? 'status' : label.trim(), 40);
  const word = STATE_WORDS[state].toLowerCase();
  const left = widthOf(name);
  const right = widthOf(word);
  const text = (words: string, from: number, width: number) => markup`
    <text x="${from + width / 2}" y="14" textLength="${width - 2 * PADDING}" lengthAdjust="spacingAndGlyphs">${words}</text>`;
  return markup`
    <svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="${HEIGHT}" role="img" aria-label="${name}: ${word}">
    <title>${name}: ${word}</title><clipPath id="r"><rect width="${left + right}" height="${HEIGHT}" rx="3"/></clipPath>
    <g clip-path="url(#r)"><rect width="${left}" height="${HEIGHT}" fill="#3b424d"/>
    <rect x="${left}" width="${right}" height="${HEIGHT}" fill="${STATE_COLOURS[state]}"/></g>
    <g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">${text(name, 0, left)}${text(word, left, right)}</g></svg>`
    .text;
}

function widthOf(words: string): number {
  return Math.round(words.length * CHARACTER) + 2 * PADDING;
}
