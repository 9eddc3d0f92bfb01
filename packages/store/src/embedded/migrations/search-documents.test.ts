import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { sampleVersion } from '../../sample-packages.ts';
import { Connection } from '../connection.ts';
import { migrations } from '../schema.ts';
import { findMatches } from '../search-matches.ts';
import { Turns } from '../turns.ts';
import { parseSearchText } from '../../search-text.ts';
import { searchDocuments } from './search-documents.ts';

let database: Connection;
beforeEach(() => {
  database = new Connection({ path: ':memory:', busyTimeoutMs: 0, cacheKib: 1000 });
  migrations.slice(0, migrations.indexOf(searchDocuments)).forEach((migrate) => migrate(database));
});
afterEach(() => database.close());

/** A listed version, as the store had it before. */
function addVersion(feedKey: number, versionKey: number, added: ReturnType<typeof sampleVersion>): void {
  const { metadata } = added;
  const flags = [metadata.isPrerelease ? 1 : 0, metadata.isSemVer2 ? 1 : 0];
  database.run('INSERT OR IGNORE INTO feed (feed_key, feed_id) VALUES (?, ?)', feedKey, `feed ${feedKey}`);
  database.run(
    `INSERT INTO package (package_key, feed_key, id_lower, id, document_key, latest_key, absolute_latest_key, latest_semver2_key,
       absolute_latest_semver2_key) VALUES (?1, ?2, lower(?3), ?3, ?1, iif(?4, NULL, ?1), ?1, iif(?4, NULL, ?1), ?1)`,
    ...[versionKey, feedKey, metadata.id, flags[0] ?? 0],
  );
  database.run(
    `INSERT INTO package_content (version_key, v3_leaf_format, v2_entry_format, v3_leaf, v2_entry, metadata) VALUES (?, 1, 1, '', '', ?)`,
    ...[versionKey, JSON.stringify(metadata)],
  );
  database.run(
    `INSERT INTO package_version (version_key, package_key, sort_key, normalized_lower, listed, is_prerelease, is_semver2, size_bytes,
       id, version, normalized, created, last_edited, sha512, package_types)
     VALUES (?1, ?1, '1', ?2, 1, ?3, ?4, 1, ?5, ?2, ?2, '', '', x'00', '/dependency/')`,
    ...[versionKey, metadata.normalizedVersion, ...flags, metadata.id],
  );
}

describe('the search index of a store that had another one', () => {
  it('has every id with its owners, and every feed its number of ids', async () => {
    addVersion(1, 1, sampleVersion({ id: 'Acme.Core', version: '1.0.0', owners: 'Acme Corp' }));
    addVersion(1, 2, sampleVersion({ id: 'Acme.Beta', version: '1.0.0-beta', owners: 'Acme Corp' }));
    addVersion(2, 3, sampleVersion({ id: 'Acme.Core', version: '1.0.0' }));
    searchDocuments(database);
    const counts = 'SELECT latest_count, absolute_latest_count, latest_semver2_count FROM feed ORDER BY feed_key';
    expect(database.all(counts).map((row) => Object.values(row))).toEqual([
      [1, 2, 1],
      [1, 1, 1],
    ]);
    const found = async (text: string, view: number): Promise<number> => {
      const parsed = parseSearchText(text);
      const options = { feedKey: 1, view, packageType: null, isVisible: true, limit: 10 };
      const reader = { connection: database, turns: new Turns() };
      return parsed.kind === 'terms' ? (await findMatches(reader, parsed, options)).rows.length : -1;
    };
    expect(await found('acme', 0)).toBe(1);
    expect(await found('acme', 3)).toBe(2);
    expect(await found('owner:"acme corp"', 3)).toBe(2);
    expect(await found('version:1.0.0-beta', 3)).toBe(1);
  });
});
