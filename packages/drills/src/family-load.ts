/** Steady load on every family, on feeds of its own: what the fault must not be felt by. */
import type { LoadAnswer, LoadGroup } from '@feedfleet/load';
import { samplePackage } from '@feedfleet/sample-package';

import type { Stage } from './stage.ts';

export const FAMILIES = ['default', 'v1', 'v2', 'v3', 'symbols', 'push'] as const;
type Family = (typeof FAMILIES)[number];

const IDS = 4;
/** Every so many reads are of what was not asked before. */
const FRESH_EVERY = 4;
const RATES = { short: { reads: 8, pushes: 2 }, full: { reads: 20, pushes: 3 } } as const;

const READS: Readonly<Record<Exclude<Family, 'push'>, (id: string) => string>> = {
  default: (id) => `/FindPackagesById()?id='${id}'&semVerLevel=2.0.0`,
  v1: (id) => `/api/v1/FindPackagesById()?id='${id}'`,
  v2: (id) => `/api/v2/FindPackagesById()?id='${id}'&semVerLevel=2.0.0`,
  v3: (id) => `/api/v3/registration/semver2/${id.toLowerCase()}/index.json`,
  symbols: () => '/symbols/absent.pdb/497b72f6390a44fc878e5a2d63b6cc4bFFFFFFFF/absent.pdb',
};

const isAbsent = ({ status }: LoadAnswer): string | undefined => (status === 404 ? undefined : `status ${status}`);

/** One group for each family, under its name. */
export async function familyLoad(stage: Stage): Promise<readonly LoadGroup[]> {
  const { url, adminKey } = stage.fleet;
  const rates = stage.isShort ? RATES.short : RATES.full;
  const [read, pushed] = [await stage.addFeed('steady'), await stage.addFeed('pushed')];
  for (let each = 0; each < IDS; each += 1) await stage.push(read, `Drill.P${each}`);
  const headers = { 'x-nuget-apikey': adminKey, 'content-type': 'application/octet-stream' };
  return FAMILIES.map((family): LoadGroup => {
    if (family === 'push') {
      const target = `${url}/F/${pushed}/api/v2/package/`;
      return {
        ...{ name: family, family, ratePerSecond: rates.pushes },
        request: (turn) => ({
          ...{ url: target, method: 'PUT', headers },
          body: samplePackage({ id: `Drill.Pushed${turn}`, version: '1.0.0' }),
        }),
      };
    }
    const path = (turn: number): string => asked(READS[family](`Drill.P${turn % IDS}`), turn);
    const judge = family === 'symbols' ? { judge: isAbsent } : {};
    const request = (turn: number) => ({ url: `${url}/F/${read}${path(turn)}`, ...judge });
    return { name: family, family, ratePerSecond: rates.reads, request };
  });
}

function asked(path: string, turn: number): string {
  return turn % FRESH_EVERY === 0 ? `${path}${path.includes('?') ? '&' : '?'}turn=${turn}` : path;
}
