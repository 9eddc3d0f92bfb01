import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { Connection } from './connection.ts';
import { latestPointer } from './latest-pointers.ts';
import { Turns } from './turns.ts';
import { walkLatest } from './latest-walk.ts';
import type { WalkStart } from './latest-walk.ts';
import { migrations } from './schema.ts';

const IDS = 1203;
const pointer = latestPointer({ includePrerelease: true, includeSemVer2: true });
let database: Connection;
beforeAll(() => {
  database = new Connection({ path: ':memory:', busyTimeoutMs: 0, cacheKib: 1000 });
  migrations.forEach((migrate) => migrate(database));
  for (let key = 1; key <= IDS; key += 1) {
    const id = `id${String((key * 7) % IDS).padStart(5, '0')}`;
    const sql = `INSERT INTO package (package_key, feed_key, id_lower, id, ${pointer.column}) VALUES (?1, 1, ?2, ?2, ?3)`;
    database.run(sql, key, id, key % 5 === 0 ? null : key + 10_000);
  }
});
afterAll(() => database.close());

describe('a walk over the ids of a feed', () => {
  it('gives pages that add up to all that is wanted, in order of id, from any start', async () => {
    const inOrder = database
      .all('SELECT package_key FROM package ORDER BY id_lower')
      .map((row) => Number(row.package_key));
    const reader = { connection: database, turns: new Turns() };
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 700 }),
        fc.nat(300),
        async (modulus, take, skip) => {
          const isWanted = (packageKey: number): boolean => packageKey % modulus === 0;
          const wanted = inOrder.filter((key) => isWanted(key) && key % 5 !== 0).map((key) => key + 10_000);
          const seen: number[] = [];
          let start: WalkStart = { idLower: '', skip };
          for (let length = take; length === take;) {
            const { versionKeys, next } = await walkLatest(reader, start, { feedKey: 1, pointer, isWanted, take });
            seen.push(...versionKeys);
            [length, start] = [versionKeys.length, next];
          }
          expect(seen).toEqual(wanted.slice(skip));
        },
      ),
      { numRuns: 60 },
    );
  });
});
