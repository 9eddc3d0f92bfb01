/** Requests of every family, at a fixed rate each: reads that are answered from memory, reads that are not, and pushes. */
import type { LoadGroup } from '@feedfleet/load';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { writeVersions } from '../bench/seed.ts';
import type { SeededVersion } from '../bench/seed.ts';
import { FeedClient } from '../support/feed-client.ts';
import { buildPackage, buildSymbolsPackage } from '../support/package-builder.ts';
import { buildPortablePdb } from '../support/pdb-builder.ts';

export const LOADED_FAMILIES = ['default', 'v1', 'v2', 'v3', 'symbols', 'push'] as const;
export type LoadedFamily = (typeof LOADED_FAMILIES)[number];

const READ_FEED = 'steady';
/** Pushes have a feed of their own: each changes what is kept of its feed. */
export const PUSH_FEED = 'pushed';
const IDS = 20;
const VERSIONS = 10;
/** Every so many reads are of what was not asked for before. */
const FRESH_EVERY = 4;
const PDB_GUID = '497b72f6390a44fc878e5a2d63b6cc4b';
const SYMBOLS = { id: 'Steady.Symbols', version: '1.0.0' };

const READS: Readonly<Record<Exclude<LoadedFamily, 'push'>, (id: string) => string>> = {
  default: (id) => `/FindPackagesById()?id='${id}'&semVerLevel=2.0.0`,
  v1: (id) => `/api/v1/FindPackagesById()?id='${id}'`,
  v2: (id) => `/api/v2/FindPackagesById()?id='${id}'&semVerLevel=2.0.0`,
  v3: (id) => `/api/v3/registration/semver2/${id.toLowerCase()}/index.json`,
  symbols: () => `/symbols/steady.pdb/${PDB_GUID}FFFFFFFF/steady.pdb`,
};

function* versionsOf(feedId: string): Generator<SeededVersion> {
  for (let index = 0; index < IDS * VERSIONS; index += 1) {
    yield { feedId, id: `Steady.P${index % IDS}`, version: `1.${Math.floor(index / IDS)}.0` };
  }
}

/** The feeds that the traffic asks for. */
export async function seedTraffic(fleet: Fleet): Promise<void> {
  const { feed } = await fleet.registry.feeds.create({ name: READ_FEED, visibility: 'public' });
  await fleet.registry.feeds.create({ name: PUSH_FEED, visibility: 'public' });
  await writeVersions(fleet, versionsOf(feed.id));
  const client = new FeedClient(`${fleet.url}/F/${READ_FEED}`, fleet.adminKey);
  const pdb = buildPortablePdb({ guid: PDB_GUID, content: Buffer.alloc(10_000, 'sequence points ') });
  const pushed = await client.push(buildPackage(SYMBOLS));
  const symbols = buildSymbolsPackage({ ...SYMBOLS, files: { 'lib/net8.0/Steady.pdb': pdb } });
  const alsoPushed = await client.send('/api/v2/symbolpackage/', { method: 'PUT', body: symbols });
  client.disconnect();
  for (const { status, text } of [pushed, alsoPushed]) {
    if (status !== 201) throw new Error(`the push answered ${status} ${text}`);
  }
}

export interface TrafficRates {
  /** Of each reading family. */
  readonly readsPerSecond: number;
  readonly pushesPerSecond: number;
}

/** One group for each family, under its name. */
export function trafficTo(fleet: Fleet, { readsPerSecond, pushesPerSecond }: TrafficRates): readonly LoadGroup[] {
  // Pushed ids are of this run alone.
  const run = Date.now();
  const headers = { 'x-nuget-apikey': fleet.adminKey, 'content-type': 'application/octet-stream' };
  return LOADED_FAMILIES.map((family): LoadGroup => {
    if (family === 'push') {
      return {
        name: family,
        ratePerSecond: pushesPerSecond,
        request: (turn) => ({
          url: `${fleet.url}/F/${PUSH_FEED}/api/v2/package/`,
          ...{ method: 'PUT', headers, body: buildPackage({ id: `Pushed.R${run}.P${turn}` }) },
        }),
      };
    }
    const path = READS[family];
    return {
      name: family,
      ratePerSecond: readsPerSecond,
      request: (turn) => ({ url: `${fleet.url}/F/${READ_FEED}${asked(path(`Steady.P${turn % IDS}`), turn)}` }),
    };
  });
}

function asked(path: string, turn: number): string {
  return turn % FRESH_EVERY === 0 ? `${path}${path.includes('?') ? '&' : '?'}turn=${turn}` : path;
}
