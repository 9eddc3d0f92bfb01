/**
 * Registrations: all versions of an id, in an index whose pages are in it or beside it.
 *
 * Source: NuGet server API, "Package metadata".
 */
import { parseJson } from './json-document.ts';
import type { DocumentReader } from './source-call.ts';
import { malformed } from './source-refusal.ts';
import { isObject, listOf, textOf } from './told-values.ts';
import type { JsonObject } from './told-values.ts';
import { Turns } from './turns.ts';
import { versionOfLeaf } from './v3-catalog-entry.ts';
import type { WrittenVersion } from './v3-catalog-entry.ts';

/** The public gallery has 64 versions a page, and no id with 10,000 versions. */
const MAX_PAGES = 300;
const MAX_LEAVES = 20_000;

/** A leaf, as far as it is read. */
export interface RegistrationLeaf {
  readonly version: WrittenVersion;
  /** Where its file is; '' when the source does not say. */
  readonly contentUrl: string;
}

/** A page that is in the index, or where it is. */
export type RegistrationPage = { readonly leaves: readonly RegistrationLeaf[] } | { readonly url: string };

export const registrationIndexReader: DocumentReader<readonly RegistrationPage[]> = {
  accept: 'application/json',
  read: async (body, signal) => {
    const document = await parseJson(body, signal);
    if (!isObject(document) || !Array.isArray(document.items)) {
      throw malformed('The source answered with JSON that is no registration index');
    }
    const items = listOf(document.items);
    if (items.length > MAX_PAGES) throw malformed(`The source has a registration of more than ${MAX_PAGES} pages`);
    const turns = new Turns(signal);
    const pages: RegistrationPage[] = [];
    for (const item of items) {
      if (!isObject(item)) throw malformed('The source answered with a registration whose pages are no objects');
      pages.push(Array.isArray(item.items) ? { leaves: await leavesOf(item, turns) } : { url: pageUrl(item) });
    }
    return pages;
  },
};

export const registrationPageReader: DocumentReader<readonly RegistrationLeaf[]> = {
  accept: 'application/json',
  read: async (body, signal) => {
    const document = await parseJson(body, signal);
    if (!isObject(document) || !Array.isArray(document.items)) {
      throw malformed('The source answered with JSON that is no registration page');
    }
    return leavesOf(document, new Turns(signal));
  },
};

async function leavesOf(page: JsonObject, turns: Turns): Promise<readonly RegistrationLeaf[]> {
  const items = listOf(page.items);
  if (items.length > MAX_LEAVES)
    throw malformed(`The source has a registration page of more than ${MAX_LEAVES} versions`);
  const leaves: RegistrationLeaf[] = [];
  for (const item of items) {
    if (turns.isOver) await turns.next();
    if (!isObject(item)) throw malformed('The source answered with a registration whose leaves are no objects');
    const entry = isObject(item.catalogEntry) ? item.catalogEntry : {};
    leaves.push({ version: versionOfLeaf(item), contentUrl: textOf(item.packageContent ?? entry.packageContent) });
  }
  return leaves;
}

function pageUrl(item: JsonObject): string {
  const url = textOf(item['@id']);
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    throw malformed('The source answered with a registration page that has neither versions nor a URL');
  }
  return url;
}
