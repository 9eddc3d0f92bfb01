/**
 * Where the file of a version lies in a folder of packages: as in local folder feeds, so that the folder is one.
 *
 * Source: NuGet documentation, "Local feeds", section "Hierarchical folders".
 */
import { isPackageId } from '@feedfleet/nupkg';
import { normalizeVersion, parseVersion } from '@feedfleet/versioning';

export interface PackagePlace {
  /** The same for every way to write the id and the version. */
  readonly key: string;
  readonly id: string;
  readonly normalizedVersion: string;
  /** Below the folder, with slashes, in lower case; it never leads out. */
  readonly file: string;
}

/** @returns `undefined` for what is no package id or no version, from whomever it came. */
export function packagePlace(id: string, version: string): PackagePlace | undefined {
  const parsed = parseVersion(version);
  if (parsed === undefined || !isPackageId(id)) return undefined;
  const normalizedVersion = normalizeVersion(parsed);
  const [lowerId, lowerVersion] = [id.toLowerCase(), normalizedVersion.toLowerCase()];
  const key = `${lowerId}/${lowerVersion}`;
  return { key, id, normalizedVersion, file: `${key}/${lowerId}.${lowerVersion}.nupkg` };
}
