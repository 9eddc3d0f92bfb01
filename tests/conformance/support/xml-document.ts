/** XML as a strict reader sees it: namespaces resolved, and an error for what is not well-formed. */
import { SaxesParser } from 'saxes';

export interface XmlElement {
  /** As written, with its prefix. */
  readonly name: string;
  readonly local: string;
  readonly namespace: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Of this element alone. */
  readonly text: string;
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
  text: string;
}

/** @throws Error that says what is not well-formed, and where. */
export function parseXml(text: string): XmlElement {
  const top: OpenElement = { name: '', local: '', namespace: '', attributes: new Map(), children: [], text: '' };
  const open = [top];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, local, uri, attributes }) => {
    const pairs = Object.values(attributes).map((attribute) => [attribute.name, attribute.value] as const);
    const element = { name, local, namespace: uri, attributes: new Map(pairs), children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', (more) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += more;
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(text).close();
  const [root] = top.children;
  if (root === undefined) throw new Error('the document has no element');
  return root;
}

export function child(element: XmlElement, local: string): XmlElement | undefined {
  return element.children.find((each) => each.local === local);
}

/** The element itself and everything below it, with that local name, in document order. */
export function descendants(element: XmlElement, local: string): readonly XmlElement[] {
  const below = element.children.flatMap((each) => descendants(each, local));
  return element.local === local ? [element, ...below] : below;
}
