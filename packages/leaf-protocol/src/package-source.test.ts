import { describePackageSource } from '@feedfleet/package-source-conformance';
import type { SamplePackage } from '@feedfleet/package-source-conformance';

import { openFleetSources } from './fleet-sources.ts';
import { LeafFixture } from './leaf-fixture.ts';
import type { KeptAnswer } from './leaf-asker.ts';
import { storeSource } from './store-source.ts';

// The engine of OData queries is v2's, which tests what it answers as a leaf.
const traits = { searches: true, completes: true, pages: false, tellsHashes: true };

async function filled(packages: readonly SamplePackage[]): Promise<LeafFixture> {
  const fixture = await LeafFixture.open();
  for (const each of packages) await fixture.put(each);
  return fixture;
}

describePackageSource(
  'that is the own store',
  async (packages) => {
    const fixture = await filled(packages);
    return { source: storeSource(fixture.ports, 'open'), dispose: () => fixture.close() };
  },
  traits,
);

for (const mount of ['/api/v2', '/api/v3']) {
  describePackageSource(
    `that is another feed of the fleet, below ${mount}`,
    async (packages) => {
      const fixture = await filled(packages);
      const balancerUrl = await fixture.serve(mount);
      const fleet = openFleetSources({ balancerUrl, kept: new Map<string, KeptAnswer>() });
      const target = { feedName: 'Open', mount, credentialId: '', apiKey: () => null, timeoutMs: 10_000 };
      const dispose = (): Promise<void> => {
        fleet.close();
        return fixture.close();
      };
      return { source: fleet.of(target), dispose };
    },
    traits,
  );
}
