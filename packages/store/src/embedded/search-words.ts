/**
 * From what an author or a user wrote to the words that the full-text index holds and is asked for.
 *
 * Each word carries the feed's key in front: the words of one feed lie together in the index, so that a prefix query costs
 * what this feed has and not what all feeds have, and one feed's words never match in another's search.
 */

const MAX_QUERY_WORDS = 16;
const MAX_QUERY_CHARACTERS = 500;
const MAX_DOCUMENT_CHARACTERS = 16_384;

export interface SearchableText {
  readonly id: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly description: string;
  readonly authors: string;
}

/** Columns of the index, in its order: id, parts, title, tags, description, authors. */
export type SearchDocument = readonly [string, string, string, string, string, string];

/** Words without case and diacritics: runs of letters and digits of any script. */
export function wordsOf(text: string): readonly string[] {
  const folded = text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .toLowerCase();
  return folded.match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
}

/**
 * Parts of an id in which people look for it: each camel-case word, number and segment, and each of them with what follows
 * in its segment.
 *
 * @example
 * idParts('Acme.FooBar2'); // ['acme', 'foo', 'foobar2', 'bar', 'bar2', '2']
 */
export function idParts(id: string): readonly string[] {
  const found = new Set<string>();
  for (const segment of id.match(/[\p{L}\p{N}\p{M}]+/gu) ?? []) {
    const parts = segment.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{N}+|[^\p{Lu}\p{Ll}\p{N}]+/gu) ?? [segment];
    parts.forEach((part, index) => {
      wordsOf(part).forEach((word) => found.add(word));
      found.add(wordsOf(parts.slice(index).join('')).join(''));
    });
  }
  return [...found];
}

/** What the index holds of one id of the feed. */
export function searchDocument(feedKey: number, text: SearchableText): SearchDocument {
  const mark = feedMark(feedKey);
  const joined = (words: readonly string[]): string => words.map((word) => mark + word).join(' ');
  const whole = wordsOf(text.id);
  return [
    joined([...whole, ...(whole.length > 1 ? [whole.join('')] : [])]),
    joined(idParts(text.id)),
    joined(wordsOf(text.title)),
    joined(wordsOf(text.tags.join(' '))),
    joined(wordsOf(text.description.slice(0, MAX_DOCUMENT_CHARACTERS))),
    joined(wordsOf(text.authors)),
  ];
}

/**
 * A full-text query in which every word of the user's text must match as a prefix. Operators and quotes are not part of
 * any word, so they cannot reach the query language.
 *
 * @returns undefined when the text has no word at all; such a text matches nothing.
 */
export function searchExpression(feedKey: number, text: string): string | undefined {
  const words = wordsOf(text.slice(0, MAX_QUERY_CHARACTERS)).slice(0, MAX_QUERY_WORDS);
  const mark = feedMark(feedKey);
  return words.length === 0 ? undefined : words.map((word) => `"${mark}${word}"*`).join(' AND ');
}

/** No mark is the beginning of another one: its first character tells its length. */
function feedMark(feedKey: number): string {
  const digits = feedKey.toString(36);
  return digits.length.toString(36) + digits;
}
