/**
 * Who calls the registry's API, and what a caller may hand out.
 *
 * The operator token may do everything. A key with `manage` for all feeds administers, but never sees the hashes of keys. A
 * key with `manage` for certain feeds manages those, and hands out no more than it holds itself.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import { ProblemError } from '@feedfleet/problems';
import { hashKey, isAdministrator, isExpired, matchesGlob, readCredentials } from '@feedfleet/registry-client';
import type { ApiKey, Credential, RegistryView } from '@feedfleet/registry-client';

export type Caller =
  | { readonly role: 'operator' }
  | { readonly role: 'administrator'; readonly key: ApiKey }
  | { readonly role: 'manager'; readonly key: ApiKey };

export interface CallerQuestion {
  readonly view: RegistryView;
  readonly operatorToken: string;
  readonly headers: IncomingHttpHeaders;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Takes the same time wherever two tokens differ, and whatever their lengths are. */
function isSameToken(left: string, right: string): boolean {
  return timingSafeEqual(hash('sha256', left, 'buffer'), hash('sha256', right, 'buffer'));
}

function unauthenticated(detail: string): ProblemError {
  return new ProblemError('unauthenticated', { detail, headers: { 'www-authenticate': 'Bearer realm="feedfleet"' } });
}

function callerOf(credential: Credential, { view, operatorToken, now }: CallerQuestion): Caller | undefined {
  if (credential.source === 'bearer' && isSameToken(credential.key, operatorToken)) return { role: 'operator' };
  const key = view.keyByHash(hashKey(credential.key));
  if (key === undefined || isExpired(key, now)) return undefined;
  if (!key.scopes.includes('manage')) {
    throw new ProblemError('forbidden', { detail: `The key "${key.name}" lacks the scope manage.` });
  }
  return { role: isAdministrator(key) ? 'administrator' : 'manager', key };
}

/**
 * @throws {ProblemError} `FF_UNAUTHENTICATED` when nothing valid was sent, `FF_FORBIDDEN` for a wrong X-NuGet-ApiKey and
 * for a key without the scope manage.
 */
export function identifyCaller(question: CallerQuestion): Caller {
  const { presented } = readCredentials(question.headers, null);
  for (const credential of presented) {
    const caller = callerOf(credential, question);
    if (caller !== undefined) return caller;
  }
  if (presented.length === 0)
    throw unauthenticated('Send the operator token or a key with the scope manage as Bearer.');
  if (presented[0]?.source !== 'header') throw unauthenticated('The token is wrong, was revoked or has expired.');
  throw new ProblemError('forbidden', { detail: 'The API key is wrong, was revoked or has expired.' });
}

/** How the change log names a caller. */
export function actorOf(caller: Caller): string {
  return caller.role === 'operator' ? 'operator' : `key ${caller.key.id}`;
}

/** Whose feeds and keys are by default. */
export function ownerOf(caller: Caller): string {
  return caller.role === 'operator' ? 'operator' : caller.key.owner;
}

export function managesFeed(caller: Caller, feedId: string): boolean {
  if (caller.role !== 'manager') return true;
  return caller.key.feeds === 'all' || caller.key.feeds.includes(feedId);
}

function outlives(expiresAt: string | null, limit: string | null): boolean {
  if (limit === null) return false;
  return expiresAt === null || Date.parse(expiresAt) > Date.parse(limit);
}

type Grant = Pick<ApiKey, 'feeds' | 'scopes' | 'packageGlobs' | 'expiresAt'>;

/**
 * Why a caller may not hand out, or take away, a key: it would hold more than the caller.
 *
 * A glob covers another when it matches it as text, since a `*` is matched by a `*` only.
 *
 * @returns `undefined` when nothing is against it.
 */
export function excessOf(caller: Caller, grant: Grant): string | undefined {
  if (caller.role !== 'manager') return undefined;
  const { key } = caller;
  if (grant.feeds === 'all') return 'feeds: expected feeds that your key manages, got "all"';
  const foreign = grant.feeds.find((id) => !managesFeed(caller, id));
  if (foreign !== undefined) return `feeds: expected feeds that your key manages, got ${foreign}`;
  const scope = grant.scopes.find((each) => !key.scopes.includes(each));
  if (scope !== undefined) return `scopes: expected scopes that your key has, got ${scope}`;
  const glob = grant.packageGlobs.find((each) => !key.packageGlobs.some((own) => matchesGlob(own, each)));
  if (glob !== undefined) return `packageGlobs: expected globs within those of your key, got ${glob}`;
  if (!outlives(grant.expiresAt, key.expiresAt)) return undefined;
  return `expiresAt: expected ${key.expiresAt ?? ''} at the latest, got ${grant.expiresAt ?? 'never'}`;
}
