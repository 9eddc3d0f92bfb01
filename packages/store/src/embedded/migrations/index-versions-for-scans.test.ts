import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { Connection } from '../connection.ts';
import { createTables } from './create-tables.ts';
import { indexVersionsForScans } from './index-versions-for-scans.ts';

let database: Connection;
beforeEach(() => {
  database = new Connection({ path: ':memory:', busyTimeoutMs: 0, cacheKib: 1000 });
  createTables(database);
});
afterEach(() => database.close());

describe('the versions of a store that had no index for scans', () => {
  it('know their feed, title and tags, and are found by them', () => {
    database.run(
      'INSERT INTO package (package_key, feed_key, id_lower, id, latest_key) VALUES (?, ?, ?, ?, ?)',
      ...[7, 3, 'acme', 'Acme', 1],
    );
    for (const [key, metadata] of [
      [1, { title: 'The Acme', tags: ['one', 'two'] }],
      [2, { title: '', tags: [] }],
    ] as const) {
      database.run(
        `INSERT INTO package_content (version_key, v3_leaf_format, v2_entry_format, v3_leaf, v2_entry, metadata) VALUES (?, 1, 1, '', '', ?)`,
        ...[key, JSON.stringify(metadata)],
      );
      database.run(
        `INSERT INTO package_version (version_key, package_key, sort_key, normalized_lower, listed, is_prerelease, is_semver2, size_bytes,
           id, version, normalized, created, last_edited, sha512, package_types)
         VALUES (?, 7, ?, ?, 1, 0, 0, 1, 'Acme', '', '', '', '', x'00', '')`,
        ...[key, `${key}`, `${key}`],
      );
    }
    indexVersionsForScans(database);
    const rows = database.all('SELECT feed_key, title, tags FROM package_version ORDER BY version_key');
    expect(rows.map((row) => [row.feed_key, row.title, row.tags])).toEqual([
      [3, 'The Acme', 'one two'],
      [3, '', ''],
    ]);
    const found = database.all(
      `SELECT rowid FROM package_substring WHERE package_substring MATCH '"13gtwo" AND "13tthe"'`,
    );
    expect(found.map((row) => row.rowid)).toEqual([7]);
  });
});
