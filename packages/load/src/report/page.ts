/** A report as one file that needs nothing else: no script, no font, no picture from elsewhere. Pure. */
import { markup, verbatim } from '@feedfleet/xml-text';
import type { Markup } from '@feedfleet/xml-text';

import { style } from './style.ts';

export interface Page {
  readonly title: string;
  /** What the reader should know if nothing else. */
  readonly sentence: string;
  readonly sections: readonly Markup[];
  /** At the end, in small letters. */
  readonly footer?: string;
}

const DOCTYPE = verbatim('<!doctype html>');

export function renderPage({ title, sentence, sections, footer }: Page): string {
  const page = markup`${DOCTYPE}
    <html lang="en"><head><meta charset="utf-8"/><title>${title}</title>
    <meta name="viewport" content="width=device-width,initial-scale=1"/><style>${style}</style></head>
    <body><header><h1>${title}</h1><p>${sentence}</p></header>
    <main>${sections}</main>
    ${footer === undefined ? null : markup`<footer><p>${footer}</p></footer>`}</body></html>`;
  return `${page.text}\n`;
}
