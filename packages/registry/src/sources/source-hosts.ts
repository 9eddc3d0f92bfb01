/** Which hosts the foreign sources of all feeds are asked at over https. */
import { setImmediate as nextTurn } from 'node:timers/promises';

import { MAX_SOURCE_HOSTS } from '@feedfleet/registry-client';
import type { RegistryView, Source, SourceHost, SourceHostsAnswer } from '@feedfleet/registry-client';

/** Then others have their turn. */
const SOURCES_A_TURN = 1000;

interface CountedHost extends SourceHost {
  readonly count: number;
}

/** @throws the signal's reason. */
export async function sourceHosts(view: RegistryView, signal: AbortSignal): Promise<SourceHostsAnswer> {
  const counted = new Map<string, CountedHost>();
  let seen = 0;
  for (const source of view.eachSource()) {
    count(counted, source);
    seen += 1;
    if (seen % SOURCES_A_TURN === 0) await nextTurn(undefined, { signal });
  }
  const hosts = [...counted].toSorted(([leftName, left], [rightName, right]) =>
    left.count === right.count ? (leftName < rightName ? -1 : 1) : right.count - left.count,
  );
  return {
    hosts: hosts
      .slice(0, MAX_SOURCE_HOSTS)
      .map(([, { host, port, allowPrivateAddresses }]) => ({ host, port, allowPrivateAddresses })),
    left: Math.max(0, hosts.length - MAX_SOURCE_HOSTS),
  };
}

/** What is not asked has no certificate that matters. */
function count(counted: Map<string, CountedHost>, { enabled, target, allowPrivateAddresses }: Source): void {
  if (!enabled || target.kind !== 'foreign' || !target.url.startsWith('https:')) return;
  const url = new URL(target.url);
  const before = counted.get(url.host);
  counted.set(url.host, {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 443 : Number(url.port),
    allowPrivateAddresses: allowPrivateAddresses || before?.allowPrivateAddresses === true,
    count: (before?.count ?? 0) + 1,
  });
}
