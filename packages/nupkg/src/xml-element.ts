/**
 * XML as elements with children, attributes and text, by local name: nuspecs come in half a dozen namespaces, and in none.
 *
 * Document types are refused, and with them every entity beyond the five of XML itself.
 */
import { SaxesParser } from 'saxes';
import { Parser, processors } from 'xml2js';
import { quoted, refusal } from './refusal.ts';

/** A nuspec has five levels. */
const MAX_DEPTH = 100;

/** What xml2js makes of an element with `explicitCharkey`: text alone stays under `_`, nothing at all is the empty text. */
type Node =
  string | { readonly _?: string; readonly $?: Readonly<Record<string, string>>; readonly [name: string]: unknown };

export class XmlElement {
  readonly name: string;
  readonly #node: Node;

  constructor(name: string, node: Node) {
    this.name = name;
    this.#node = node;
  }

  children(name: string): readonly XmlElement[] {
    if (typeof this.#node === 'string' || !Object.hasOwn(this.#node, name)) return [];
    const nodes = this.#node[name];
    return Array.isArray(nodes) ? nodes.map((node) => new XmlElement(name, node as Node)) : [];
  }

  /** @throws ProblemError `FF_INVALID_PACKAGE` when there are several. */
  child(name: string): XmlElement | undefined {
    const [first, second] = this.children(name);
    if (second !== undefined)
      throw refusal(`The nuspec has more than one element ${quoted(name)} in ${quoted(this.name)}`);
    return first;
  }

  attribute(name: string): string {
    if (typeof this.#node === 'string' || this.#node.$ === undefined) return '';
    return Object.hasOwn(this.#node.$, name) ? cleanText(this.#node.$[name] ?? '') : '';
  }

  get text(): string {
    return cleanText(typeof this.#node === 'string' ? this.#node : (this.#node._ ?? ''));
  }
}

/** @throws ProblemError `FF_INVALID_PACKAGE` */
export function parseXml(text: string): XmlElement {
  refuseDocumentType(text);
  refuseWhatIsNotWellFormed(text);
  const parser = new Parser({
    strict: true,
    explicitCharkey: true,
    tagNameProcessors: [processors.stripPrefix],
  });
  allowXmlEntitiesOnly(parser);
  const roots: Record<string, Node>[] = [];
  const faults: unknown[] = [];
  parser.on('end', (root: Record<string, Node> | null) => {
    if (root !== null) roots.push(root);
  });
  parser.on('error', (error: unknown) => faults.push(error));
  try {
    parser.parseString(text);
  } catch (error) {
    faults.push(error);
  }
  const [root, ...others] = roots.flatMap((one) => Object.entries(one));
  if (faults.length > 0 || root === undefined || others.length > 0) {
    throw refusal('The nuspec is not well-formed XML', { detail: xmlFault(faults[0]), cause: faults[0] });
  }
  return new XmlElement(root[0], root[1]);
}

/** xml2js takes what the XML reader of .NET, and so every client, refuses: undeclared prefixes, an attribute twice, `]]>` in text. */
function refuseWhatIsNotWellFormed(text: string): void {
  const parser = new SaxesParser({ xmlns: true });
  const faults: Error[] = [];
  parser.on('error', (error) => {
    if (faults.length === 0) faults.push(error);
  });
  // Each element looks for its namespace in all elements around it: without a bound, the cost grows with the square of the depth.
  let depth = 0;
  parser.on('opentagstart', () => {
    depth += 1;
    if (depth > MAX_DEPTH) throw refusal(`The nuspec nests elements more than ${MAX_DEPTH} deep`);
  });
  parser.on('closetag', () => {
    depth -= 1;
  });
  parser.write(text).close();
  const [fault] = faults;
  if (fault !== undefined)
    throw refusal('The nuspec is not well-formed XML', { detail: xmlFault(fault), cause: fault });
}

/** The parser below xml2js knows the entities of HTML too, and xml2js has no option to say that this is none. */
function allowXmlEntitiesOnly(parser: Parser): void {
  const { saxParser } = parser as unknown as { readonly saxParser: { ENTITIES: Readonly<Record<string, string>> } };
  saxParser.ENTITIES = { amp: '&', gt: '>', lt: '<', quot: '"', apos: "'" };
}

function xmlFault(fault: unknown): string {
  const message = fault instanceof Error ? fault.message.replace(/\s+/g, ' ') : 'it needs exactly one root element';
  return `The nuspec is not well-formed XML: ${message}`;
}

/** A document type stands before the root element, with nothing but comments and instructions before it. */
function refuseDocumentType(text: string): void {
  let at = 0;
  for (;;) {
    while (at < text.length && /\s/.test(text.charAt(at))) at += 1;
    const end = text.startsWith('<!--', at) ? '-->' : text.startsWith('<?', at) ? '?>' : undefined;
    if (end === undefined) break;
    const found = text.indexOf(end, at);
    if (found === -1) return;
    at = found + end.length;
  }
  if (/^<!doctype/i.test(text.slice(at, at + 9))) throw refusal('The nuspec has a document type, which is not allowed');
}

/** Without the characters that XML does not know and that break readers of what is rendered from them. */
function cleanText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/g, '')
    .trim();
}
