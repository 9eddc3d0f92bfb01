/**
 * Keeps API keys out of logs: pre-authenticated URLs carry them in the path, and error messages quote URLs.
 *
 * Works on text, not on parsed URLs, because most of what it meets is prose around a URL.
 */

const MARK = '[redacted]';
/** In every form that endpoints take: any case, percent-encoded, runs of slashes. Not `{key}`, which is how routes write its place. */
const KEY_IN_PATH = /(\/(?:a|%[46]1)(?:u|%[57]5)(?:t|%[57]4)(?:h|%[46]8)\/+)(?!\{key\})[^/?#\s"']+/gi;
const KEY_OF_OURS = /ff_[A-Za-z0-9_-]{20,}/g;
const USER_INFO = /(:\/\/)[^/?#@\s"']+@/g;

/**
 * Replaces the key in `/auth/<key>/`, everything that looks like a key of ours, and user information in URLs.
 *
 * @example redact('/F/main/auth/secret/api/v2'); // '/F/main/auth/[redacted]/api/v2'
 */
export function redact(text: string): string {
  return text.replace(KEY_IN_PATH, `$1${MARK}`).replace(KEY_OF_OURS, MARK).replace(USER_INFO, `$1${MARK}@`);
}
