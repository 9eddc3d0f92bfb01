/** For tests: reads a page as strictly as XML is read, so that anything that was not escaped or not closed fails. */
import { SaxesParser } from 'saxes';

interface SeenElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface SeenDocument {
  readonly elements: readonly SeenElement[];
  /** Of all elements, without style and script. */
  readonly text: string;
}

/** @throws Error where the document is not well-formed. */
export function readMarkup(document: string): SeenDocument {
  const elements: SeenElement[] = [];
  let text = '';
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => elements.push({ name, attributes: { ...attributes } }));
  parser.on('text', (piece) => (text += piece));
  parser.write(asXml(document)).close();
  return { elements, text };
}

/** What HTML leaves open is closed; style and script are no markup. */
function asXml(document: string): string {
  if (!document.startsWith('<!doctype html>')) return document;
  return document
    .replace(/^<!doctype html>/, '')
    .replace(/(<(style|script)>)[^]*?<\/\2>/g, '$1</$2>')
    .replace(/<((?:meta|link|br)\b[^<>]*)>/g, '<$1/>');
}
