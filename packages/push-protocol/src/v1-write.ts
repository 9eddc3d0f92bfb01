/**
 * Writes as clients before NuGet 1.6 send them, with the key in the path or in the body, to whatever root they were given:
 * `POST PackageFiles/{key}/nupkg`, `POST PublishedPackages/Publish` and `DELETE Packages/{key}/{id}/{version}`.
 *
 * Source: NuGet 1.0 to 1.5, GalleryServer and PackageServer; NuGetGallery, its routes below `v1`.
 */
import type { IncomingMessage } from 'node:http';
import { ProblemError } from '@feedfleet/problems';
import type { Credentials } from '@feedfleet/registry-client';
import { readTextDocument } from './json-document.ts';
import { parseVersionName } from './version-name.ts';
import type { VersionName } from './version-name.ts';

export type V1Target =
  /** A package to be pushed with this key. */
  | { readonly kind: 'upload'; readonly key: string }
  /** What it is about stands in the body. */
  | { readonly kind: 'publication' }
  | ({ readonly kind: 'keyedVersion'; readonly key: string } & VersionName);

/** Makes a version that was pushed visible. */
export interface Publication extends VersionName {
  /** A secret; empty when the body has none. */
  readonly key: string;
}

const MAX_PUBLICATION_BYTES = 16 * 1024;

/**
 * @param segments - decoded, what follows the root.
 * @returns undefined for what is no write of v1.
 * @throws ProblemError `FF_NO_SUCH_PACKAGE` for what can be no version.
 */
export function parseV1Target(segments: readonly string[]): V1Target | undefined {
  const [resource = '', key = '', third = '', fourth = ''] = segments;
  switch (`${resource.toLowerCase()} ${segments.length}`) {
    case 'packagefiles 3':
      return third.toLowerCase() === 'nupkg' ? { kind: 'upload', key } : undefined;
    case 'publishedpackages 2':
      return key.toLowerCase() === 'publish' ? { kind: 'publication' } : undefined;
    case 'packages 4':
      return { kind: 'keyedVersion', key, ...parseVersionName(third, fourth) };
    default:
      return undefined;
  }
}

/** The key that stands beside the package is the one that was meant, and the only one that counts, whatever else came along. */
export function withKey({ presented }: Credentials, key: string): Credentials {
  return key === '' ? { presented } : { presented: [{ key, source: 'path' }] };
}

/**
 * Reads `key`, `id` and `version` from a body of JSON or of a form.
 *
 * @throws ProblemError `FF_INVALID_REQUEST`, `FF_BODY_TOO_LARGE`, `FF_NO_SUCH_PACKAGE`, or the signal's reason.
 */
export async function readPublication(request: IncomingMessage, signal: AbortSignal): Promise<Publication> {
  const text = await readTextDocument(request, { maxBytes: MAX_PUBLICATION_BYTES, signal });
  const isForm = /^\s*application\/x-www-form-urlencoded/i.test(request.headers['content-type'] ?? '');
  const fields = new Map(
    (isForm ? [...new URLSearchParams(text)] : fieldsOf(text)).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const textOf = (name: string): string => {
    const value = fields.get(name);
    return typeof value === 'string' ? value : '';
  };
  return { key: textOf('key'), ...parseVersionName(textOf('id'), textOf('version')) };
}

function fieldsOf(text: string): readonly (readonly [string, unknown])[] {
  const expected = 'body: expected {"key":"...","id":"...","version":"..."} as JSON, or a form';
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document === 'object' && document !== null) return Object.entries(document);
  } catch {
    // The parser's message quotes the body, and a key with it.
  }
  throw new ProblemError('invalidRequest', { detail: expected, reason: expected });
}
