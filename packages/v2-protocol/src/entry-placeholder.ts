/**
 * What a rendered entry leaves open until it is read, marked by control characters.
 *
 * Source: XML 1.0, section 2.2: U+0001 to U+0008 are illegal, so that no package text that went through `escapeXml` has one.
 */

export const PLACEHOLDER = {
  /** Base URL of the service, escaped, without a slash at the end. */
  base: '\u0001',
  isLatest: '\u0002',
  isAbsoluteLatest: '\u0003',
  /** Downloads of all versions of the id. */
  downloads: '\u0004',
  versionDownloads: '\u0005',
  published: '\u0006',
  lastEdited: '\u0007',
  listed: '\u0008',
} as const;

/** Values by code of the placeholder; index 0 is never used. */
export type EntryValues = readonly [
  unused: '',
  base: string,
  isLatest: string,
  isAbsoluteLatest: string,
  downloads: string,
  versionDownloads: string,
  published: string,
  lastEdited: string,
  listed: string,
];

const ANY = /[\u0001-\u0008]/g;

/** Fills every placeholder in one pass. */
export function fillEntry(fragment: string, values: EntryValues): string {
  return fragment.replace(ANY, (placeholder) => values[placeholder.charCodeAt(0)] ?? '');
}
