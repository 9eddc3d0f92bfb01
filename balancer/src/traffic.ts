/**
 * What a request is to the balancer: read once, before anything is decided about it. Pure.
 *
 * Nobody gets into a better class by what can be made up: a request of the fleet itself carries a MAC, an operator a key.
 */
import type { IncomingMessage } from 'node:http';
import { FEEDCHAIN_BOUNDS, FEEDCHAIN_HEADER, leafDepth } from '@feedfleet/feedchain';
import type { FleetChain } from '@feedfleet/feedchain';
import { hashKey, judgeKey, parseFeedPath, readCredentials } from '@feedfleet/registry-client';
import type { Feed, FeedPath } from '@feedfleet/registry-client';
import type { FleetView } from './fleet-view.ts';

/**
 * Requests of one class compete with each other only.
 *
 * - `fan-out-N`: made by an endpoint of this fleet for another request, N deep. Calls that others wait for never compete with the calls
 *   that wait for them.
 * - `foreign-N`: with a feed chain of which this fleet did not write the end. Other fleets, or somebody who made one up.
 * - `operators`: with the operator's token, or below a feed's `/api/manage` with a key that manages it.
 */
export type TrafficClass = 'people' | 'push' | 'operators' | `fan-out-${number}` | `foreign-${number}`;

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

export interface TrafficReaderOptions {
  /** `undefined` in a fleet whose processes have no secret in common: every chain counts as the fleet's own then. */
  readonly chain: FleetChain | undefined;
  readonly operatorToken: string;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
}

type RequestHead = Pick<IncomingMessage, 'method' | 'headers'>;

interface Routed {
  readonly family: string;
  readonly path: string;
  readonly fleet: Pick<FleetView, 'feedByName' | 'keyByHash'>;
}

/** Deeper ones are of one class. */
const MAX_DEPTH = 8;
const DEPTHS = Array.from({ length: MAX_DEPTH + 1 }, (_, depth) => depth);
const FAN_OUT: readonly TrafficClass[] = DEPTHS.map((depth) => `fan-out-${depth}` as const);
const FOREIGN: readonly TrafficClass[] = DEPTHS.map((depth) => `foreign-${depth}` as const);
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const MANAGE = '/api/manage';

export class TrafficReader {
  readonly #options: TrafficReaderOptions;
  readonly #operatorHash: string;

  constructor(options: TrafficReaderOptions) {
    this.#options = options;
    this.#operatorHash = hashKey(options.operatorToken);
  }

  read(request: RequestHead, routed: Routed): Traffic {
    const { family, path, fleet } = routed;
    const isIdempotent = IDEMPOTENT.has(request.method ?? 'GET');
    const feedPath = parseFeedPath(path);
    const feed = feedPath === undefined ? undefined : fleet.feedByName(feedPath.feedName);
    return {
      family,
      class: this.#chainClassOf(request, feed) ?? this.#classOf(request, routed, { feedPath, feed }),
      feed: feed?.id,
      isIdempotent,
      isWrite: family === 'push' && !isIdempotent,
    };
  }

  /** Only the end of a chain counts: a leaf covers with its MAC all that came before, and never leaves the fleet. */
  #chainClassOf({ headers }: RequestHead, feed: Feed | undefined): TrafficClass | undefined {
    const text = headers[FEEDCHAIN_HEADER];
    if (typeof text !== 'string' || text === '') return undefined;
    const { chain: fleet, wallClock } = this.#options;
    if (fleet === undefined) return FAN_OUT[depthOf(text)];
    if (feed === undefined || text.length > FEEDCHAIN_BOUNDS.maxCharacters) return FOREIGN[depthOf(text)];
    const depth = leafDepth(text, { fleet, nowMs: wallClock(), targetFeedId: feed.id });
    return depth === undefined ? FOREIGN[depthOf(text)] : FAN_OUT[Math.min(depth, MAX_DEPTH)];
  }

  #classOf(
    { headers }: RequestHead,
    { family, fleet }: Routed,
    { feedPath, feed }: { readonly feedPath: FeedPath | undefined; readonly feed: Feed | undefined },
  ): TrafficClass {
    const isManagement = feedPath !== undefined && isManagementPath(feedPath.rest);
    const usual = family === 'push' ? 'push' : 'people';
    // Pushes are pushes, whoever sends them: a deploy script with the operator's token must not crowd out the operator.
    if (usual === 'push' && !isManagement) return usual;
    const pathKey = feedPath?.pathKey ?? null;
    if (headers.authorization === undefined && headers['x-nuget-apikey'] === undefined && pathKey === null)
      return usual;
    for (const { key } of readCredentials(headers, pathKey).presented) {
      if (key.length === this.#options.operatorToken.length && hashKey(key) === this.#operatorHash) return 'operators';
      if (isManagement && feed !== undefined && this.#manages(key, feed, fleet)) return 'operators';
    }
    return usual;
  }

  #manages(key: string, feed: Feed, fleet: Routed['fleet']): boolean {
    const question = { feed, scope: 'manage', now: this.#options.wallClock() } as const;
    return judgeKey(fleet, hashKey(key), question).outcome === 'granted';
  }
}

/** By the commas: one inside a quoted string makes a stranger's class another stranger's. */
function depthOf(text: string): number {
  let depth = 1;
  for (let comma = text.indexOf(','); comma !== -1 && depth < MAX_DEPTH; comma = text.indexOf(',', comma + 1)) depth++;
  return depth;
}

function isManagementPath(rest: string): boolean {
  if (rest.length < MANAGE.length || rest.slice(0, MANAGE.length).toLowerCase() !== MANAGE) return false;
  const next = rest[MANAGE.length];
  return next === undefined || next === '/';
}
