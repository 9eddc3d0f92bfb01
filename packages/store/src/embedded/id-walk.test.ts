import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { Connection } from './connection.ts';
import { countOfIds, pageOfIds, sortedIds, walkedIds } from './id-walk.ts';
import type { MatchingId, WalkStart } from './id-walk.ts';
import { latestPointer } from './latest-pointers.ts';
import { migrations } from './schema.ts';
import { Turns } from './turns.ts';

const IDS = 1203;
const { column, index } = latestPointer({ includePrerelease: true, includeSemVer2: true });
let database: Connection;
beforeAll(() => {
  database = new Connection({ path: ':memory:', busyTimeoutMs: 0, cacheKib: 1000 });
  migrations.forEach((migrate) => migrate(database));
  for (let key = 1; key <= IDS; key += 1) {
    const id = `id${String((key * 7) % IDS).padStart(5, '0')}`;
    const sql = `INSERT INTO package (package_key, feed_key, id_lower, id, ${column}, count_100) VALUES (?1, 1, ?2, ?2, ?3, ?4)`;
    database.run(sql, key, id, key % 5 === 0 ? null : key, key % 4);
  }
});
afterAll(() => database.close());

/** Of the `count_100` versions of an id, the `n`th. */
const versionKey = (packageKey: number, n: number): number => packageKey * 10 + n;
const versionsOf = ({ packageKey, own }: MatchingId, part: { readonly skip: number; readonly take: number }) =>
  Array.from({ length: own }, (_, n) => versionKey(packageKey, n)).slice(part.skip, part.skip + part.take);

describe('a walk over the ids of a feed', () => {
  it.each([
    ['their latest versions', `(p.${column} IS NOT NULL)`, index, `AND p.${column} IS NOT NULL`],
    ['all their versions', 'p.count_100', 'package_by_id', ''],
  ])('gives pages that add up to %s, in order of id, from any start', async (_, own, walked, where) => {
    const inOrder = database.all(
      `SELECT package_key, ${own} AS own FROM package p WHERE TRUE ${where} ORDER BY id_lower`,
    );
    const reader = { connection: database, turns: new Turns() };
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 700 }),
        fc.nat(300),
        async (modulus, take, skip) => {
          const isWanted = (packageKey: number): boolean => packageKey % modulus === 0;
          const ids = inOrder.map((row) => ({ key: Number(row.package_key), own: Number(row.own) }));
          const wanted = ids.filter(({ key }) => isWanted(key));
          const versions = wanted.flatMap((id) => Array.from({ length: id.own }, (_each, n) => versionKey(id.key, n)));
          const keys = wanted.map(({ key }) => key).toSorted((one, other) => one - other);
          const walk = { feedKey: 1, index: walked, where, own, isWanted };
          const seen: number[] = [];
          let start: WalkStart = { idLower: '', skip };
          for (let length = take; length === take;) {
            const batches = walkedIds(reader, start.idLower, walk);
            const page = await pageOfIds(batches, { skip: start.skip, take, versionsOf });
            seen.push(...page.versionKeys);
            [length, start] = [page.versionKeys.length, page.next];
          }
          expect(seen).toEqual(versions.slice(skip));
          expect((await sortedIds(reader, keys, own)).map(({ packageKey }) => packageKey)).toEqual(
            wanted.map(({ key }) => key),
          );
          expect(await countOfIds(reader, keys, own)).toBe(versions.length);
        },
      ),
      { numRuns: 60 },
    );
  });
});
