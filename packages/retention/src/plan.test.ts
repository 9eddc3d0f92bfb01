import { describe, expect, it } from '@jest/globals';
import type { StoredVersion } from '@feedfleet/store';
import { planRetention } from './plan.ts';

const VERSIONS = 300;
const DEPENDENTS = 500;

const part = <Item>(items: readonly Item[]) => Promise.resolve({ items, next: null });

describe('a plan', () => {
  it('looks at each version a few times only, however many depend on its id', async () => {
    let looks = 0;
    const versions = Array.from({ length: VERSIONS }, (_, index) => ({
      id: 'Core',
      isPrerelease: false,
      get normalizedVersion() {
        looks += 1;
        return `1.0.${index}`;
      },
    }));
    const dependents = Array.from({ length: DEPENDENTS }, (_, index) => ({
      id: `App${index}`,
      normalizedVersion: '1.0.0',
      range: `[1.0.${VERSIONS - 20 - (index % 5)}, )`,
    }));
    const plan = await planRetention({
      feedId: 'f',
      policy: { keepStable: 10, keepPrerelease: null },
      source: {
        version: () => Promise.resolve(undefined),
        versionsOf: () => Promise.resolve(versions as unknown as StoredVersion[]),
        dependentsOf: () => part(dependents),
        idsWithMoreThan: () => part(['core']),
        pins: () => Promise.resolve([]),
      },
      pause: () => Promise.resolve(),
    });
    expect(plan.protected.map(({ normalizedVersion }) => normalizedVersion)).toEqual(
      Array.from({ length: 5 }, (_, index) => `1.0.${VERSIONS - 24 + index}`),
    );
    expect(looks).toBeLessThanOrEqual(5 * VERSIONS);
  });
});
