/** Searches that are questions about one id, and answers to them out of its versions. */
import { isPackageId } from '@feedfleet/nupkg';

import type { SourceHit, SourceSearch } from './package-source.ts';
import type { SourceVersion } from './source-version.ts';

/** The type of packages that name none. Source: NuGet documentation, "Set a NuGet package type". */
const USUAL_TYPE = 'dependency';

/** The id, in lower case, that the text names as one: `packageid:Acme.Core`. */
export function namedId(text: string): string | undefined {
  const id = /^packageid:"?([^"]*)"?$/i.exec(text.trim())?.[1] ?? '';
  return isPackageId(id) ? id.toLowerCase() : undefined;
}

/** The id that the text names or may be. */
export function possibleId(text: string): string | undefined {
  return namedId(text) ?? (isPackageId(text.trim()) ? text.trim().toLowerCase() : undefined);
}

/** The hit that the versions of one id make, or none. */
export function hitsOf(versions: readonly SourceVersion[], query: SourceSearch): readonly SourceHit[] {
  const found = versions.filter((version) => matches(version, query));
  const newest = found.at(-1);
  if (newest === undefined || !hasType(newest, query.packageType)) return [];
  return [{ id: newest.id, versions: found }];
}

function matches(version: SourceVersion, { includePrerelease, includeSemVer2 }: SourceSearch): boolean {
  return version.listed && (includePrerelease || !version.isPrerelease) && (includeSemVer2 || !version.isSemVer2);
}

function hasType({ metadata }: SourceVersion, packageType: string | null): boolean {
  if (packageType === null) return true;
  const types = metadata.packageTypes.map(({ name }) => name.toLowerCase());
  return (types.length === 0 ? [USUAL_TYPE] : types).includes(packageType.toLowerCase());
}
