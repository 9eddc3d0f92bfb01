/** Credentials of package sources: sealed on the way in, and judged where they are keys of this fleet. */
import { ProblemError } from '@feedfleet/problems';
import { fingerprintOf, hashKey, judgeKey, sealSecret } from '@feedfleet/registry-client';
import type {
  Feed,
  RegistryView,
  SourceCredential,
  SourceCredentialWrite,
  SourceTarget,
} from '@feedfleet/registry-client';

import type { FleetIdentity } from '../registry.ts';

export interface SealedFor {
  readonly sourceId: string;
  readonly target: SourceTarget;
}

/** @throws {ProblemError} `FF_INVALID_REQUEST` when there is nothing to seal with. */
export function sealedCredential(
  { keys }: FleetIdentity,
  credential: SourceCredentialWrite,
  { sourceId, target }: SealedFor,
): SourceCredential {
  if (keys === undefined) {
    throw new ProblemError('invalidRequest', {
      detail: 'credential: this registry keeps none, since it was started without the setting fleetSecret',
    });
  }
  const { kind, secret: text } = credential;
  const secret = sealSecret(keys.sealing, sourceId, text);
  const userName = kind === 'basic' ? credential.userName : '';
  // Keys of this fleet are random, and are found by their hash; passwords elsewhere may be anything.
  const fingerprint = target.kind === 'feed' ? hashKey(text) : fingerprintOf(keys.fingerprint, [kind, userName, text]);
  return kind === 'basic' ? { kind, userName, secret, fingerprint } : { kind, secret, fingerprint };
}

/** Why a source may not read a feed of the fleet now; `undefined` when it may. @param now - milliseconds since the epoch. */
export function readingFault(
  view: RegistryView,
  {
    feed,
    credential,
    now,
  }: { readonly feed: Feed; readonly credential: SourceCredential | null; readonly now: number },
): string | undefined {
  if (feed.visibility === 'public') return undefined;
  if (credential === null) return 'got no credential';
  const verdict = judgeKey(view, credential.fingerprint, { feed, scope: 'read', now });
  switch (verdict.outcome) {
    case 'granted':
      return undefined;
    case 'unknown':
      return 'got one that is no key of this fleet, or was revoked';
    case 'expired':
      return `got one that expired at ${verdict.key.expiresAt ?? ''}`;
    case 'insufficient':
      return verdict.reason;
  }
}
