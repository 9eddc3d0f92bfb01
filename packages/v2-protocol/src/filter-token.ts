/** Tokens of `$filter` and `$orderby`, each with its place in the text. */
import { ProblemError } from '@feedfleet/problems';
import { shown } from './odata-literal.ts';

export type TokenKind = 'name' | 'text' | 'number' | 'instant' | '(' | ')' | ',' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** The name, the text or instant without its quotes, the digits without a suffix. */
  readonly value: string;
  /** Index of its first character, from 0. */
  readonly at: number;
}

/** Longest `$filter` or `$orderby`, in characters. */
const MAX_EXPRESSION_CHARACTERS = 8192;

/** The suffixes L, M, D and F tell a number's type, which makes no difference here. */
const TOKEN =
  /\s*(?:[dD]ate[tT]ime(?:[oO]ffset)?'([^']*)'|([A-Za-z_]\w*)|'((?:[^']|'')*)'|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)[LMDFlmdf]?(?!\w)|([(),]))/y;
const BLANKS = /\s*/y;

/** @param option - name of the query option, for error messages. */
export function tokenize(option: string, text: string): readonly Token[] {
  if (text.length > MAX_EXPRESSION_CHARACTERS) {
    throw new ProblemError('invalidQuery', {
      detail: `${option}: expected at most ${MAX_EXPRESSION_CHARACTERS} characters, got ${text.length}`,
    });
  }
  const tokens: Token[] = [];
  let position = 0;
  for (;;) {
    position = afterBlanks(text, position);
    if (position === text.length) break;
    TOKEN.lastIndex = position;
    const match = TOKEN.exec(text);
    if (match === null) throw unreadable(option, text, position);
    tokens.push(tokenOf(match, position));
    position = TOKEN.lastIndex;
  }
  return [...tokens, { kind: 'end', value: '', at: text.length }];
}

function afterBlanks(text: string, position: number): number {
  BLANKS.lastIndex = position;
  BLANKS.exec(text);
  return BLANKS.lastIndex;
}

function tokenOf(match: RegExpExecArray, at: number): Token {
  const [, instant, name, quoted, number, sign] = match;
  if (instant !== undefined) return { kind: 'instant', value: instant, at };
  if (name !== undefined) return { kind: 'name', value: name, at };
  if (quoted !== undefined) return { kind: 'text', value: quoted.replaceAll("''", "'"), at };
  if (number !== undefined) return { kind: 'number', value: number, at };
  return { kind: sign as '(' | ')' | ',', value: sign ?? '', at };
}

function unreadable(option: string, text: string, at: number): ProblemError {
  const open =
    text[at] === "'" ? 'text that ends in a single quote' : 'a name, a number, text in quotes or one of ( ) ,';
  return expected(option, open, text.slice(at), at);
}

/** The one form of all syntax errors: what was expected, what was given, at which position (from 1). */
export function expected(option: string, what: string, given: string, at: number): ProblemError {
  const got = given === '' ? 'the end' : shown(given);
  return new ProblemError('invalidQuery', { detail: `${option}: expected ${what} at position ${at + 1}, got ${got}` });
}
