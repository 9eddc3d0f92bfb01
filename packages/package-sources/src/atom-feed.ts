/**
 * Atom feeds of NuGet v2, read in pieces: entries with their properties, the count and the next link.
 *
 * Names are taken without their prefixes, which servers choose. Document types are refused, and with them every entity beyond the five
 * of XML itself. Why `saxes`: ADR-0014.
 *
 * Source: OData 2.0, "Atom format"; RFC 4287; NuGetGallery's V2FeedPackage.
 */
import { SaxesParser } from 'saxes';

import { malformed } from './source-refusal.ts';
import { Turns } from './turns.ts';

/** Parsed between two looks at the clock. */
const CHUNK_BYTES = 16 * 1024;
/** A feed has six levels. */
const MAX_DEPTH = 32;
const MAX_ENTRIES = 10_000;
/** The public gallery has about 40 properties an entry, and a few attributes an element. */
const MAX_PROPERTIES = 500;
const MAX_ATTRIBUTES = 100;
const MAX_TEXT_CHARACTERS = 1024 ** 2;

export interface AtomEntry {
  /** `title`, which is the id where no property says it. */
  readonly title: string;
  /** URL of the package file, as written. */
  readonly contentUrl: string;
  /** By name without prefix; what is null is left out. */
  readonly properties: ReadonlyMap<string, string>;
}

export interface AtomFeed {
  readonly entries: readonly AtomEntry[];
  /** As written. */
  readonly nextUrl: string | undefined;
  readonly count: number | undefined;
}

/** @throws {SourceRefusal} for what is no feed and no entry. @throws the signal's reason. */
export async function readAtomFeed(bytes: Buffer, signal: AbortSignal): Promise<AtomFeed> {
  const reader = new AtomReader();
  const turns = new Turns(signal);
  const decoder = new TextDecoder(encodingOf(bytes));
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    if (turns.isOver) await turns.next();
    reader.write(decoder.decode(bytes.subarray(at, at + CHUNK_BYTES), { stream: true }));
  }
  return reader.end();
}

function encodingOf(bytes: Buffer): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0x3c && bytes[1] === 0)) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
}

interface OpenEntry {
  title: string;
  contentUrl: string;
  readonly properties: Map<string, string>;
}

class AtomReader {
  readonly #parser = new SaxesParser<{ xmlns: false }>({ xmlns: false });
  readonly #entries: AtomEntry[] = [];
  /** Local names of the open elements. */
  readonly #path: string[] = [];
  #entry: OpenEntry | undefined;
  #isProperty = false;
  /** Of the element that is being read. */
  #attributes = 0;
  #text = '';
  #nextUrl: string | undefined;
  #count: number | undefined;

  constructor() {
    this.#parser.on('error', (fault) => {
      throw malformed(
        `The source answered with what is no well-formed XML: ${fault.message.replace(/\s+/g, ' ').slice(0, 100)}`,
      );
    });
    this.#parser.on('doctype', () => {
      throw malformed('The source answered with XML that has a document type, or with a web page');
    });
    this.#parser.on('attribute', () => {
      this.#attributes += 1;
      if (this.#attributes > MAX_ATTRIBUTES)
        throw malformed(`The source answered with an element of more than ${MAX_ATTRIBUTES} attributes`);
    });
    this.#parser.on('opentag', ({ name, attributes }) => this.#open(localName(name), attributes));
    this.#parser.on('closetag', ({ name }) => this.#close(localName(name)));
    const addText = (text: string): void => {
      this.#text += text;
      if (this.#text.length > MAX_TEXT_CHARACTERS) throw malformed('The source answered with a text that is too long');
    };
    this.#parser.on('text', addText);
    this.#parser.on('cdata', addText);
  }

  write(text: string): void {
    this.#parser.write(text);
  }

  end(): AtomFeed {
    this.#parser.close();
    return { entries: this.#entries, nextUrl: this.#nextUrl, count: this.#count };
  }

  #open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (this.#path.length === 0 && name !== 'feed' && name !== 'entry') {
      throw malformed('The source answered with XML that is no feed of packages, or with a web page');
    }
    if (this.#path.length >= MAX_DEPTH)
      throw malformed(`The source answered with XML that is more than ${MAX_DEPTH} deep`);
    const around = this.#path.at(-1);
    this.#path.push(name);
    this.#attributes = 0;
    this.#text = '';
    if (name === 'entry') {
      if (this.#entry !== undefined) throw malformed('The source answered with an entry inside of an entry');
      if (this.#entries.length >= MAX_ENTRIES)
        throw malformed(`The source answered with more than ${MAX_ENTRIES} entries`);
      this.#entry = { title: '', contentUrl: '', properties: new Map() };
    } else if (this.#entry !== undefined) {
      this.#isProperty = around === 'properties' && attribute(attributes, 'null') !== 'true';
      if (name === 'content') this.#entry.contentUrl = attribute(attributes, 'src');
    } else if (name === 'link' && attribute(attributes, 'rel') === 'next')
      this.#nextUrl = attribute(attributes, 'href');
  }

  #close(name: string): void {
    this.#path.pop();
    const around = this.#path.at(-1);
    if (this.#entry !== undefined) {
      if (name === 'entry') {
        this.#entries.push(this.#entry);
        this.#entry = undefined;
      } else if (this.#isProperty && around === 'properties') {
        this.#entry.properties.set(name, this.#text);
        if (this.#entry.properties.size > MAX_PROPERTIES)
          throw malformed(`The source answered with an entry of more than ${MAX_PROPERTIES} properties`);
      } else if (name === 'title' && around === 'entry') this.#entry.title = this.#text.trim();
    } else if (name === 'count' && around === 'feed' && /^\d{1,15}$/.test(this.#text.trim())) {
      this.#count = Number(this.#text.trim());
    }
    this.#isProperty = false;
    this.#text = '';
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function attribute(attributes: Readonly<Record<string, string>>, name: string): string {
  for (const [written, value] of Object.entries(attributes)) if (localName(written) === name) return value;
  return '';
}
