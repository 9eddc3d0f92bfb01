/**
 * API keys as clients send them: `X-NuGet-ApiKey`, Basic (the key as password, or as user name with an empty password),
 * Bearer, or in the path of a pre-authenticated URL.
 *
 * Source: NuGet server API, "Push and Delete" (X-NuGet-ApiKey); RFC 7617 (Basic); RFC 6750, section 2.1 (Bearer).
 */
import { hash, randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The way that a key came. */
export type CredentialSource = 'header' | 'basic' | 'bearer' | 'path';

export interface Credential {
  /** What was sent in the place of a key, whether it is one or not. A secret. */
  readonly key: string;
  readonly source: CredentialSource;
}

export interface Credentials {
  /** All that were sent, the most explicit first: header, Basic or Bearer, path. Empty when there were none. */
  readonly presented: readonly Credential[];
}

const none: Credentials = { presented: [] };
const keyBytes = 32;

/** A user name with an empty password is taken as the key; both empty are no credential. */
function basicKey(encoded: string): string {
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon === -1) return decoded;
  const password = decoded.slice(colon + 1);
  return password === '' ? decoded.slice(0, colon) : password;
}

function fromAuthorization(header: string): Credential | undefined {
  const space = header.indexOf(' ');
  if (space === -1) return undefined;
  const scheme = header.slice(0, space).toLowerCase();
  const value = header.slice(space + 1).trim();
  if (value === '') return undefined;
  if (scheme === 'bearer') return { key: value, source: 'bearer' };
  if (scheme !== 'basic') return undefined;
  const key = basicKey(value);
  return key === '' ? undefined : { key, source: 'basic' };
}

/**
 * Collects every credential of a request.
 *
 * @param pathKey - of `parseFeedPath`.
 */
export function readCredentials(
  headers: Pick<IncomingHttpHeaders, 'authorization'> & Readonly<Record<string, string | string[] | undefined>>,
  pathKey: string | null,
): Credentials {
  const header = headers['x-nuget-apikey'];
  const { authorization } = headers;
  if (header === undefined && authorization === undefined && pathKey === null) return none;
  const presented: Credential[] = [];
  const apiKey = (Array.isArray(header) ? (header[0] ?? '') : (header ?? '')).trim();
  if (apiKey !== '') presented.push({ key: apiKey, source: 'header' });
  const fromHeader = authorization === undefined ? undefined : fromAuthorization(authorization);
  if (fromHeader !== undefined) presented.push(fromHeader);
  if (pathKey !== null && pathKey !== '') presented.push({ key: pathKey, source: 'path' });
  return { presented };
}

/** SHA-256 of the whole key, lower-case hex: what the registry stores. Keys are 256 random bits, so a fast hash is enough. */
export function hashKey(key: string): string {
  return hash('sha256', key, 'hex');
}

/** A new secret: `ff_` and 43 base64url characters (32 random bytes). */
export function newKey(): string {
  return `ff_${randomBytes(keyBytes).toString('base64url')}`;
}
