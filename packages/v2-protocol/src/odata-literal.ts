/**
 * Literals of OData URLs: text in single quotes (a quote in it is doubled), numbers, booleans, instants, null.
 *
 * Source: OData 2.0, "URI Conventions", section 6, and "Overview", "Abstract Type System" (primitive literals).
 */
import { ProblemError } from '@feedfleet/problems';

/** Reads `'O''Brien'`, and, as servers always have, the same without quotes; surrounding blanks do not count. */
export function parseText(option: string, raw: string): string {
  const text = raw.trim();
  if (!text.startsWith("'")) return text;
  if (text.length < 2 || !/^'(?:[^']|'')*'$/.test(text)) {
    throw invalidOption(option, "text in single quotes, a quote in it doubled: 'O''Brien'", raw);
  }
  return text.slice(1, -1).replaceAll("''", "'");
}

/** Reads `true`, `False` and the like; undefined for the empty text. */
export function parseFlag(option: string, raw: string): boolean | undefined {
  const text = parseText(option, raw).toLowerCase();
  if (text === '') return undefined;
  if (text === 'true' || text === 'false') return text === 'true';
  throw invalidOption(option, 'true or false', raw);
}

/** Reads a whole number from 0 to 2,147,483,647. */
export function parseCount(option: string, raw: string): number {
  const text = raw.trim();
  if (!/^\d{1,10}$/.test(text) || Number(text) > 2_147_483_647) {
    throw invalidOption(option, 'a whole number from 0 to 2147483647', raw);
  }
  return Number(text);
}

const INSTANT = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::(\d\d(?:\.\d{1,9})?))?)?(Z|[+-]\d\d:\d\d)?$/i;

/**
 * Reads `2026-01-31T12:00:00.5`, in UTC where no zone is named.
 *
 * @returns milliseconds since 1970; undefined for what is no instant.
 */
export function parseInstant(text: string): number | undefined {
  // A blank is the `+` of a zone that the URL decoding took.
  const [, date, minutes = '00:00', seconds = '00', zone = 'Z'] = INSTANT.exec(text.trim().replace(' ', '+')) ?? [];
  if (date === undefined) return undefined;
  const milliseconds = Date.parse(`${date}T${minutes}:${seconds}${zone.toUpperCase()}`);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

const MAX_SHOWN_CHARACTERS = 80;

/** What a client sent, short enough for an error message. */
export function shown(text: string): string {
  const cut = text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}...` : text;
  return JSON.stringify(cut.toWellFormed());
}

export function invalidOption(option: string, expected: string, given: string): ProblemError {
  return new ProblemError('invalidQuery', { detail: `${option}: expected ${expected}, got ${shown(given)}` });
}
