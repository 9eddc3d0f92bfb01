/** Packages for tests: complete metadata and stored rows from a few words. */
import { emptyMetadata } from '@feedfleet/nupkg';
import type { PackageMetadata } from '@feedfleet/nupkg';
import type { NewPackageVersion, ScannedVersion } from '@feedfleet/store';
import { isPrerelease, isSemVer2, normalizeVersion, parseVersion, versionSortKey } from '@feedfleet/versioning';
import { ENTRY_FORMAT, renderEntry } from './entry.ts';

const SHA512 = 'ab'.repeat(64);
const CREATED = '2026-01-02T03:04:05.678Z';

export function sampleMetadata(id: string, version: string, more: Partial<PackageMetadata> = {}): PackageMetadata {
  const parsed = parseVersion(version);
  if (parsed === undefined) throw new Error(`${version} is no version`);
  const flags = { isPrerelease: isPrerelease(parsed), isSemVer2: isSemVer2(parsed) };
  return {
    ...emptyMetadata({ id, version, normalizedVersion: normalizeVersion(parsed), ...flags }),
    ...{ authors: 'Ada, Grace', description: `About ${id}.` },
    ...more,
  };
}

export function sampleRow(metadata: PackageMetadata, more: Partial<ScannedVersion> = {}): ScannedVersion {
  const { id, version, normalizedVersion } = metadata;
  const parsed = parseVersion(version);
  return {
    key: 1,
    sortKey: parsed === undefined ? '' : versionSortKey(parsed),
    title: metadata.title,
    tags: metadata.tags.join(' '),
    id,
    version,
    normalizedVersion,
    isPrerelease: metadata.isPrerelease,
    isSemVer2: metadata.isSemVer2,
    isLatest: false,
    isAbsoluteLatest: false,
    isLatestSemVer2: false,
    isAbsoluteLatestSemVer2: false,
    listed: true,
    created: CREATED,
    lastEdited: CREATED,
    downloads: 0,
    totalDownloads: 0,
    sizeBytes: 1234,
    sha512: SHA512,
    commitNumber: 1,
    committedUs: Date.parse(CREATED) * 1000,
    fragmentFormat: ENTRY_FORMAT,
    fragment: renderEntry(metadata, { sha512: SHA512, sizeBytes: 1234, created: CREATED }),
    metadata,
    ...more,
  };
}

export function samplePush(metadata: PackageMetadata, more: Partial<NewPackageVersion> = {}): NewPackageVersion {
  const facts = { sha512: SHA512, sizeBytes: 1234, created: CREATED, ...more };
  return {
    metadata,
    listed: true,
    fragments: {
      'v2-entry': { format: ENTRY_FORMAT, text: renderEntry(metadata, facts) },
      'v3-leaf': { format: 1, text: '' },
    },
    ...facts,
  };
}
