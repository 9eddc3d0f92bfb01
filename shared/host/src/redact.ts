/**
 * Keeps API keys out of logs: pre-authenticated URLs and the pushes of v1 carry them in the path, and error messages quote URLs.
 *
 * Works on text, not on parsed URLs, because most of what it meets is prose around a URL.
 */

const MARK = '[redacted]';
/** Not `{key}`, which is how routes write its place. */
const KEY = String.raw`(?!\{key\})[^/?#\s"']+`;
const SEGMENT = String.raw`[^/?#\s"']*\/+`;

/** Matches a word of lower-case letters in every form that endpoints take: any case, percent-encoded. */
function spelled(word: string): string {
  const letter = (code: number) =>
    `(?:${String.fromCharCode(code)}|%[${code < 0x70 ? '46' : '57'}]${(code & 0xf).toString(16)})`;
  return Array.from(word, (character) => letter(character.charCodeAt(0))).join('');
}

/** `/auth/KEY`, and `/PackageFiles/KEY`, by which v1 pushes. */
const KEY_BEHIND_WORD = new RegExp(`(\\/(?:${spelled('auth')}|${spelled('packagefiles')})\\/+)${KEY}`, 'gi');
/**
 * `/Packages/KEY/id/version`, by which v1 deletes: below a feed, or as a protocol quotes what follows its mount. Elsewhere
 * `packages` is a folder like any other, as in the stack of an error; `/Packages/$count` is a number.
 */
const KEY_OF_DELETE = new RegExp(
  `((?:\\/${spelled('f')}\\/+(?:${SEGMENT}){1,8}?|(?<![^\\s"'(])\\/+(?:api\\/+)?(?:v\\d\\/+)?(?:feedservice\\.svc\\/+)?)` +
    `${spelled('packages')}\\/+)(?!\\$count)${KEY}`,
  'gi',
);
const KEY_OF_OURS = /ff_[A-Za-z0-9_-]{20,}/g;
const USER_INFO = /(:\/\/)[^/?#@\s"']+@/g;

/**
 * Replaces keys in paths, everything that looks like a key of ours, and user information in URLs.
 *
 * @example redact('/F/main/auth/secret/api/v2'); // '/F/main/auth/[redacted]/api/v2'
 */
export function redact(text: string): string {
  return text
    .replace(KEY_BEHIND_WORD, `$1${MARK}`)
    .replace(KEY_OF_DELETE, `$1${MARK}`)
    .replace(KEY_OF_OURS, MARK)
    .replace(USER_INFO, `$1${MARK}@`);
}
