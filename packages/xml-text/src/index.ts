export { escapeXml } from './escape-xml.ts';
export { Markup, markup, verbatim } from './markup.ts';
export type { MarkupPart } from './markup.ts';
