/** What was acknowledged is seen by the very next request, on every family; and all families tell the same. */
import { startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { FeedClient, READ_FAMILIES } from './support/feed-client.ts';
import { buildPackage } from './support/package-builder.ts';
import { see, sha256 } from './support/seen-package.ts';
import type { SeenPackage } from './support/seen-package.ts';

const PUSHES = 200;
const CHANGES = 25;
/** Ascending. The last needs SemVer 2.0.0. */
const POOL = ['1.0.0', '1.1.0-beta', '1.1.0', '2.0.0', '2.1.0-rc.1'] as const;
type Pooled = (typeof POOL)[number];

const isPrerelease = (version: string): boolean => version.includes('-');

let fleet: Fleet;
let unlisting: FeedClient;
let deleting: FeedClient;

/** The history of one id, and what has to be seen of it. */
class Model {
  readonly id: string;
  readonly #listed = new Map<string, boolean>();
  readonly #bytes = new Map<string, Buffer>();

  constructor(id: string) {
    this.id = id;
  }

  contentOf(version: string): Buffer {
    const content = this.#bytes.get(version) ?? buildPackage({ id: this.id, version });
    this.#bytes.set(version, content);
    return content;
  }

  has(version: string): boolean {
    return this.#listed.has(version);
  }

  list(version: string, isListed: boolean): void {
    this.#listed.set(version, isListed);
  }

  drop(version: string): void {
    this.#listed.delete(version);
  }

  expected(): SeenPackage {
    const versions = POOL.filter((version) => this.#listed.has(version));
    const listed = versions.filter((version) => this.#listed.get(version));
    return {
      versions,
      listed,
      found: listed,
      latest: listed.findLast((version) => !isPrerelease(version)) ?? null,
      absoluteLatest: listed.at(-1) ?? null,
      byName: versions,
      files: Object.fromEntries(versions.map((version) => [version, sha256(this.contentOf(version))])),
    };
  }
}

type Step = 'push' | 'remove' | 'relist';

/** Does one step in both worlds, and compares the statuses. */
async function step(feed: FeedClient, model: Model, [kind, version]: readonly [Step, Pooled]): Promise<void> {
  const name = { id: model.id, version };
  const isThere = model.has(version);
  switch (kind) {
    case 'push':
      expect(await feed.push(model.contentOf(version))).toMatchObject({ status: isThere ? 409 : 201 });
      if (!isThere) model.list(version, true);
      return;
    case 'remove': {
      const { status } = await feed.remove(name);
      if (isThere) expect(status).toBe(200);
      if (feed === deleting) model.drop(version);
      else if (isThere) model.list(version, false);
      return;
    }
    case 'relist':
      expect(await feed.relist(name)).toMatchObject({ status: isThere ? 200 : 404 });
      if (isThere) model.list(version, true);
  }
}

/** The very next requests, on all families at the same time. */
async function expectSeen(feed: FeedClient, model: Model, versions: readonly string[] = POOL): Promise<void> {
  const seen = await Promise.all(READ_FAMILIES.map((family) => see(feed, { family, id: model.id, versions })));
  const expected = model.expected();
  expect(Object.fromEntries(READ_FAMILIES.map((family, index) => [family, seen[index]]))).toEqual(
    Object.fromEntries(READ_FAMILIES.map((family) => [family, expected])),
  );
}

beforeAll(async () => {
  fleet = await startFleet();
  const { feeds } = fleet.registry;
  await feeds.create({ name: 'Unlisting', visibility: 'public', deletion: 'unlist' });
  await feeds.create({ name: 'Deleting', visibility: 'public', deletion: 'delete' });
  unlisting = new FeedClient(`${fleet.url}/F/Unlisting`, fleet.adminKey);
  deleting = new FeedClient(`${fleet.url}/F/Deleting`, fleet.adminKey);
});
afterAll(() => fleet.stop());

describe('the next request after an acknowledgement', () => {
  it(`sees each of ${PUSHES} pushes, on every family, although its absence was read just before`, async () => {
    for (let number = 0; number < PUSHES; number += 1) {
      const model = new Model(`Push${number}x`);
      await expectSeen(unlisting, model, ['1.0.0']);
      await step(unlisting, model, ['push', '1.0.0']);
      await expectSeen(unlisting, model, ['1.0.0']);
    }
  });

  it(`sees each of ${CHANGES} unlistings and relistings`, async () => {
    const model = new Model('Flicker');
    await step(unlisting, model, ['push', '1.0.0']);
    await step(unlisting, model, ['push', '2.0.0']);
    for (let number = 0; number < CHANGES; number += 1) {
      await step(unlisting, model, ['remove', '2.0.0']);
      await expectSeen(unlisting, model);
      await step(unlisting, model, ['relist', '2.0.0']);
      await expectSeen(unlisting, model);
    }
  });

  it(`sees each of ${CHANGES} deletions, and the version again when it is pushed again`, async () => {
    const model = new Model('Phoenix');
    await step(deleting, model, ['push', '1.0.0']);
    for (let number = 0; number < CHANGES; number += 1) {
      await step(deleting, model, ['push', '2.0.0']);
      await expectSeen(deleting, model);
      await step(deleting, model, ['remove', '2.0.0']);
      await expectSeen(deleting, model);
    }
  });
});

describe('after any history', () => {
  const steps = fc.array(
    fc.tuple(fc.constantFrom<Step>('push', 'push', 'remove', 'relist'), fc.constantFrom(...POOL)),
    { minLength: 1, maxLength: 12 },
  );
  let histories = 0;

  it('default, v2 and v3 show the same lists and the same latest versions', async () => {
    const property = fc.asyncProperty(fc.boolean(), steps, async (deletes, history) => {
      histories += 1;
      const feed = deletes ? deleting : unlisting;
      const model = new Model(`History${histories}x`);
      for (const each of history) {
        await step(feed, model, each);
        await expectSeen(feed, model);
      }
    });
    await fc.assert(property, { seed: 2013, numRuns: 10 });
  });
});
