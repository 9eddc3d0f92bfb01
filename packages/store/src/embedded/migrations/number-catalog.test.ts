import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { Connection } from '../connection.ts';
import { createTables } from './create-tables.ts';
import { numberCatalog } from './number-catalog.ts';

let database: Connection;
beforeEach(() => {
  database = new Connection({ path: ':memory:', busyTimeoutMs: 0, cacheKib: 1000 });
  createTables(database);
});
afterEach(() => database.close());

let keys = 0;

/** As the store of the first schema had it. */
function addVersion(feedKey: number, id: string, normalized: string, listed: 0 | 1): number {
  keys += 1;
  database.run(
    'INSERT OR IGNORE INTO package (package_key, feed_key, id_lower, id) VALUES (?, ?, ?, ?)',
    ...[feedKey * 100 + id.charCodeAt(0), feedKey, id.toLowerCase(), id],
  );
  database.run(
    `INSERT INTO package_version (version_key, package_key, sort_key, normalized_lower, listed, is_prerelease, is_semver2, size_bytes,
       id, version, normalized, created, last_edited, sha512, package_types)
     VALUES (?, ?, ?, ?, ?, 0, 0, 1, ?, ?, ?, '', '', x'00', '')`,
    ...[keys, feedKey * 100 + id.charCodeAt(0), normalized, normalized, listed, id, `${normalized}+v`, normalized],
  );
  return keys;
}

function addEntry(feedKey: number, kind: string, id: string, normalized: string, at: string): void {
  database.run(
    'INSERT INTO catalog (feed_key, at, kind, id, normalized) VALUES (?, ?, ?, ?, ?)',
    ...[feedKey, `2026-01-02T03:04:${at}Z`, kind, id, normalized],
  );
}

const START = Date.parse('2026-01-02T03:04:05.000Z') * 1000;
const numbered = (feedKey: number): unknown[] =>
  database
    .all('SELECT * FROM catalog WHERE feed_key = ? AND number IS NOT NULL ORDER BY number', feedKey)
    .map((row) => [
      row.number,
      row.kind,
      row.id,
      row.version,
      row.listed,
      Number(row.committed_us) - START,
      row.version_key,
    ]);

describe('the catalog of a store that had none by feed', () => {
  it('starts with what is still there, and leaves out what was deleted', () => {
    addEntry(1, 'pushed', 'A', '1.0.0', '05.000');
    addEntry(1, 'pushed', 'B', '1.0.0', '05.000');
    addEntry(1, 'deleted', 'A', '1.0.0', '05.250');
    addEntry(2, 'pushed', 'A', '1.0.0', '05.250');
    addEntry(1, 'unlisted', 'B', '1.0.0', '05.250');
    addEntry(1, 'pushed', 'A', '1.0.0', '05.100');
    addEntry(1, 'pushed', 'C', '1.0.0', '06.000');
    const [b, a, c, other] = [
      addVersion(1, 'B', '1.0.0', 0),
      addVersion(1, 'A', '1.0.0', 1),
      addVersion(1, 'C', '1.0.0', 0),
      addVersion(2, 'A', '1.0.0', 1),
    ];
    numberCatalog(database);
    expect(numbered(1)).toEqual([
      [1, 'pushed', 'B', '1.0.0+v', 1, 0, b],
      [2, 'unlisted', 'B', '1.0.0+v', 0, 250_000, b],
      [3, 'pushed', 'A', '1.0.0+v', 1, 250_001, a],
      [4, 'pushed', 'C', '1.0.0+v', 0, 1_000_000, c],
    ]);
    expect(numbered(2)).toEqual([[1, 'pushed', 'A', '1.0.0+v', 1, 250_000, other]]);
    const commits = database.all('SELECT version_key, commit_number, committed_us FROM package_version ORDER BY 1');
    expect(commits.map((row) => [row.commit_number, Number(row.committed_us) - START])).toEqual([
      [2, 250_000],
      [3, 250_001],
      [4, 1_000_000],
      [1, 250_000],
    ]);
    expect(database.number('SELECT count(*) FROM catalog')).toBe(7);
  });
});
