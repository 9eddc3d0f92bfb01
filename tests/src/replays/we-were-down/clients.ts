/** Who asks what on that day: for what was served before, and for what never was. */
import type { LoadAnswer, LoadGroup, LoadRequest } from '@feedfleet/load';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { LOADED_FAMILIES, trafficTo } from '../../load/family-traffic.ts';
import { downloadPath, READ_FAMILIES } from '../../support/feed-client.ts';
import type { PackageName, ReadFamily } from '../../support/feed-client.ts';
import { buildPackage } from '../../support/package-builder.ts';
import { VERSION_LISTS } from '../../support/source-graph.ts';
import { GALLERY_VERSIONS } from './gallery.ts';

/** Requests a second. */
export interface DayRates {
  /** Of each reading family. */
  readonly reads: number;
  readonly pushes: number;
  /** Of each of the groups below. */
  readonly readers: number;
}

/** Feeds with the gallery as their source: one keeps what was downloaded, the other remembers what the gallery said. */
export const MIRROR_FEED = 'mirrored';
export const PROXY_FEED = 'proxied';
/** A feed with packages of its own. */
export const STOCK_FEED = 'stock';

/** Groups beside those that are called by their family. */
export const RESTORES = 'restores';
export const LOOKUPS = 'look-ups';
export const FILES = 'mirrored files';
export const STOCK_FILES = 'own files';
/** Who asks for what nobody asked for before. */
export const NEWCOMERS = 'new ids';

/** Those who ask for what was served before. */
export const READERS = [RESTORES, LOOKUPS, FILES, STOCK_FILES] as const;
export const FAMILIES: readonly string[] = LOADED_FAMILIES;
export const PUSH = 'push';

const KNOWN = 6;
const known = (turn: number): PackageName => ({ id: `Gallery.Known${turn % KNOWN}`, version: GALLERY_VERSIONS[0] });
const stocked = (turn: number): PackageName => ({ id: `Stock.Library${turn % KNOWN}`, version: '1.0.0' });
const familyOf = (turn: number): ReadFamily => READ_FAMILIES[Math.floor(turn / KNOWN) % READ_FAMILIES.length] ?? 'v3';
export const STOCKED: readonly PackageName[] = Array.from({ length: KNOWN }, (_each, turn) => stocked(turn));

function hasAllVersions({ status, body }: LoadAnswer): string | undefined {
  if (status !== 200) return `status ${status}`;
  return GALLERY_VERSIONS.every((version) => body.includes(version)) ? undefined : 'versions are missing';
}

function restoreFrom(fleet: Fleet, feed: string, turn: number): LoadRequest {
  const path = VERSION_LISTS[familyOf(turn)](known(turn).id);
  return { url: `${fleet.url}/F/${feed}${path}`, keepsBody: true, judge: hasAllVersions };
}

function fileOf(fleet: Fleet, feed: string, { name, turn }: { name: PackageName; turn: number }): LoadRequest {
  return {
    url: `${fleet.url}/F/${feed}${downloadPath(familyOf(turn), name)}`,
    keepsBody: true,
    judge: ({ status, body }) => {
      if (status !== 200) return `status ${status}`;
      return body.equals(packageOf(name)) ? undefined : 'other bytes';
    },
  };
}

const built = new Map<string, Buffer>();
function packageOf(name: PackageName): Buffer {
  const id = name.id.startsWith('Gallery.') ? name.id.toLowerCase() : name.id;
  const bytes = built.get(id) ?? buildPackage({ ...name, id });
  built.set(id, bytes);
  return bytes;
}

/** Requests of a group, by turn. */
const REQUESTS: Readonly<Record<string, (fleet: Fleet, turn: number) => LoadRequest>> = {
  [RESTORES]: (fleet, turn) => restoreFrom(fleet, MIRROR_FEED, turn),
  [LOOKUPS]: (fleet, turn) => restoreFrom(fleet, PROXY_FEED, turn),
  [FILES]: (fleet, turn) => fileOf(fleet, MIRROR_FEED, { name: known(turn), turn }),
  [STOCK_FILES]: (fleet, turn) => fileOf(fleet, STOCK_FEED, { name: stocked(turn), turn }),
  [NEWCOMERS]: (fleet, turn) => ({
    url: `${fleet.url}/F/${MIRROR_FEED}${VERSION_LISTS.v3(`Gallery.New${turn}`)}`,
    ...{ keepsBody: true, judge: hasAllVersions },
  }),
};

export function clientsOf(fleet: Fleet, rates: DayRates): readonly LoadGroup[] {
  return [
    ...trafficTo(fleet, { readsPerSecond: rates.reads, pushesPerSecond: rates.pushes }),
    ...Object.entries(REQUESTS).map(([name, request]) => ({
      ...{ name, ratePerSecond: rates.readers },
      request: (turn: number) => request(fleet, turn),
    })),
  ];
}

/** Everything that readers will ask for, once each: what was served before the day begins. */
export function servedBefore(fleet: Fleet): readonly LoadRequest[] {
  const turns = Array.from({ length: KNOWN * READ_FAMILIES.length }, (_each, turn) => turn);
  return READERS.flatMap((group) => turns.flatMap((turn) => REQUESTS[group]?.(fleet, turn) ?? []));
}

/** By each family, for what nobody asked for before. */
export function askedAnew(fleet: Fleet): readonly LoadRequest[] {
  return READ_FAMILIES.map((family, place) => ({
    url: `${fleet.url}/F/${MIRROR_FEED}${VERSION_LISTS[family](`Gallery.Anew${place}`)}`,
    ...{ keepsBody: true, judge: hasAllVersions },
  }));
}
