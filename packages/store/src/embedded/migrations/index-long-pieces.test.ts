import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { Connection } from '../connection.ts';
import { migrations } from '../schema.ts';
import { indexLongPieces } from './index-long-pieces.ts';

let database: Connection;
beforeEach(() => {
  database = new Connection({ path: ':memory:', busyTimeoutMs: 0, cacheKib: 1000 });
  migrations.slice(0, migrations.indexOf(indexLongPieces)).forEach((migrate) => migrate(database));
});
afterEach(() => database.close());

describe('the substring index of a store that had only short pieces', () => {
  it('finds every id by its long pieces, and none by what it had before', () => {
    for (const [key, id] of [
      [7, 'acme.json'],
      [8, 'acme.xml'],
    ] as const) {
      database.run('INSERT INTO package (package_key, feed_key, id_lower, id) VALUES (?, 3, ?, ?)', ...[key, id, id]);
      database.run('INSERT INTO package_substring (rowid, trigrams) VALUES (?, ?)', key, '13iacm 13iold');
      database.run('INSERT INTO package_substring_text (package_key, indexed) VALUES (?, ?)', key, 'as it was');
    }
    indexLongPieces(database);
    const found = (question: string): readonly unknown[] =>
      database
        .all('SELECT rowid FROM package_substring WHERE package_substring MATCH ? ORDER BY rowid', question)
        .map((row) => row.rowid);
    expect(found('"13iacm"')).toEqual([7, 8]);
    expect(found('"13ie\u242ejson"')).toEqual([7]);
    expect(found('"13iold"')).toEqual([]);
  });
});
