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

const SLASH = '(?:\\/|%2f)';
/** `/auth/KEY`, `/PackageFiles/KEY`, by which v1 pushes, and `/PublishedPackages/KEY`, for which people take the publication of v1. */
const KEY_BEHIND_WORD = new RegExp(
  `(${SLASH}(?:${spelled('auth')}|${spelled('packagefiles')}|${spelled('publishedpackages')})${SLASH}+)` +
    `(?!${spelled('publish')}(?:[/?#\\s"']|$))${KEY}`,
  'gi',
);
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
/** As the keys of other servers are; as a whole segment, nothing of ours has this form. */
const KEY_OF_OTHERS = /(?<=\/|%2f)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=[/?#\s"']|%2f|$)/gi;
const USER_INFO = /(:\/\/)[^/?#@\s"']+@/g;

/**
 * Replaces keys in paths, everything that looks like a key of ours or of other servers (GUIDs), and user information in URLs.
 *
 * @example redact('/F/main/auth/secret/api/v2'); // '/F/main/auth/[redacted]/api/v2'
 */
export function redact(text: string): string {
  return text
    .replace(KEY_BEHIND_WORD, `$1${MARK}`)
    .replace(KEY_OF_DELETE, `$1${MARK}`)
    .replace(KEY_OF_OURS, MARK)
    .replace(KEY_OF_OTHERS, MARK)
    .replace(USER_INFO, `$1${MARK}@`);
}
