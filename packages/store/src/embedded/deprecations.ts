/** Deprecations in the tables. What changes them runs inside a write transaction. */
import type { Deprecation, DeprecationReason } from '../advisories.ts';
import { deprecationKey } from '../advisories.ts';
import type { VersionIdentity } from '../retention-store.ts';
import type { Connection, Row } from './connection.ts';
import { recordChange } from './feed-changes.ts';
import { foldCase } from './version-writer.ts';

/** The keys of an id's versions, by normalized version in lower case. */
export function versionKeysOf(reader: Connection, feedId: string, id: string): ReadonlyMap<string, number> {
  const rows = reader.all(
    `SELECT v.version_key, v.normalized_lower FROM package p CROSS JOIN package_version v ON v.package_key = p.package_key
     WHERE p.feed_key = (SELECT feed_key FROM feed WHERE feed_id = ?) AND p.id_lower = ? ORDER BY v.sort_key`,
    feedId,
    foldCase(id),
  );
  return new Map(rows.map((row) => [String(row.normalized_lower), Number(row.version_key)]));
}

/** @returns how many of the versions were changed; one that is gone meanwhile is not. */
export function setDeprecations(
  connection: Connection,
  versionKeys: readonly number[],
  { deprecation, at }: { readonly deprecation: Deprecation | null; readonly at: string },
): number {
  return versionKeys.filter((versionKey) => setDeprecation(connection, versionKey, { deprecation, at })).length;
}

function setDeprecation(
  connection: Connection,
  versionKey: number,
  { deprecation, at }: { readonly deprecation: Deprecation | null; readonly at: string },
): boolean {
  const version = connection.get(
    `SELECT p.feed_key, v.id, v.version, v.normalized, v.listed, d.reasons, d.message, d.alternate_id, d.alternate_range
     FROM package_version v JOIN package p ON p.package_key = v.package_key
     LEFT JOIN deprecation d ON d.feed_key = p.feed_key AND d.version_key = v.version_key WHERE v.version_key = ?`,
    versionKey,
  );
  if (version === undefined || isSame(deprecation, version)) {
    return false;
  }
  const feedKey = Number(version.feed_key);
  write(connection, { feedKey, versionKey }, deprecation);
  connection.run('UPDATE package_version SET last_edited = ? WHERE version_key = ?', at, versionKey);
  recordChange(connection, {
    feedKey,
    at,
    kind: deprecation === null ? 'undeprecated' : 'deprecated',
    versionKey,
    id: String(version.id),
    version: String(version.version),
    normalizedVersion: String(version.normalized),
    listed: version.listed === 1,
  });
  return true;
}

function write(
  connection: Connection,
  { feedKey, versionKey }: { readonly feedKey: number; readonly versionKey: number },
  deprecation: Deprecation | null,
): void {
  if (deprecation === null) {
    connection.run('DELETE FROM deprecation WHERE feed_key = ? AND version_key = ?', feedKey, versionKey);
    return;
  }
  connection.run(
    `INSERT OR REPLACE INTO deprecation (feed_key, version_key, reasons, message, alternate_id, alternate_range)
     VALUES (?, ?, ?, ?, ?, ?)`,
    feedKey,
    versionKey,
    deprecation.reasons.join(),
    deprecation.message,
    deprecation.alternate?.id ?? null,
    deprecation.alternate?.range ?? null,
  );
}

function isSame(deprecation: Deprecation | null, row: Row): boolean {
  if (deprecation === null || row.reasons === null) {
    return deprecation === null && row.reasons === null;
  }
  return (
    row.reasons === deprecation.reasons.join() &&
    row.message === deprecation.message &&
    row.alternate_id === (deprecation.alternate?.id ?? null) &&
    row.alternate_range === (deprecation.alternate?.range ?? null)
  );
}

export function readDeprecations(
  reader: Connection,
  feedKey: number,
  versions: readonly VersionIdentity[],
): ReadonlyMap<string, Deprecation> {
  const wanted = versions.map(({ id, normalizedVersion }) => [foldCase(id), foldCase(normalizedVersion)]);
  const rows = reader.all(
    `SELECT v.id, v.normalized, d.reasons, d.message, d.alternate_id, d.alternate_range
     FROM json_each(?) wanted
     CROSS JOIN package p ON p.feed_key = ? AND p.id_lower = wanted.value ->> 0
     CROSS JOIN package_version v ON v.package_key = p.package_key AND v.normalized_lower = wanted.value ->> 1
     CROSS JOIN deprecation d ON d.feed_key = p.feed_key AND d.version_key = v.version_key`,
    JSON.stringify(wanted),
    feedKey,
  );
  return new Map(
    rows.map((row) => [
      deprecationKey({ id: String(row.id), normalizedVersion: String(row.normalized) }),
      deprecationOf(row),
    ]),
  );
}

/** As an entry of the catalog keeps it. */
export function keptDeprecation(kept: Row[string] | undefined): Deprecation | null {
  if (typeof kept !== 'string') return null;
  const [reasons, message, id, range] = JSON.parse(kept) as (string | null)[];
  return deprecationOf({
    reasons: reasons ?? '',
    message: message ?? '',
    alternate_id: id ?? null,
    alternate_range: range ?? null,
  });
}

function deprecationOf(row: Row): Deprecation {
  return {
    reasons: String(row.reasons).split(',') as DeprecationReason[],
    message: String(row.message),
    alternate: row.alternate_id === null ? null : { id: String(row.alternate_id), range: String(row.alternate_range) },
  };
}
