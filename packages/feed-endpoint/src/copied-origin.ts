/** Which copies of a source may be given: those that were made of the same place with the same credential. Pure. */
import { createHash } from 'node:crypto';

import type { Source } from '@feedfleet/registry-client';

/** What one credential opened is not for who has another one: a source whose credential changes is copied anew. */
export function copiedOrigin({ target, credential }: Pick<Source, 'target' | 'credential'>): string {
  if (target.kind !== 'foreign') throw new TypeError('a feed of the fleet is not copied');
  const place = `${target.protocol} ${target.url}`;
  if (credential === null) return place;
  const user = credential.kind === 'basic' ? credential.userName : '';
  const who = JSON.stringify([credential.kind, user, credential.fingerprint]);
  return `${place} ${createHash('sha256').update(who).digest('base64url').slice(0, 22)}`;
}
