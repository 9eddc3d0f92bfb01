/**
 * What changes a feed. Each function runs inside a write transaction and leaves rows, latest versions, revision, counters and
 * catalog in step with each other.
 */
import { ProblemError } from '@feedfleet/problems';
import { parseVersion, versionSortKey } from '@feedfleet/versioning';
import type { AddOutcome, AddRules, ChangeOutcome, NewPackageVersion } from '../metadata-store.ts';
import { claimRemoval, settleIntent } from './blob-claims.ts';
import type { Connection, Row } from './connection.ts';
import { keepDeletedContent, recordChange } from './feed-changes.ts';
import type { FeedChange } from './feed-changes.ts';
import { addDependencies, removeDependencies } from './dependencies.ts';
import { forgetDownloads, forgetPackageDownloads, inheritDownloads } from './download-rows.ts';
import { assertQuota } from './feed-quota.ts';
import { countVersion } from './version-counts.ts';
import { forgetLatest, refreshLatest } from './latest-pointers.ts';
import { sha512FromHex } from './stored-version-row.ts';
import { forgetSubstrings, refreshSubstrings } from './substring-index.ts';
import { forgetSymbols } from './symbol-writer.ts';

export interface VersionAddress {
  readonly feedId: string;
  readonly id: string;
  readonly normalizedVersion: string;
}

/** How long the file of a replaced version stays: longer than a request may take from reading the version to opening its file. */
const REPLACED_FILE_MS = 120_000;

/** What a package is that names no type. Source: NuGet documentation, "Set a NuGet package type". */
const USUAL_TYPE = 'dependency';

/** Ids and versions are the same whatever their case. */
export const foldCase = (text: string): string => text.toLowerCase();

export function addVersion(
  connection: Connection,
  feedId: string,
  added: NewPackageVersion,
  settled: { readonly owner: string; readonly rules: AddRules; readonly at: string; readonly atMs: number },
): AddOutcome {
  const { metadata } = added;
  const existing = findVersion(connection, { feedId, ...metadata });
  if (existing !== undefined && settled.rules.replace !== true) {
    return 'duplicate';
  }
  if (!settleIntent(connection, added.sha512, settled.owner)) {
    // Somebody has released it, and may have removed the blob with it.
    throw new ProblemError('storeUnavailable', { detail: 'the blob is no longer announced; push the package again' });
  }
  const feedKey = ensureFeed(connection, feedId);
  const { packageKey, isNew } = ensurePackage(connection, feedKey, metadata.id);
  const bytes = added.sizeBytes - Number(existing?.size_bytes ?? 0);
  const growth = { packages: isNew ? 1 : 0, versions: existing === undefined ? 1 : 0, bytes };
  assertQuota(connection, feedKey, { growth, quota: settled.rules.quota });
  if (existing !== undefined) {
    // The new file is another version of the store under the same name, so that nobody reads half of each.
    dropVersion(connection, existing, settled.atMs + REPLACED_FILE_MS);
  }
  const versionKey = insertVersion(connection, { feedKey, packageKey }, added);
  addDependencies(connection, { feedKey, versionKey }, metadata);
  countVersion(connection, { feed_key: feedKey, package_key: packageKey, ...flagsOf(added) }, 1);
  if (existing !== undefined) {
    inheritDownloads(connection, existing, { versionKey, atMs: settled.atMs });
  }
  refreshLatest(connection, packageKey);
  refreshSubstrings(connection, packageKey);
  recordChange(connection, {
    feedKey,
    at: settled.at,
    kind: 'pushed',
    versionKey,
    id: metadata.id,
    version: metadata.version,
    normalizedVersion: metadata.normalizedVersion,
    listed: added.listed,
    packages: growth.packages,
    bytes,
  });
  return existing === undefined ? 'added' : 'replaced';
}

