/**
 * Which version of an id is the newest listed one of each kind, kept on the id's row.
 *
 * Source: NuGetGallery, "IsLatest" and "IsLatestStable" with their SemVer2 variants: the stable ones ignore pre-releases, the
 * ones without SemVer2 ignore versions that need it; unlisted versions are never the latest.
 */
import type { Connection } from './connection.ts';
import { searchDocument } from './search-words.ts';
import type { SearchableText } from './search-words.ts';

export interface VersionFilter {
  readonly includePrerelease: boolean;
  readonly includeSemVer2: boolean;
}

export interface LatestPointer {
  /** Column of `package` with the version's key. */
  readonly column: string;
  /** Index of the ids of a feed that have such a version, in order of id. */
  readonly index: string;
}

const LATEST: LatestPointer = { column: 'latest_key', index: 'package_by_latest' };
const ABSOLUTE_LATEST: LatestPointer = { column: 'absolute_latest_key', index: 'package_by_absolute_latest' };
const LATEST_SEMVER2: LatestPointer = { column: 'latest_semver2_key', index: 'package_by_latest_semver2' };
const ABSOLUTE_LATEST_SEMVER2: LatestPointer = {
  column: 'absolute_latest_semver2_key',
  index: 'package_by_absolute_latest_semver2',
};

/** The pointer that is set exactly on ids with a listed version which the filter lets through. */
export function latestPointer(filter: VersionFilter): LatestPointer {
  if (filter.includeSemVer2) {
    return filter.includePrerelease ? ABSOLUTE_LATEST_SEMVER2 : LATEST_SEMVER2;
  }
  return filter.includePrerelease ? ABSOLUTE_LATEST : LATEST;
}

const newestListed = (filter: VersionFilter): string => `(
  SELECT version_key FROM package_version
  WHERE package_key = ?1 AND listed = 1
    ${filter.includePrerelease ? '' : 'AND is_prerelease = 0'} ${filter.includeSemVer2 ? '' : 'AND is_semver2 = 0'}
  ORDER BY sort_key DESC LIMIT 1)`;

const POINT = `UPDATE package SET
  latest_key = ${newestListed({ includePrerelease: false, includeSemVer2: false })},
  absolute_latest_key = ${newestListed({ includePrerelease: true, includeSemVer2: false })},
  latest_semver2_key = ${newestListed({ includePrerelease: false, includeSemVer2: true })},
  absolute_latest_semver2_key = ${newestListed({ includePrerelease: true, includeSemVer2: true })}
  WHERE package_key = ?1`;

const DOCUMENT = `SELECT v.version_key, v.id, p.document_key, p.feed_key
  FROM package p JOIN package_version v ON v.version_key = coalesce(p.absolute_latest_semver2_key,
    (SELECT version_key FROM package_version WHERE package_key = p.package_key ORDER BY sort_key DESC LIMIT 1))
  WHERE p.package_key = ?`;

/** Points an id at its latest versions anew, and keeps its words in the search index in step with the newest of them. */
export function refreshLatest(connection: Connection, packageKey: number): void {
  connection.run(POINT, packageKey);
  const document = connection.get(DOCUMENT, packageKey);
  if (document === undefined || document.version_key === document.document_key) {
    return;
  }
  const versionKey = Number(document.version_key);
  connection.run(
    'UPDATE package SET document_key = ?, id = ? WHERE package_key = ?',
    versionKey,
    String(document.id),
    packageKey,
  );
  const content = connection.get('SELECT metadata FROM package_content WHERE version_key = ?', versionKey);
  const text = JSON.parse(String(content?.metadata)) as SearchableText;
  if (document.document_key !== null) {
    forgetWords(connection, packageKey);
  }
  connection.run(
    'INSERT INTO package_search (rowid, id, parts, title, tags, description, authors) VALUES (?, ?, ?, ?, ?, ?, ?)',
    packageKey,
    ...searchDocument(Number(document.feed_key), text),
  );
}

export function forgetWords(connection: Connection, packageKey: number): void {
  connection.run('DELETE FROM package_search WHERE rowid = ?', packageKey);
}
