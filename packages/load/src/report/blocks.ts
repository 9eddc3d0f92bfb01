/** What a report is made of, apart from its plots. */
import { markup } from '@feedfleet/xml-text';
import type { Markup } from '@feedfleet/xml-text';

import type { Verdict } from './run-document.ts';

export type Tone = 'good' | 'bad' | 'doubt';
export type Cell = string | number | { readonly text: string; readonly tone?: Tone | undefined };

export interface Table {
  readonly caption?: string;
  readonly header: readonly string[];
  /** Each as long as the header; the first cell names the row. */
  readonly rows: readonly (readonly Cell[])[];
  /** Columns of figures, counted from 0. */
  readonly figures?: readonly number[];
}

export interface Tile {
  readonly label: string;
  readonly value: string;
  readonly note?: string;
}

export interface Timeline {
  readonly caption?: string;
  /** What is told side by side, for example the day as it was, and as it would be. */
  readonly columns: readonly string[];
  readonly rows: readonly {
    /** As it is shown, for example `15:15`. */
    readonly at: string;
    readonly cells: readonly Cell[];
  }[];
}

export function section(title: string, ...parts: readonly Markup[]): Markup {
  return markup`<section><h2>${title}</h2>${parts}</section>`;
}

export function heading(text: string): Markup {
  return markup`<h3>${text}</h3>`;
}

export function paragraph(text: string): Markup {
  return markup`<p>${text}</p>`;
}

/** A few figures that tell the most. */
export function tiles(list: readonly Tile[]): Markup {
  const each = ({ label, value, note }: Tile): Markup =>
    markup`<div><dt>${label}</dt><dd class="value">${value}</dd>
      ${note === undefined ? null : markup`<dd class="soft">${note}</dd>`}</div>`;
  return markup`<dl class="tiles">${list.map(each)}</dl>`;
}

export function table({ caption, header, rows, figures = [] }: Table): Markup {
  const isFigure = new Set(figures);
  const head = header.map(
    (name, place) => markup`<th scope="col"${classOf(isFigure.has(place) ? 'n' : '')}>${name}</th>`,
  );
  const body = rows.map(([first = '', ...rest]) => {
    const cells = rest.map((cell, place) => dataCell(cell, isFigure.has(place + 1) ? 'n' : ''));
    return markup`<tr><th scope="row">${textOf(first)}</th>${cells}</tr>`;
  });
  return scrollable(
    caption ?? header.join(', '),
    markup`
    <table>${captionOf(caption)}<thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`,
  );
}

/** Each law with what was expected, what was measured, and whether it held. */
export function verdictList(verdicts: readonly Verdict[]): Markup {
  const tones: Readonly<Record<Verdict['outcome'], Tone>> = { held: 'good', broken: 'bad', 'not measured': 'doubt' };
  return table({
    header: ['Law', 'Expected', 'Measured', 'Verdict'],
    rows: verdicts.map(({ law, outcome, expected, measured }) => [
      ...[law, expected, measured],
      { text: outcome, tone: tones[outcome] },
    ]),
  });
}

/** What happened when, in columns beside each other. */
export function timeline({ caption, columns, rows }: Timeline): Markup {
  const head = ['Time', ...columns].map((name) => markup`<th scope="col">${name}</th>`);
  const body = rows.map(
    ({ at, cells }) => markup`<tr><th scope="row">${at}</th>${cells.map((cell) => dataCell(cell, ''))}</tr>`,
  );
  return scrollable(
    caption ?? 'Timeline',
    markup`
    <table class="timeline">${captionOf(caption)}<thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`,
  );
}

/** A table may be wider than a phone: then it scrolls by itself, for keyboards too. */
function scrollable(label: string, content: Markup): Markup {
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${label}">${content}</div>`;
}

function captionOf(caption: string | undefined): Markup | null {
  return caption === undefined ? null : markup`<caption>${caption}</caption>`;
}

function dataCell(cell: Cell, kind: string): Markup {
  const tone = typeof cell === 'object' ? (cell.tone ?? '') : '';
  return markup`<td${classOf(`${kind} ${tone}`.trim())}>${textOf(cell)}</td>`;
}

function classOf(names: string): Markup | null {
  return names === '' ? null : markup` class="${names}"`;
}

function textOf(cell: Cell): string {
  return typeof cell === 'object' ? cell.text : String(cell);
}
