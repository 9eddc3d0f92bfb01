/** Feeds and entries of the OData protocols, read strictly: what clients of some generation stumble over is an error. */
import type { Exchange } from '../../src/support/exchange.ts';
import { child, descendants, parseXml } from './xml-document.ts';
import type { XmlElement } from './xml-document.ts';

export const ATOM = 'http://www.w3.org/2005/Atom';
export const DATA = 'http://schemas.microsoft.com/ado/2007/08/dataservices';
export const METADATA = 'http://schemas.microsoft.com/ado/2007/08/dataservices/metadata';

export interface Entry {
  readonly element: XmlElement;
  /** Texts of the `d:` properties; a null one is empty. */
  readonly properties: ReadonlyMap<string, string>;
  readonly id: string;
  /** `d:Version`: as its author wrote it. */
  readonly version: string;
  /** `content/@src`. */
  readonly download: string;
}

export interface Feed {
  readonly element: XmlElement;
  readonly entries: readonly Entry[];
  /** Versions of all entries, in their order. */
  readonly versions: readonly string[];
  /** Ids of all entries, in their order. */
  readonly ids: readonly string[];
  /** `m:count`, when it is there. */
  readonly count: number | undefined;
  /** `link rel="next"`, when it is there. */
  readonly next: string | undefined;
}

function entryOf(element: XmlElement): Entry {
  const properties = descendants(element, 'properties').find(({ namespace }) => namespace === METADATA);
  if (properties === undefined) throw new Error('an entry has no m:properties');
  const texts = new Map(
    properties.children.filter(({ namespace }) => namespace === DATA).map(({ local, text }) => [local, text] as const),
  );
  return {
    element,
    properties: texts,
    id: texts.get('Id') ?? child(element, 'title')?.text ?? '',
    version: texts.get('Version') ?? '',
    download: child(element, 'content')?.attributes.get('src') ?? '',
  };
}

/** @throws Error for another status, with what the server said. */
function textOf(answer: Exchange, status = 200): string {
  if (answer.status !== status) throw new Error(`${answer.status} ${answer.reason}: ${answer.text.slice(0, 300)}`);
  return answer.text;
}

export function readFeed(answer: Exchange): Feed {
  const element = parseXml(textOf(answer));
  if (element.local !== 'feed' || element.namespace !== ATOM) throw new Error(`expected a feed, got ${element.name}`);
  const entries = element.children
    .filter(({ local, namespace }) => local === 'entry' && namespace === ATOM)
    .map(entryOf);
  const count = element.children.find(({ local, namespace }) => local === 'count' && namespace === METADATA)?.text;
  const links = element.children.filter(
    ({ local, attributes }) => local === 'link' && attributes.get('rel') === 'next',
  );
  if (links.length > 1) throw new Error('a feed has several next links');
  return {
    element,
    entries,
    versions: entries.map(({ version }) => version),
    ids: entries.map(({ id }) => id),
    count: count === undefined ? undefined : Number(count),
    next: links[0]?.attributes.get('href'),
  };
}

export function readEntry(answer: Exchange): Entry {
  const element = parseXml(textOf(answer));
  if (element.local !== 'entry' || element.namespace !== ATOM)
    throw new Error(`expected an entry, got ${element.name}`);
  return entryOf(element);
}
