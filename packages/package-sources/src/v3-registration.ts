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
/** Of an id, on all of its pages together, whether they are in the index or beside it. */
const MAX_LEAVES = 20_000;
/** Of the pages beside the index. */
const MAX_PAGES_BYTES = 64 * 1024 ** 2;

/** A leaf, as far as it is read. */
export interface RegistrationLeaf {
  readonly version: WrittenVersion;
  /** Where its file is; '' when the source does not say. */
  readonly contentUrl: string;
}

/** A page that is in the index, or where it is. */
export type RegistrationPage = { readonly leaves: readonly RegistrationLeaf[] } | { readonly url: string };

/** What the pages of one id may come to. */
export class RegistrationBudget {
  readonly #leavesByPage = new Map<RegistrationPage, number>();
  #leaves = 0;
  #bytes = 0;

  /** Counts the leaves of a page, once. @throws {SourceRefusal} when there are more than an id may have. */
  takeLeaves(page: RegistrationPage, leaves: number): void {
    if (this.#leavesByPage.has(page)) return;
    this.#leavesByPage.set(page, leaves);
    this.#leaves += leaves;
    if (this.#leaves > MAX_LEAVES) throw tooManyLeaves();
  }

  /** @throws {SourceRefusal} */
  takeBytes(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= MAX_PAGES_BYTES) return;
    throw malformed(`The source has a registration whose pages have more than ${MAX_PAGES_BYTES} bytes`);
  }
}

const tooManyLeaves = (): Error => malformed(`The source has a registration of more than ${MAX_LEAVES} versions`);

export const registrationIndexReader: DocumentReader<readonly RegistrationPage[]> = {
  accept: 'application/json',
  read: async (body, signal) => {
    const document = await parseJson(body, signal);
    if (!isObject(document) || !Array.isArray(document.items)) {
      throw malformed('The source answered with JSON that is no registration index');
    }
    const items = listOf(document.items);
    if (items.length > MAX_PAGES) throw malformed(`The source has a registration of more than ${MAX_PAGES} pages`);
    const leaves = items.reduce<number>((sum, item) => sum + (isObject(item) ? listOf(item.items).length : 0), 0);
    if (leaves > MAX_LEAVES) throw tooManyLeaves();
    const turns = new Turns(signal);
    const pages: RegistrationPage[] = [];
    for (const item of items) {
      if (!isObject(item)) throw malformed('The source answered with a registration whose pages are no objects');
      pages.push(Array.isArray(item.items) ? { leaves: await leavesOf(item, turns) } : { url: pageUrl(item) });
    }
    return pages;
  },
};

/** @param budget - of all pages of the id, which is asked before anything is made of the page. */
export function registrationPageReader(
  page: RegistrationPage,
  budget: RegistrationBudget,
): DocumentReader<readonly RegistrationLeaf[]> {
  return {
    accept: 'application/json',
    read: async (body, signal) => {
      budget.takeBytes(body.length);
      const document = await parseJson(body, signal);
      if (!isObject(document) || !Array.isArray(document.items)) {
        throw malformed('The source answered with JSON that is no registration page');
      }
      budget.takeLeaves(page, document.items.length);
      return leavesOf(document, new Turns(signal));
    },
  };
}

/** What has no catalog entry tells of no version, and is passed over. */
async function leavesOf(page: JsonObject, turns: Turns): Promise<readonly RegistrationLeaf[]> {
  const leaves: RegistrationLeaf[] = [];
  for (const item of listOf(page.items)) {
    if (turns.isOver) await turns.next();
    if (!isObject(item)) throw malformed('The source answered with a registration whose leaves are no objects');
    const { catalogEntry: entry, packageContent } = item;
    if (!isObject(entry)) continue;
    leaves.push({ version: versionOfLeaf(item), contentUrl: textOf(packageContent ?? entry.packageContent) });
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