export function setListed(
  connection: Connection,
  address: VersionAddress,
  change: { readonly listed: boolean; readonly at: string },
): ChangeOutcome {
  const found = findVersion(connection, address);
  if (found === undefined) {
    return 'absent';
  }
  if ((found.listed === 1) === change.listed) {
    return 'unchanged';
  }
  connection.run(
    'UPDATE package_version SET listed = ?, last_edited = ? WHERE version_key = ?',
    change.listed ? 1 : 0,
    change.at,
    Number(found.version_key),
  );
  countVersion(connection, found, -1);
  countVersion(connection, { ...found, listed: change.listed ? 1 : 0 }, 1);
  refreshLatest(connection, Number(found.package_key));
  refreshSubstrings(connection, Number(found.package_key));
  recordChange(connection, {
    feedKey: Number(found.feed_key),
    at: change.at,
    kind: change.listed ? 'relisted' : 'unlisted',
    ...identityOf(found),
    listed: change.listed,
  });
  return 'changed';
}

export function deleteVersion(connection: Connection, address: VersionAddress, at: string): ChangeOutcome {
  const found = findVersion(connection, address);
  if (found === undefined) {
    return 'absent';
  }
  removeVersion(connection, found, at);
  return 'changed';
}

/** Removes at most `limit` versions of a feed. */
export function deleteSomeVersions(
  connection: Connection,
  feedId: string,
  options: { readonly limit: number; readonly at: string },
): number {
  const rows = connection.all(
    `${VERSION_ROW} WHERE p.feed_key = (SELECT feed_key FROM feed WHERE feed_id = ?) LIMIT ?`,
    feedId,
    options.limit,
  );
  rows.forEach((row) => removeVersion(connection, row, options.at));
  return rows.length;
}

const VERSION_ROW = `SELECT v.version_key, v.package_key, v.listed, v.is_prerelease, v.is_semver2, v.downloads, v.id, v.version, v.normalized, v.size_bytes, v.sha512, p.feed_key
  FROM package p CROSS JOIN package_version v ON v.package_key = p.package_key`;

function findVersion(connection: Connection, address: VersionAddress): Row | undefined {
  return connection.get(
    `${VERSION_ROW} WHERE p.feed_key = (SELECT feed_key FROM feed WHERE feed_id = ?) AND p.id_lower = ? AND v.normalized_lower = ?`,
    address.feedId,
    foldCase(address.id),
    foldCase(address.normalizedVersion),
  );
}

/** Takes the rows of a version away, and leaves its id as it was. @param dueAt - when its file may go. */
function dropVersion(connection: Connection, found: Row, dueAt: number): void {
  const versionKey = Number(found.version_key);
  keepDeletedContent(connection, versionKey);
  connection.run('DELETE FROM package_content WHERE version_key = ?', versionKey);
  connection.run('DELETE FROM package_version WHERE version_key = ?', versionKey);
  removeDependencies(connection, versionKey);
  connection.run('DELETE FROM deprecation WHERE feed_key = ? AND version_key = ?', Number(found.feed_key), versionKey);
  countVersion(connection, found, -1);
  claimRemoval(connection, found.sha512 as Uint8Array, dueAt);
  forgetSymbols(connection, { feedKey: Number(found.feed_key), versionKey }, dueAt);
}

function removeVersion(connection: Connection, found: Row, at: string): void {
  const packageKey = Number(found.package_key);
  dropVersion(connection, found, 0);
  forgetDownloads(connection, found);
  const isLast =
    connection.get('SELECT 1 FROM package_version WHERE package_key = ? LIMIT 1', packageKey) === undefined;
  if (isLast) {
    forgetPackageDownloads(connection, packageKey);
    forgetLatest(connection, packageKey);
    forgetSubstrings(connection, packageKey);
    connection.run('DELETE FROM package WHERE package_key = ?', packageKey);
  } else {
    refreshLatest(connection, packageKey);
    refreshSubstrings(connection, packageKey);
  }
  recordChange(connection, {
    feedKey: Number(found.feed_key),
    at,
    kind: 'deleted',
    ...identityOf(found),
    listed: false,
    packages: isLast ? -1 : 0,
    bytes: -Number(found.size_bytes),
  });
}

