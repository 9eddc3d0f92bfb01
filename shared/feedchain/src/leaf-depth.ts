/**
 * Whether a request is one that this fleet makes for another, told without taking its chain apart: for those who only pass it on.
 *
 * Nothing between two processes of the fleet has a reason to write the header anew, so what is not exactly as `writeFeedChain` leaves it
 * is not taken for ours. `readFeedChain` takes everything that this takes.
 */
import type { FleetChain } from './fleet-chain.ts';
import { expiryGraceMs, signedLines } from './own-element.ts';

/** What comes after the last comma. No part of it can hold a quote or a comma. */
const leafPattern =
  /^(ff-[\w-]{22});(hops=([1-9]\d?));(breadth=\d{1,15});(deadline=(\d{1,15}));(leaf=(ff-[\w-]{22}));mac=([\w-]{22})$/;

export interface LeafCheck {
  readonly fleet: FleetChain;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** The feed that the request names. */
  readonly targetFeedId: string;
}

/**
 * How many feeds a leaf request of this fleet has come through; `undefined` for what is none, or for another feed, or too late.
 *
 * @param text - the joined lines of the header.
 */
export function leafDepth(text: string, { fleet, nowMs, targetFeedId }: LeafCheck): number | undefined {
  const comma = text.lastIndexOf(',');
  const parts = leafPattern.exec(text.slice(comma + 1).trimStart());
  if (parts === null) return undefined;
  const [, token = '', hops = '', depth, breadth = '', deadline = '', deadlineMs, leaf = '', target, mac = ''] = parts;
  if (target !== fleet.tokenOf(targetFeedId) || Number(deadlineMs) + expiryGraceMs < nowMs) return undefined;
  const before = comma === -1 ? '' : text.slice(0, comma);
  const signed = signedLines({ token, parameters: [hops, breadth, deadline, leaf], before });
  return fleet.verifies(signed, mac) ? Number(depth) : undefined;
}
