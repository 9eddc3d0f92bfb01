/** What becomes of download counts when a version is replaced or deleted; inside the write transaction that does it. */
import type { Connection, Row } from './connection.ts';

/** Counts for a replaced version that come later than this, in milliseconds, are lost. */
const FORWARDED_MS = 3_600_000;

/** The new file goes on where the old one was, under a key of its own. */
export function inheritDownloads(
  connection: Connection,
  replaced: Row,
  { versionKey, atMs }: { readonly versionKey: number; readonly atMs: number },
): void {
  const oldKey = Number(replaced.version_key);
  const downloads = Number(replaced.downloads);
  connection.run('UPDATE package_version SET downloads = ? WHERE version_key = ?', downloads, versionKey);
  connection.run('UPDATE version_download_day SET version_key = ? WHERE version_key = ?', versionKey, oldKey);
  connection.run('DELETE FROM replaced_version WHERE at_ms < ?', atMs - FORWARDED_MS);
  connection.run('UPDATE replaced_version SET new_key = ? WHERE new_key = ?', versionKey, oldKey);
  connection.run('INSERT INTO replaced_version (old_key, new_key, at_ms) VALUES (?, ?, ?)', oldKey, versionKey, atMs);
}

/** The total of an id is that of the versions that are there. */
export function forgetDownloads(connection: Connection, deleted: Row): void {
  const versionKey = Number(deleted.version_key);
  connection.run('DELETE FROM version_download_day WHERE version_key = ?', versionKey);
  connection.run('DELETE FROM replaced_version WHERE new_key = ?', versionKey);
  if (Number(deleted.downloads) > 0) {
    connection.run(
      'UPDATE package SET total_downloads = total_downloads - ? WHERE package_key = ?',
      Number(deleted.downloads),
      Number(deleted.package_key),
    );
  }
}

/** Of an id whose last version went. */
export function forgetPackageDownloads(connection: Connection, packageKey: number): void {
  connection.run('DELETE FROM package_download_day WHERE package_key = ?', packageKey);
}
