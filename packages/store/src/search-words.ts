/**
 * From what an author or a user wrote to words that can be compared: no case, no diacritics, no separators. Every store
 * indexes and asks by the same words.
 *
 * Scripts that put no space between words (Chinese, Japanese, Thai) are cut into pairs of characters that overlap.
 */

const RUN = /[\p{L}\p{N}\p{M}]+/gu;
const UNSPACED = String.raw`\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Thai}`;
const PIECE = new RegExp(`[${UNSPACED}]+|[^${UNSPACED}]+`, 'gu');
const IS_UNSPACED = new RegExp(`^[${UNSPACED}]`, 'u');
const CAMEL_PART = /\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{N}+|[^\p{Lu}\p{Ll}\p{N}]+/gu;

/** Almost every id, of which the same is told without a look at Unicode, in a tenth of the time. */
const PLAIN = /^[ -~]*$/;
const PLAIN_PART = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+/g;

/** More parts than that are no words. */
const MAX_ID_PARTS = 32;

/** Words of what somebody looks for. */
export function wordsOf(text: string): readonly string[] {
  return runsOf(text).flatMap((run) =>
    cut(run, (characters) => (characters.length < 2 ? characters : pairs(characters))),
  );
}

/** Words of what is looked at: those that `wordsOf` can ask for. */
export function documentWordsOf(text: string): readonly string[] {
  return runsOf(text).flatMap((run) => cut(run, (characters) => [...characters, ...pairs(characters)]));
}

/**
 * The camel-case words, numbers and segments of an id, in order.
 *
 * @example
 * camelParts('Acme.FooBar2'); // ['acme', 'foo', 'bar', '2']
 */
export function camelParts(id: string): readonly string[] {
  const plain = PLAIN.test(id) ? (id.match(PLAIN_PART) ?? []) : undefined;
  if (plain !== undefined && plain.length <= MAX_ID_PARTS) return plain.map((part) => part.toLowerCase());
  return segmentsOf(id).flat();
}

/**
 * The words by which people look for an id: each of its parts, each part with all that follows in its segment and in the id,
 * and a segment's first letters with what follows them.
 *
 * @example
 * idWords('Ms.EntityFrameworkCore'); // 'ms', 'entity', 'entityframeworkcore', 'efcore', 'efc', ...
 */
export function idWords(id: string): readonly string[] {
  const segments = segmentsOf(id);
  const words = new Set<string>();
  for (const parts of [...segments, segments.flat().slice(0, MAX_ID_PARTS)]) {
    parts.forEach((part, index) => {
      documentWordsOf(part).forEach((word) => words.add(word));
      words.add(parts.slice(index).join(''));
    });
  }
  for (const parts of segments.filter(({ length }) => length > 1)) {
    const initials = parts.map((part) => Array.from(part)[0]).join('');
    parts.forEach((_, index) => words.add(initials.slice(0, index + 1) + parts.slice(index + 1).join('')));
  }
  return [...words];
}

/** Without case and diacritics, and a letter of any width is the same letter. */
function fold(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase();
  return text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .toLowerCase();
}

function runsOf(text: string): readonly string[] {
  return fold(text).match(RUN) ?? [];
}

function segmentsOf(id: string): readonly (readonly string[])[] {
  return (id.match(RUN) ?? []).map((segment) =>
    (segment.match(CAMEL_PART) ?? [segment]).slice(0, MAX_ID_PARTS).flatMap((part) => runsOf(part)),
  );
}

function cut(run: string, unspaced: (characters: readonly string[]) => readonly string[]): readonly string[] {
  return (run.match(PIECE) ?? []).flatMap((piece) => (IS_UNSPACED.test(piece) ? unspaced(Array.from(piece)) : [piece]));
}

function pairs(characters: readonly string[]): readonly string[] {
  return characters.slice(1).map((character, index) => `${characters[index] ?? ''}${character}`);
}
