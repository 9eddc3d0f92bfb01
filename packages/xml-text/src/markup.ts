/**
 * HTML and SVG that is escaped by construction: what stands in a template is markup, what is put into it is text. Only double
 * quotes go round attributes.
 */
import { escapeXml } from './escape-xml.ts';

/** Controls that turn the order of the text around them, which would let a title rewrite its neighbours. */
const TURNS_ORDER = /[\u202a-\u202e\u2066-\u2069]/g;

export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type MarkupPart = Markup | string | number | null | undefined | readonly MarkupPart[];

/** Line ends and indentation of the template itself are dropped, or a space between words; those of values stay. */
export function markup(template: TemplateStringsArray, ...values: readonly MarkupPart[]): Markup {
  const pieces = template.map((fixed, index) => unindented(fixed) + textOf(values[index]));
  return new Markup(pieces.join(''));
}

/** Of text that has its form already: the style, the script, numbers of a path. */
export function verbatim(text: string): Markup {
  return new Markup(text);
}

function unindented(fixed: string): string {
  return fixed.replace(/(?<=[^\s>])\n\s*(?=[^\s<])/g, ' ').replace(/\n\s*/g, '');
}

function textOf(part: MarkupPart): string {
  if (part === null || part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'number') return String(part);
  if (typeof part === 'string') return escapeXml(part.replace(TURNS_ORDER, ''));
  return part.map(textOf).join('');
}
