/** A version of a package as URLs and bodies of writes name it. */
import { isPackageId } from '@feedfleet/nupkg';
import { ProblemError } from '@feedfleet/problems';
import { normalizeVersion, parseVersion } from '@feedfleet/versioning';

export interface VersionName {
  readonly id: string;
  readonly normalizedVersion: string;
}

/** @throws ProblemError `FF_NO_SUCH_PACKAGE` for what can be no version; whether there is such a one is not known. */
export function parseVersionName(id: string, versionText: string): VersionName {
  const version = parseVersion(versionText);
  if (!isPackageId(id) || version === undefined) {
    throw new ProblemError('noSuchPackage', { detail: 'the request names no package id and version' });
  }
  return { id, normalizedVersion: normalizeVersion(version) };
}
