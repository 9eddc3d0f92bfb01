/** Values out of documents that somebody else wrote: of the type that is wanted, bounded and clean, or the value for "nothing told". */

export type JsonObject = Readonly<Record<string, unknown>>;

const MAX_TEXT_CHARACTERS = 64 * 1024;
const MAX_TAGS = 500;
/** Which no text of a package has, and which break readers of what is rendered from it. */
const UNCLEAN = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]/;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string {
  if (typeof value !== 'string') return '';
  const bounded = value.length > MAX_TEXT_CHARACTERS ? value.slice(0, MAX_TEXT_CHARACTERS) : value;
  const whole = bounded.isWellFormed() ? bounded : bounded.toWellFormed();
  return (UNCLEAN.test(whole) ? whole.replace(new RegExp(UNCLEAN, 'g'), '') : whole).trim();
}

/** A text, or a list of texts that is joined by ", ". */
export function joinedText(value: unknown): string {
  return Array.isArray(value)
    ? value
        .slice(0, MAX_TAGS)
        .map(textOf)
        .filter((text) => text !== '')
        .join(', ')
    : textOf(value);
}

/** A list, or a text with blanks and commas between them. */
export function tagsOf(value: unknown): readonly string[] {
  const words = Array.isArray(value) ? value.slice(0, MAX_TAGS).map(textOf) : textOf(value).split(/[\s,;]+/);
  return words.filter((word) => word !== '').slice(0, MAX_TAGS);
}

/** Only addresses that a page may link to. */
export function webAddressOf(value: unknown): string {
  const text = textOf(value);
  return /^https?:\/\//i.test(text) && URL.canParse(text) ? text : '';
}

/** A whole number from 0 on. */
export function countOf(value: unknown): number {
  const count = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : 0;
}

export function isTrue(value: unknown): boolean {
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true');
}

/** An ISO instant; '' for what is none. What has no time zone is UTC, as the v2 protocol writes it. */
export function instantOf(value: unknown): string {
  const text = textOf(value);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) || text.length > 40) return '';
  const time = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);
  return Number.isNaN(time) ? '' : new Date(time).toISOString();
}

/** Clients take everything published before 1902 for unlisted. Source: the v2 protocol of the public gallery. */
export function isUnlistedDate(instant: string): boolean {
  return instant !== '' && Number(instant.slice(0, 4)) <= 1901;
}
