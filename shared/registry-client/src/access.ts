/**
 * Who may do what with a feed: one decision, made from the snapshot in memory.
 *
 * 401 only where it helps: on reads and where nothing was sent, since it makes NuGet clients send the password that they
 * were configured with. A wrong `X-NuGet-ApiKey`, and a wrong password on a write, are 403: 401 makes clients prompt or
 * upload the whole package again.
 */
import { ProblemError } from '@feedfleet/problems';

import { hashKey } from './credentials.ts';
import type { Credential, Credentials } from './credentials.ts';
import { matchesGlob } from './glob.ts';
import type { ApiKey, Feed, Scope } from './model.ts';
import type { RegistryView } from './registry-view.ts';

export interface AccessQuestion {
  readonly feed: Feed;
  readonly credentials: Credentials;
  readonly scope: Scope;
  /** Checked against the key's globs for push, unlist and delete. */
  readonly packageId?: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface AccessGranted {
  readonly outcome: 'granted';
  /** `null` when nobody had to be asked: a public feed is read without a key. */
  readonly key: ApiKey | null;
}

export interface AccessRefused {
  /** 401 or 403. */
  readonly outcome: 'unauthenticated' | 'forbidden';
  /** One sentence without secrets. */
  readonly reason: string;
}

export type AccessDecision = AccessGranted | AccessRefused;

/** A key with `manage` for all feeds administers the whole registry. */
export function isAdministrator(key: ApiKey): boolean {
  return key.feeds === 'all' && key.scopes.includes('manage');
}

export function isExpired(key: ApiKey, now: number): boolean {
  return key.expiresAt !== null && Date.parse(key.expiresAt) <= now;
}

function refusalOfKey(
  key: ApiKey,
  { feed, scope, packageId }: Omit<AccessQuestion, 'credentials'>,
): string | undefined {
  if (!key.scopes.includes(scope)) return `The key "${key.name}" lacks the scope ${scope}.`;
  if (key.feeds !== 'all' && !key.feeds.includes(feed.id)) {
    return `The key "${key.name}" is not for the feed ${feed.name}.`;
  }
  if (packageId === undefined || scope === 'read' || scope === 'manage') return undefined;
  if (key.packageGlobs.some((glob) => matchesGlob(glob, packageId))) return undefined;
  return `The key "${key.name}" is not for the package id ${packageId}.`;
}

/** What a key says to a question; `insufficient` gives one sentence without secrets. */
export type KeyVerdict =
  | { readonly outcome: 'granted'; readonly key: ApiKey }
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'expired'; readonly key: ApiKey }
  | { readonly outcome: 'insufficient'; readonly reason: string };

/**
 * Judges a key by its hash, for those who plan with keys that they do not hold: the credential of a package source.
 *
 * @param hash - of `hashKey`.
 */
export function judgeKey(
  view: Pick<RegistryView, 'keyByHash'>,
  hash: string,
  question: Omit<AccessQuestion, 'credentials'>,
): KeyVerdict {
  const key = view.keyByHash(hash);
  if (key === undefined) return { outcome: 'unknown' };
  if (isExpired(key, question.now)) return { outcome: 'expired', key };
  const reason = refusalOfKey(key, question);
  return reason === undefined ? { outcome: 'granted', key } : { outcome: 'insufficient', reason };
}

function judge(view: RegistryView, credential: Credential, question: AccessQuestion): AccessDecision {
  const verdict = judgeKey(view, hashKey(credential.key), question);
  if (verdict.outcome === 'granted') return verdict;
  if (verdict.outcome === 'insufficient') return { outcome: 'forbidden', reason: verdict.reason };
  const isRetriable = credential.source === 'basic' || credential.source === 'bearer';
  return {
    outcome: isRetriable && question.scope === 'read' ? 'unauthenticated' : 'forbidden',
    reason:
      verdict.outcome === 'unknown'
        ? 'The API key is wrong or was revoked.'
        : `The key "${verdict.key.name}" expired at ${verdict.key.expiresAt ?? ''}.`,
  };
}

/**
 * The credentials that count. A write goes by its `X-NuGet-ApiKey` alone where there is one: that is the key which somebody named for
 * this push, and a wrong or a narrower one must not pass because the source has a stored password or a key in its URL.
 */
function countedOf({ credentials: { presented }, scope }: AccessQuestion): readonly Credential[] {
  return scope !== 'read' && presented[0]?.source === 'header' ? presented.slice(0, 1) : presented;
}

/**
 * Decides about one request to a feed. Any credential that counts and suffices grants; else the most explicit one
 * says why not. Public feeds are read without a key, and a wrong one does not matter there.
 */
export function authorize(view: RegistryView, question: AccessQuestion): AccessDecision {
  if (question.scope === 'read' && question.feed.visibility === 'public') return { outcome: 'granted', key: null };
  let refused: AccessDecision | undefined;
  for (const credential of countedOf(question)) {
    const decision = judge(view, credential, question);
    if (decision.outcome === 'granted') return decision;
    refused ??= decision;
  }
  return refused ?? { outcome: 'unauthenticated', reason: `The feed ${question.feed.name} needs an API key for this.` };
}

/** The problem that a refusal is answered with; 401 names the scheme, or no client sends its password. */
export function refusalProblem(refused: AccessRefused): ProblemError {
  return refused.outcome === 'unauthenticated'
    ? new ProblemError('unauthenticated', {
        detail: refused.reason,
        headers: { 'www-authenticate': 'Basic realm="feedfleet"' },
      })
    : new ProblemError('forbidden', { detail: refused.reason });
}
