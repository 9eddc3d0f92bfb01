/** What load is sent to: a NuGet server by URL, with the addresses and packages that were found there. */

import type { TargetCredentials } from './credentials.ts';

export interface TargetVersion {
  readonly version: string;
  /** Absolute, in v3 where the server speaks it. */
  readonly contentUrl: string;
  /** As an entry of v2 names it, or `contentUrl` of a version that is not among those; none where the server speaks no v2. */
  readonly v2ContentUrl?: string;
}

export interface TargetPackage {
  readonly id: string;
  /** Oldest first; at least one. */
  readonly versions: readonly TargetVersion[];
}

/** Absolute; those that others are put after end with a slash. */
export interface V3Addresses {
  readonly index: string;
  readonly content: string | undefined;
  readonly registration: string | undefined;
  readonly search: string | undefined;
  readonly autocomplete: string | undefined;
}

export interface TargetFeed {
  /** As people know it: the last part of a feed's URL. */
  readonly name: string;
  /** Without a slash at the end; `undefined` where the server does not speak it. */
  readonly v2: string | undefined;
  /** The same at `/api/v2` of the feed, which may be served by others; `v2` where there is no such. */
  readonly v2Api: string | undefined;
  readonly v3: V3Addresses | undefined;
  /** Takes `PUT`; `undefined` where none is known. */
  readonly publish: string | undefined;
  /** At least one. */
  readonly packages: readonly [TargetPackage, ...TargetPackage[]];
}

export interface LoadTarget {
  /** Without secrets. */
  readonly shownUrl: string;
  readonly credentials: TargetCredentials;
  /** Whether there is a key that may push. */
  readonly hasKey: boolean;
  readonly allowedHosts: ReadonlySet<string>;
  readonly feeds: readonly [TargetFeed, ...TargetFeed[]];
}

/** The newest version. */
export function newestOf({ versions }: TargetPackage): TargetVersion {
  const newest = versions.at(-1);
  if (newest === undefined) throw new Error('a package without versions');
  return newest;
}

/**
 * The endpoint family that a URL is of, in this project's own words; of other servers the protocol.
 *
 * @param feed - whose URL it is.
 */
export function familyOf(url: string, { v2, v3, publish }: Pick<TargetFeed, 'v2' | 'v3' | 'publish'>): string {
  const isBelow = (root: string | undefined): boolean => root !== undefined && url.startsWith(root);
  if (isBelow(publish)) return 'push';
  const { pathname } = new URL(url);
  if (/\/api\/v1(\/|$)/i.test(pathname)) return 'v1';
  if (/\/api\/v2(\/|$)/i.test(pathname)) return 'v2';
  if (/\/v3(\/|$)/i.test(pathname) || isBelow(v3?.content) || isBelow(v3?.registration)) return 'v3';
  return isBelow(v2) && /\/f\/[^/]+/i.test(pathname) ? 'default' : 'v2';
}
