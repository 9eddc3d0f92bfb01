/** Which version is the latest, after any history of pushes, unlistings, relistings and deletions. */
import { describe, expect, it } from '@jest/globals';
import { compareVersions, parseVersion } from '@feedfleet/versioning';
import type { NuGetVersion } from '@feedfleet/versioning';
import fc from 'fast-check';
import { OWNER, publish } from './store-under-test.ts';
import type { CurrentStore } from './store-under-test.ts';
import type { LatestFlags, MetadataStore } from './metadata-store.ts';
import { everything, everyVersion, sampleMetadata, sampleVersion } from './sample-packages.ts';

const VERSIONS = [
  '0.9.0',
  '1.0.0-beta',
  '1.0.0-beta.2',
  '1.0.0',
  '1.0.0.1',
  '1.10.0',
  '1.9.0+build.7',
  '2.0.0-rc',
  '2.0.0-rc.1',
  '2.0.0+meta',
];

interface Step {
  readonly action: 'push' | 'push unlisted' | 'unlist' | 'relist' | 'delete';
  readonly id: 'One' | 'Two';
  readonly version: string;
}

const steps = fc.array(
  fc.record<Step>({
    action: fc.constantFrom('push', 'push', 'push', 'push unlisted', 'unlist', 'relist', 'delete'),
    id: fc.constantFrom('One', 'One', 'Two'),
    version: fc.constantFrom(...VERSIONS),
  }),
  { minLength: 1, maxLength: 30 },
);

/** The plain model of a feed: whether each version that is there is listed. */
type Model = Map<string, Map<string, boolean>>;

export function describeLatestFlags(current: CurrentStore): void {
  describe('the latest versions', () => {
    it('are the newest listed ones of each kind', async () => {
      const { store } = current();
      for (const version of ['1.0.0', '1.1.0', '1.2.0-beta', '1.3.0+semver2', '1.4.0-beta.1']) {
        await publish(store, 'f', sampleVersion({ id: 'A', version }), OWNER);
      }
      await store.setListed('f', 'A', '1.1.0', false);
      const latest = async (flag: keyof LatestFlags): Promise<string[]> =>
        (await store.versionsOf('f', 'A')).filter((version) => version[flag]).map((version) => version.version);
      expect(await latest('isLatest')).toEqual(['1.0.0']);
      expect(await latest('isAbsoluteLatest')).toEqual(['1.2.0-beta']);
      expect(await latest('isLatestSemVer2')).toEqual(['1.3.0+semver2']);
      expect(await latest('isAbsoluteLatestSemVer2')).toEqual(['1.4.0-beta.1']);
    });

    it('are right after any history', async () => {
      const { store } = current();
      let run = 0;
      await fc.assert(
        fc.asyncProperty(steps, async (history) => {
          run += 1;
          const feedId = `feed-${run}`;
          const model: Model = new Map();
          for (const step of history) {
            expect(await play(store, feedId, step)).toBe(playOnModel(model, step));
          }
          await expectModel(store, feedId, model);
        }),
        { numRuns: 40 },
      );
    });
  });
}

async function play(store: MetadataStore, feedId: string, { action, id, version }: Step): Promise<string> {
  const { normalizedVersion } = sampleMetadata({ id, version });
  switch (action) {
    case 'push':
    case 'push unlisted':
      return publish(store, feedId, sampleVersion({ id, version }, { listed: action === 'push' }), OWNER);
    case 'unlist':
    case 'relist':
      return store.setListed(feedId, id.toUpperCase(), normalizedVersion, action === 'relist');
    case 'delete':
      return store.deleteVersion(feedId, id.toLowerCase(), normalizedVersion, () => undefined);
  }
}

function playOnModel(model: Model, { action, id, version }: Step): string {
  const versions = model.get(id) ?? new Map<string, boolean>();
  model.set(id, versions);
  const listed = versions.get(version);
  switch (action) {
    case 'push':
    case 'push unlisted':
      if (listed === undefined) versions.set(version, action === 'push');
      return listed === undefined ? 'added' : 'duplicate';
    case 'unlist':
    case 'relist':
      if (listed === undefined) return 'absent';
      versions.set(version, action === 'relist');
      return listed === (action === 'relist') ? 'unchanged' : 'changed';
    case 'delete':
      return versions.delete(version) ? 'changed' : 'absent';
  }
}

// Every version here is one.
// eslint-disable-next-line @typescript-eslint/no-non-null-assertion
const parsed = (version: string): NuGetVersion => parseVersion(version)!;

async function expectModel(store: MetadataStore, feedId: string, model: Model): Promise<void> {
  for (const [id, versions] of model) {
    const ordered = [...versions.keys()].toSorted((a, b) => compareVersions(parsed(a), parsed(b)));
    const newest = (includePrerelease: boolean, includeSemVer2: boolean): string | undefined =>
      ordered.findLast((version) => {
        const { isPrerelease, isSemVer2 } = sampleMetadata({ id, version });
        return versions.get(version) === true && (includePrerelease || !isPrerelease) && (includeSemVer2 || !isSemVer2);
      });
    const found = await store.versionsOf(feedId, id);
    expect(found.map((version) => version.version)).toEqual(ordered);
    for (const version of found) {
      expect(version).toMatchObject({
        listed: versions.get(version.version),
        isLatest: version.version === newest(false, false),
        isAbsoluteLatest: version.version === newest(true, false),
        isLatestSemVer2: version.version === newest(false, true),
        isAbsoluteLatestSemVer2: version.version === newest(true, true),
      });
    }
    for (const [includePrerelease, includeSemVer2] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ] as const) {
      const filter = { includePrerelease, includeSemVer2 };
      const hits = (await store.search(feedId, { ...everything, ...filter, text: id })).hits;
      expect(hits.map((hit) => hit.newest.version)).toEqual(
        [newest(includePrerelease, includeSemVer2)].filter(Boolean),
      );
    }
  }
  const all = [...model.values()].flatMap((versions) => [...versions.values()]);
  expect((await store.list(feedId, everyVersion)).total).toBe(all.length);
  expect((await store.list(feedId, { ...everyVersion, includeUnlisted: false })).total).toBe(
    all.filter(Boolean).length,
  );
  expect((await store.statistics(feedId)).versions).toBe(all.length);
}
