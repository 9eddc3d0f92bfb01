import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { Connection } from '../connection.ts';
import { countSymbols } from './count-symbols.ts';
import { createSymbols } from './create-symbols.ts';
import { createTables } from './create-tables.ts';

let database: Connection;
beforeEach(() => {
  database = new Connection({ path: ':memory:', busyTimeoutMs: 0, cacheKib: 1000 });
  createTables(database);
  createSymbols(database);
});
afterEach(() => database.close());

/** A version of 1,000 bytes in a feed, with symbols or without. */
function addVersion(feedKey: number, versionKey: number, symbolBytes: number | undefined): void {
  database.run('INSERT OR IGNORE INTO feed (feed_key, feed_id) VALUES (?, ?)', feedKey, `feed-${feedKey}`);
  database.run('UPDATE feed SET byte_count = byte_count + 1000 WHERE feed_key = ?', feedKey);
  database.run(
    'INSERT INTO package (package_key, feed_key, id_lower, id) VALUES (?, ?, ?, ?)',
    ...[versionKey, feedKey, `p${versionKey}`, `P${versionKey}`],
  );
  database.run(
    `INSERT INTO package_version (version_key, package_key, sort_key, normalized_lower, listed, is_prerelease, is_semver2, size_bytes,
       id, version, normalized, created, last_edited, sha512, package_types)
     VALUES (?, ?, '1', '1.0.0', 1, 0, 0, 1000, ?, '1.0', '1.0.0', '', '', x'00', '')`,
    ...[versionKey, versionKey, `P${versionKey}`],
  );
  if (symbolBytes === undefined) return;
  database.run(
    `INSERT INTO symbol_package (version_key, size_bytes, sha512) VALUES (?, ?, x'01')`,
    ...[versionKey, symbolBytes],
  );
}

describe('a store from before symbols were counted', () => {
  it('counts those that it has', () => {
    addVersion(1, 1, 30);
    addVersion(1, 2, undefined);
    addVersion(1, 3, 4);
    addVersion(2, 4, 500);
    addVersion(3, 5, undefined);
    countSymbols(database);
    const counts = database.all('SELECT feed_key, byte_count FROM feed ORDER BY feed_key');
    expect(counts.map((row) => [row.feed_key, row.byte_count])).toEqual([
      [1, 3034],
      [2, 1500],
      [3, 1000],
    ]);
  });
});
