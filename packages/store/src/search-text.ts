/**
 * What a user asks for: `json`, `"entity framework"`, `tags:orm author:"Jane Doe" packageid:Acme.Core`.
 *
 * Everything said must hold, of one field as of several: `tag:PSModule tag:Azure` asks for packages with both, which is what
 * PowerShell's clients expect of it. Only where a package has one value, of `packageid:` and `version:`, several are
 * alternatives. A field without a value and one that does not exist are plain words; `AND`, `OR` and the like are words too.
 *
 * Source: NuGet documentation, "Find and evaluate NuGet packages", section "Search syntax": the fields, `id` finds parts and
 * `packageid` and `owner` the whole, several fields at the same time. It does not say how several values of one field are
 * joined. Differs: an unknown field is not ignored together with its value, because `http://acme.example` is no reason to
 * find everything.
 */
import { normalizeVersion, parseVersion } from '@feedfleet/versioning';
import { wordsOf } from './search-words.ts';

const MAX_CHARACTERS = 500;
const MAX_WORDS = 16;

/** A field, a colon and a value, which may follow after blanks and stand in quotes; or a value alone. */
const SAID = /(?:(\p{L}+):(?:\s+(?!\p{L}+:))?)?(?:"([^"]*)"?|([^\s"]+))/gu;

export type SearchField = 'id' | 'title' | 'tags' | 'authors' | 'description' | 'summary';

export interface SearchTerm {
  /** Where the words must be; null for anywhere. */
  readonly field: SearchField | null;
  /** At least one. */
  readonly words: readonly string[];
  /** In quotes: the words stand in this order with nothing between them. */
  readonly isPhrase: boolean;
}

export interface SearchTerms {
  readonly kind: 'terms';
  readonly terms: readonly SearchTerm[];
  /** In lower case; the id is one of them. None for any. */
  readonly packageIds: readonly string[];
  /** Normalized, in lower case; the newest version that the search may see is one of them. None for any. */
  readonly versions: readonly string[];
  /** Each is a whole name among the owners; words without separators. */
  readonly owners: readonly string[];
}

export type SearchText =
  /** Nothing was typed. */
  | { readonly kind: 'everything' }
  /** What was typed has no word. */
  | { readonly kind: 'nothing' }
  | SearchTerms;

type NamedField = SearchField | 'packageid' | 'version' | 'owner';

const FIELDS: ReadonlyMap<string, NamedField> = new Map<string, NamedField>([
  ['id', 'id'],
  ['packageid', 'packageid'],
  ['version', 'version'],
  ['title', 'title'],
  ['tag', 'tags'],
  ['tags', 'tags'],
  ['author', 'authors'],
  ['authors', 'authors'],
  ['description', 'description'],
  ['summary', 'summary'],
  ['owner', 'owner'],
  ['owners', 'owner'],
]);

/**
 * Reads what was typed. Every text has a meaning; of a long one, the first 500 characters and 16 words count.
 *
 * @example
 * parseSearchText('id:json "fast parser"');
 */
export function parseSearchText(text: string): SearchText {
  if (text.trim() === '') {
    return { kind: 'everything' };
  }
  const reader = new TermReader();
  for (const [, name = '', phrase, word = ''] of text.slice(0, MAX_CHARACTERS).matchAll(SAID)) {
    const field = FIELDS.get(name.toLowerCase());
    if (field === undefined && name !== '') {
      reader.add(null, name, false);
    }
    reader.read(field ?? null, phrase ?? word, phrase !== undefined);
  }
  return reader.result();
}

/** The words of an owner's name as one: how `owner:` names it. */
export function ownerWord(name: string): string {
  return wordsOf(name).join('');
}

class TermReader {
  readonly #terms: SearchTerm[] = [];
  readonly #packageIds: string[] = [];
  readonly #versions: string[] = [];
  readonly #owners: string[] = [];
  #wordsLeft = MAX_WORDS;

  read(field: NamedField | null, value: string, isPhrase: boolean): void {
    switch (field) {
      case 'packageid':
        this.#addWhole(this.#packageIds, value.trim().toLowerCase());
        break;
      case 'version':
        this.#addWhole(this.#versions, normalized(value.trim()));
        break;
      case 'owner':
        this.#addWhole(this.#owners, ownerWord(value));
        break;
      default:
        // A tag has no blanks: in quotes there are several.
        this.add(field, value, isPhrase && field !== 'tags');
    }
  }

  add(field: SearchField | null, value: string, isPhrase: boolean): void {
    const words = wordsOf(value).slice(0, this.#wordsLeft);
    this.#wordsLeft -= words.length;
    if (words.length > 0) {
      this.#terms.push({ field, words, isPhrase: isPhrase && words.length > 1 });
    }
  }

  result(): SearchText {
    const [terms, packageIds, versions, owners] = [this.#terms, this.#packageIds, this.#versions, this.#owners];
    const isSomething = [terms, packageIds, versions, owners].some(({ length }) => length > 0);
    return isSomething ? { kind: 'terms', terms, packageIds, versions, owners } : { kind: 'nothing' };
  }

  #addWhole(values: string[], value: string): void {
    if (value !== '' && this.#wordsLeft > 0) {
      this.#wordsLeft -= 1;
      values.push(value);
    }
  }
}

function normalized(version: string): string {
  const parsed = parseVersion(version);
  return (parsed === undefined ? version : normalizeVersion(parsed)).toLowerCase();
}