function identityOf(found: Row): Pick<FeedChange, 'versionKey' | 'id' | 'version' | 'normalizedVersion'> {
  return {
    versionKey: Number(found.version_key),
    id: String(found.id),
    version: String(found.version),
    normalizedVersion: String(found.normalized),
  };
}

export function ensureFeed(connection: Connection, feedId: string): number {
  connection.run('INSERT INTO feed (feed_id) VALUES (?) ON CONFLICT DO NOTHING', feedId);
  return connection.number('SELECT feed_key FROM feed WHERE feed_id = ?', feedId);
}

function ensurePackage(
  connection: Connection,
  feedKey: number,
  id: string,
): { readonly packageKey: number; readonly isNew: boolean } {
  const known = connection.get(
    'SELECT package_key FROM package WHERE feed_key = ? AND id_lower = ?',
    feedKey,
    foldCase(id),
  );
  if (known !== undefined) {
    return { packageKey: Number(known.package_key), isNew: false };
  }
  const inserted = connection.run(
    'INSERT INTO package (feed_key, id_lower, id) VALUES (?, ?, ?)',
    feedKey,
    foldCase(id),
    id,
  );
  return { packageKey: inserted.insertedKey, isNew: true };
}

function flagsOf({ listed, metadata }: NewPackageVersion): Record<'listed' | 'is_prerelease' | 'is_semver2', 0 | 1> {
  return {
    listed: listed ? 1 : 0,
    is_prerelease: metadata.isPrerelease ? 1 : 0,
    is_semver2: metadata.isSemVer2 ? 1 : 0,
  };
}

/** @returns the key of the version. */
function insertVersion(
  connection: Connection,
  { feedKey, packageKey }: { readonly feedKey: number; readonly packageKey: number },
  added: NewPackageVersion,
): number {
  const { metadata, fragments } = added;
  const { 'v3-leaf': leaf, 'v2-entry': entry } = fragments;
  const { insertedKey } = connection.run(
    'INSERT INTO package_content (v3_leaf_format, v2_entry_format, v3_leaf, v2_entry, metadata) VALUES (?, ?, ?, ?, ?)',
    leaf.format,
    entry.format,
    leaf.text,
    entry.text,
    JSON.stringify(metadata),
  );
  const types = metadata.packageTypes.length === 0 ? [USUAL_TYPE] : metadata.packageTypes.map((type) => type.name);
  const flags = flagsOf(added);
  connection.run(
    `INSERT INTO package_version (version_key, package_key, sort_key, normalized_lower, listed, is_prerelease, is_semver2, size_bytes,
       id, version, normalized, created, last_edited, sha512, package_types, feed_key, title, tags)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    insertedKey,
    packageKey,
    sortKeyOf(metadata.normalizedVersion),
    foldCase(metadata.normalizedVersion),
    flags.listed,
    flags.is_prerelease,
    flags.is_semver2,
    added.sizeBytes,
    metadata.id,
    metadata.version,
    metadata.normalizedVersion,
    added.created,
    added.created,
    sha512FromHex(added.sha512),
    typeList(types),
    feedKey,
    metadata.title,
    metadata.tags.join(' '),
  );
  return insertedKey;
}

function sortKeyOf(normalizedVersion: string): string {
  const version = parseVersion(normalizedVersion);
  if (version === undefined) {
    throw new ProblemError('invalidArgument', { detail: 'a version was to be stored that is none' });
  }
  return versionSortKey(version);
}

/** Lower case, each between `/`, which no package type contains, so that `/name/` finds whole names. */
function typeList(types: readonly string[]): string {
  return `/${types.map(foldCase).join('/')}/`;
}
