/** What people wrote, as paragraphs. It is text: the only markup in it is what is made here, links of http and https. */
import { markup } from '@feedfleet/xml-text';
import type { Markup, MarkupPart } from '@feedfleet/xml-text';

import { atMost } from './words.ts';

const LINK = /https?:\/\/[^\s<>"'`{}|\\^]+/g;
const LONGEST_TEXT = 4000;

export function paragraphs(text: string): readonly Markup[] {
  return atMost(text, LONGEST_TEXT)
    .split(/\n\s*\n/)
    .filter((paragraph) => paragraph.trim() !== '')
    .map((paragraph) => markup`<p>${linesOf(paragraph.trim())}</p>`);
}

/** `text` when it is a whole URL of http or https, so that it may stand in a link. */
export function webUrl(text: string | null): string | undefined {
  if (text === null || text.length > 2000 || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  return text;
}

function linesOf(paragraph: string): readonly MarkupPart[] {
  return paragraph.split('\n').flatMap((line, index) => (index === 0 ? linked(line) : [markup`<br>`, ...linked(line)]));
}

function linked(line: string): readonly MarkupPart[] {
  const parts: MarkupPart[] = [];
  let from = 0;
  for (const match of line.matchAll(LINK)) {
    const address = match[0].replace(/[.,;:!?)\]]+$/, '');
    const url = webUrl(address);
    if (url === undefined) continue;
    parts.push(line.slice(from, match.index), markup`<a href="${url}" rel="noreferrer nofollow">${address}</a>`);
    from = match.index + address.length;
  }
  return [...parts, line.slice(from)];
}
