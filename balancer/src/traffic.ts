/** What a request is to the balancer: read once, before anything is decided about it. Pure. */
import type { IncomingMessage } from 'node:http';
import { parseFeedPath } from '@feedfleet/registry-client';
import type { RegistryView } from '@feedfleet/registry-client';

/**
 * Requests of one class compete with each other only. `fan-out-N` are requests that an endpoint makes for others, N deep: calls
 * that others wait for never compete with the calls that wait for them.
 */
export type TrafficClass = 'people' | 'push' | `fan-out-${number}`;

export interface Traffic {
  /** The family whose path it is. */
  readonly family: string;
  readonly class: TrafficClass;
  /** Id of the feed; `undefined` where the path names none that there is. */
  readonly feed: string | undefined;
  /** Whether asking twice does no more than asking once. */
  readonly isIdempotent: boolean;
  /** Whether it may change what is stored. */
  readonly isWrite: boolean;
}

const CHAIN_HEADER = 'x-nuget-feedchain';
const MAX_DEPTH = 8;
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export function readTraffic(
  request: Pick<IncomingMessage, 'method' | 'headers'>,
  {
    family,
    path,
    fleet,
  }: { readonly family: string; readonly path: string; readonly fleet: Pick<RegistryView, 'feedByName'> },
): Traffic {
  const isIdempotent = IDEMPOTENT.has(request.method ?? 'GET');
  const feedName = parseFeedPath(path)?.feedName;
  return {
    family,
    class: classOf(request, family),
    feed: feedName === undefined ? undefined : fleet.feedByName(feedName)?.id,
    isIdempotent,
    isWrite: family === 'push' && !isIdempotent,
  };
}

/** By the number of elements of the chain, whoever made them: nobody gains a better class by making some up. */
function classOf({ headers }: Pick<IncomingMessage, 'headers'>, family: string): TrafficClass {
  const chain = headers[CHAIN_HEADER];
  if (typeof chain === 'string' && chain !== '') return `fan-out-${Math.min(MAX_DEPTH, chain.split(',').length)}`;
  return family === 'push' ? 'push' : 'people';
}
