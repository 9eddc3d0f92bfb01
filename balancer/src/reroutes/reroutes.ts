/**
 * Which family serves a request instead of the one whose path it is. A reroute for the feed wins over one for all feeds, which
 * takes what that leaves over. Which requests belong to a share is drawn from the request's id, so that a retry is judged alike. Pure.
 */
import type { Reroute } from '@feedfleet/registry-client';
import type { FleetView } from '../fleet-view.ts';
import type { Traffic } from '../traffic.ts';

export interface Reroutable {
  readonly traffic: Traffic;
  readonly fleet: Pick<FleetView, 'reroutes'>;
  readonly requestId: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** @returns the family that serves the request. */
export function servingFamily({ traffic: { family, feed }, fleet, requestId, now }: Reroutable): string {
  if (fleet.reroutes.length === 0) return family;
  let ofFeed: Reroute | undefined;
  let ofAll: Reroute | undefined;
  for (const reroute of fleet.reroutes) {
    if (reroute.family !== family || isOver(reroute, now)) continue;
    if (reroute.feed === null) ofAll = reroute;
    else if (reroute.feed === feed) ofFeed = reroute;
  }
  if (ofFeed === undefined && ofAll === undefined) return family;
  const drawn = drawnPercent(requestId);
  const share = ofFeed?.percent ?? 0;
  if (ofFeed !== undefined && drawn < share) return ofFeed.to;
  // What the feed's own leaves over goes where the requests of the family go, in the same proportion.
  if (ofAll !== undefined && (drawn - share) * 100 < ofAll.percent * (100 - share)) return ofAll.to;
  return family;
}

function isOver({ until }: Reroute, now: number): boolean {
  return until !== null && Date.parse(until) <= now;
}

/** 0 to 99, evenly (FNV-1a). */
function drawnPercent(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % 100;
}
