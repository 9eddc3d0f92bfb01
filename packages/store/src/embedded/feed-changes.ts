/**
 * What every change of a feed leaves behind, in the transaction that makes it: a higher revision, the feed's counters, and an
 * entry in the catalog, which the changed version then points at.
 */
import type { CatalogEntry } from '../metadata-store.ts';
import type { Connection } from './connection.ts';

export interface FeedChange {
  readonly feedKey: number;
  /** ISO instant. */
  readonly at: string;
  readonly kind: CatalogEntry['kind'];
  readonly versionKey: number;
  readonly id: string;
  readonly version: string;
  readonly normalizedVersion: string;
  /** After the change. */
  readonly listed: boolean;
  readonly packages?: number;
  readonly bytes?: number;
}

/** What is kept of the feed's answers is made anew. By itself for changes that are none of a package: the catalog has no entry. */
export function bumpRevision(connection: Connection, feedKey: number): void {
  connection.run('UPDATE feed SET revision = revision + 1 WHERE feed_key = ?', feedKey);
}

/** Packages and symbols count alike. */
export function countBytes(connection: Connection, feedKey: number, bytes: number): void {
  connection.run('UPDATE feed SET byte_count = byte_count + ? WHERE feed_key = ?', bytes, feedKey);
}

export function recordChange(connection: Connection, change: FeedChange): void {
  const { feedKey, at, versionKey } = change;
  bumpRevision(connection, feedKey);
  connection.run('UPDATE feed SET package_count = package_count + ? WHERE feed_key = ?', change.packages ?? 0, feedKey);
  countBytes(connection, feedKey, change.bytes ?? 0);
  const last = connection.get(
    `SELECT number, committed_us FROM catalog INDEXED BY catalog_by_number
     WHERE feed_key = ? AND number IS NOT NULL ORDER BY number DESC LIMIT 1`,
    feedKey,
  );
  const number = Number(last?.number ?? 0) + 1;
  // Strictly increasing, also when the clock stands still or goes back: who follows the catalog asks for what is later.
  const committedUs = Math.max(Date.parse(at) * 1000, Number(last?.committed_us ?? 0) + 1);
  connection.run(
    `INSERT INTO catalog (feed_key, at, kind, id, normalized, number, committed_us, version_key, version, listed, deprecation)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
       (SELECT json_array(reasons, message, alternate_id, alternate_range) FROM deprecation WHERE feed_key = ? AND version_key = ?))`,
    ...[feedKey, at, change.kind, change.id, change.normalizedVersion],
    ...[number, committedUs, versionKey, change.version, change.listed ? 1 : 0],
    ...[feedKey, versionKey],
  );
  connection.run(
    'UPDATE package_version SET commit_number = ?, committed_us = ? WHERE version_key = ?',
    number,
    committedUs,
    versionKey,
  );
}

/** Keeps what the catalog says of a version that is about to go: what was once published there does not change. */
export function keepDeletedContent(connection: Connection, versionKey: number): void {
  connection.run(
    `INSERT INTO deleted_content (version_key, size_bytes, created, sha512, metadata)
     SELECT v.version_key, v.size_bytes, v.created, v.sha512, c.metadata
     FROM package_version v JOIN package_content c ON c.version_key = v.version_key WHERE v.version_key = ?`,
    versionKey,
  );
}
