/**
 * The order of what a search found: by how an id answers to what was typed, then by how much of it that is and, mildly, by how
 * often it is downloaded, then by id. The same for every store, and pure.
 */
import { camelParts } from './search-words.ts';
import type { SearchTerms } from './search-text.ts';

export interface Candidate {
  readonly id: string;
  /** Of all versions. */
  readonly downloads: number;
  /** Whether id, title and tags alone answer to the whole text. */
  readonly isNamed: boolean;
}

/** What is typed for an id, in forms that are compared with ids. */
export interface RankedText {
  /** As it was typed, in lower case. */
  readonly typed: string;
  readonly words: readonly string[];
  /** All words as one. */
  readonly compact: string;
}

/** Distance between two ways in which an id can answer; all else together is less. */
const STEP = 10;
const COVERAGE = 4;
const POPULARITY = 4;
/** Downloads from which on more of them make no difference, as a power of two. */
const MOST_DOWNLOADS_LOG2 = 32;

export function rankedText(text: string, { terms }: SearchTerms): RankedText {
  const words = terms.filter(({ field }) => field === null || field === 'id').flatMap((term) => term.words);
  return { typed: text.trim().toLowerCase(), words, compact: words.join('') };
}

/** Best first; equal ones by id. */
export function byRelevance<T extends Candidate>(candidates: readonly T[], text: RankedText): readonly T[] {
  return candidates
    .map((candidate) => ({ candidate, score: relevance(candidate, text), id: candidate.id.toLowerCase() }))
    .toSorted((one, other) => other.score - one.score || (one.id < other.id ? -1 : 1))
    .map(({ candidate }) => candidate);
}

function relevance(candidate: Candidate, text: RankedText): number {
  const parts = camelParts(candidate.id);
  const compactId = parts.join('');
  const coverage = Math.min(1, text.compact.length / Math.max(1, compactId.length));
  const popularity = Math.min(1, Math.log2(candidate.downloads + 1) / MOST_DOWNLOADS_LOG2);
  return STEP * tierOf(candidate, text, { parts, compactId }) + COVERAGE * coverage + POPULARITY * popularity;
}

function tierOf(
  { id, isNamed }: Candidate,
  { typed, words, compact }: RankedText,
  { parts, compactId }: { readonly parts: readonly string[]; readonly compactId: string },
): number {
  if (id.toLowerCase() === typed) return 7;
  if (compactId === compact) return 6;
  if (compact !== '' && compactId.startsWith(compact)) return 5;
  if (words.length > 0 && words.every((word) => parts.includes(word))) return 4;
  if (words.length > 0 && words.every((word) => beginsInside(word, parts, compactId))) return 3;
  return isNamed ? 2 : 1;
}

/** Whether the word is the beginning of a part, or of several that follow each other. */
function beginsInside(word: string, parts: readonly string[], compactId: string): boolean {
  let start = 0;
  for (const part of parts) {
    if (compactId.startsWith(word, start)) return true;
    start += part.length;
  }
  return false;
}
