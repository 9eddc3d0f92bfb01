/** The client of a foreign source as the registry has it: its protocol, its address and its credential. */
import type { Source } from '@feedfleet/registry-client';

import type { PackageSource } from './package-source.ts';
import type { ForeignSourceOptions } from './source-call.ts';
import type { SourceSecrets } from './source-secrets.ts';
import { v2Source } from './v2-source.ts';
import { v3Source } from './v3-source.ts';

export interface ForeignSourceParts extends Pick<ForeignSourceOptions, 'http' | 'memory' | 'now'> {
  readonly secrets: SourceSecrets;
  /** What tells it apart from others, by address and credential. */
  readonly key: string;
}

/** @throws {ProblemError} `FF_SOURCE_UNAVAILABLE` when its credential cannot be read. */
export function foreignSource(source: Source, parts: ForeignSourceParts): PackageSource {
  const { target } = source;
  const isV2 = target.kind === 'foreign' && target.protocol === 'v2';
  return (isV2 ? v2Source : v3Source)(foreignSourceOptions(source, parts));
}

/** @throws {ProblemError} as `foreignSource` does. */
export function foreignSourceOptions(
  source: Source,
  { secrets, key, ...parts }: ForeignSourceParts,
): ForeignSourceOptions {
  const { id: sourceId, target, allowPrivateAddresses, timeoutMs } = source;
  if (target.kind !== 'foreign') throw new TypeError(`the source ${sourceId} leads to a feed of the fleet`);
  const headers = credentialHeaders(source, secrets.of(source));
  const { url } = target;
  return {
    ...{ ...parts, url },
    target: {
      ...{ key, sourceId, origin: new URL(url).origin, allowPrivateAddresses, timeoutMs },
      authorization: () => headers,
    },
  };
}

/** Source: RFC 7617; RFC 6750, section 2.1; NuGet server API, "Push and delete", request headers. */
function credentialHeaders({ credential }: Source, secret: string | null): Readonly<Record<string, string>> {
  if (credential === null || secret === null) return {};
  switch (credential.kind) {
    case 'basic':
      return { authorization: `Basic ${Buffer.from(`${credential.userName}:${secret}`).toString('base64')}` };
    case 'bearer':
      return { authorization: `Bearer ${secret}` };
    case 'apiKey':
      return { 'x-nuget-apikey': secret };
  }
}
