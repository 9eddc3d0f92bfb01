/**
 * What a client prints after a push that went well: what could be better about the package, and how full the feed is. Pure.
 *
 * Source: NuGet client, `ProtocolConstants.ServerWarningHeader`; NuGet documentation, warnings NU1604, NU5034, NU5039, NU5048,
 * NU5104 and NU5125, of which those are told that a user of the package meets.
 */
import type { PackageMetadata } from '@feedfleet/nupkg';
import type { Feed } from '@feedfleet/registry-client';

/** Of a feed, after the push. */
export interface FeedUsage {
  readonly packages: number;
  readonly versions: number;
  readonly bytes: number;
}

/** From this share of a quota on, those who push are told. */
const NEAR_RATIO = 0.9;
const MAX_HEADER_CHARACTERS = 1000;
/** What packing writes where the author wrote nothing. */
const DEFAULT_DESCRIPTIONS: ReadonlySet<string> = new Set(['package description', 'description']);

export function packageWarnings(metadata: PackageMetadata): readonly string[] {
  return [
    ...licenseWarnings(metadata),
    ...(metadata.readmeFile === null ? ['The package has no readme.'] : []),
    ...(DEFAULT_DESCRIPTIONS.has(metadata.description.trim().toLowerCase())
      ? ['The description says nothing about the package.']
      : []),
    ...(metadata.isSemVer2
      ? ['Clients before NuGet 4.3 do not see this version: it, or a dependency of it, needs SemVer 2.0.0.']
      : []),
    ...dependencyWarnings(metadata),
  ];
}

function licenseWarnings({ licenseExpression, licenseFile, licenseUrl }: PackageMetadata): readonly string[] {
  if (licenseExpression !== '' || licenseFile !== null) return [];
  return licenseUrl === ''
    ? ['The package names no license.']
    : ['licenseUrl is deprecated: name the license by an expression or a file.'];
}

function dependencyWarnings({ dependencyGroups, isPrerelease }: PackageMetadata): readonly string[] {
  const dependencies = dependencyGroups.flatMap((group) => group.dependencies);
  const unbounded = dependencies.find(({ range }) => range.startsWith('('));
  const unfinished = isPrerelease ? undefined : dependencies.find(({ range }) => /^\[[^,\]]*-/.test(range));
  return [
    ...(unbounded === undefined
      ? []
      : [`The dependency ${unbounded.id} has no lowest version: restores may give different ones.`]),
    ...(unfinished === undefined ? [] : [`A stable version depends on a pre-release of ${unfinished.id}.`]),
  ];
}

/** @returns one sentence for each quota that is nearly used up. */
export function quotaWarnings(feed: Feed, used: FeedUsage): readonly string[] {
  const quotas = [
    { limit: feed.quotaBytes, used: used.bytes, unit: 'bytes' },
    { limit: feed.quotaPackages, used: used.packages, unit: 'package ids' },
    { limit: feed.quotaVersions, used: used.versions, unit: 'versions' },
  ];
  return quotas.flatMap(({ limit, used: count, unit }) =>
    limit !== null && count >= limit * NEAR_RATIO
      ? [`The feed holds ${count} of at most ${limit} ${unit} (${Math.floor((count / limit) * 100)} %).`]
      : [],
  );
}

/** @returns one line of printable ASCII; undefined when there is nothing to tell. */
export function warningHeader(warnings: readonly string[]): string | undefined {
  if (warnings.length === 0) return undefined;
  const line = warnings.join(' ').replace(/[^\x20-\x7e]+/g, '?');
  return line.length <= MAX_HEADER_CHARACTERS ? line : `${line.slice(0, MAX_HEADER_CHARACTERS - 3)}...`;
}
