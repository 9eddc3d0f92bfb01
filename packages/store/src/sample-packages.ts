/** Packages for tests of stores: complete, and with what a test does not care for filled in. */
import { createHash } from 'node:crypto';
import { isPrerelease, isSemVer2, normalizeVersion, parseVersion } from '@feedfleet/versioning';
import { emptyMetadata } from '@feedfleet/nupkg';
import type { PackageMetadata } from '@feedfleet/nupkg';
import type { ListQuery, NewPackageVersion } from './metadata-store.ts';
import type { SearchQuery } from './package-search.ts';

export type SampleMetadata = Partial<PackageMetadata> & Pick<PackageMetadata, 'id' | 'version'>;

export const sha512Of = (content: string): string => createHash('sha512').update(content).digest('hex');

export function sampleMetadata(given: SampleMetadata): PackageMetadata {
  const version = parseVersion(given.version);
  if (version === undefined) {
    throw new TypeError(`${given.version} is no version`);
  }
  const flags = { isPrerelease: isPrerelease(version), isSemVer2: isSemVer2(version) };
  const names = { id: given.id, version: given.version, normalizedVersion: normalizeVersion(version) };
  return { ...emptyMetadata({ ...names, ...flags }), ...given };
}

/** A version whose blob is its own, unless `rest` names another one. */
export function sampleVersion(given: SampleMetadata, rest: Partial<NewPackageVersion> = {}): NewPackageVersion {
  const metadata = sampleMetadata(given);
  const name = `${metadata.id}/${metadata.version}`;
  return {
    metadata,
    sha512: sha512Of(name),
    sizeBytes: 1000,
    created: '2026-01-02T03:04:05.000Z',
    listed: true,
    fragments: {
      'v2-entry': { format: 3, text: `<entry>${name}</entry>` },
      'v3-leaf': { format: 4, text: JSON.stringify({ name }) },
    },
    ...rest,
  };
}

export const everything: SearchQuery = {
  text: '',
  includePrerelease: true,
  includeSemVer2: true,
  packageType: null,
  skip: 0,
  take: 100,
};

export const everyVersion: ListQuery = {
  versions: 'all',
  includePrerelease: true,
  includeSemVer2: true,
  includeUnlisted: true,
  text: '',
  skip: 0,
  take: 100,
};
