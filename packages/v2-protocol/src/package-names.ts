/**
 * Completion of ids and versions, as plain JSON lists of text.
 *
 * Source: NuGet.Protocol, AutoCompleteResourceV2Feed.
 */
import type { MetadataStore, StoredVersion } from '@feedfleet/store';
import { includesSemVer2 } from './collection-request.ts';
import { parseFlag, parseText } from './odata-literal.ts';
import type { QueryOptions } from './odata-url.ts';

const MAX_IDS = 30;

/** Ids that start with `partialId`. */
export async function idList(
  metadata: MetadataStore,
  feedId: string,
  options: QueryOptions,
): Promise<readonly string[]> {
  const { ids } = await metadata.idsStartingWith(feedId, parseText('partialId', options.get('partialid') ?? ''), {
    includePrerelease: includesPrerelease(options),
    includeSemVer2: includesSemVer2(options),
    skip: 0,
    take: MAX_IDS,
  });
  return ids;
}

/** Normalized versions, ascending; only listed ones. */
export function versionList(versions: readonly StoredVersion[], options: QueryOptions): readonly string[] {
  const withPrerelease = includesPrerelease(options);
  const withSemVer2 = includesSemVer2(options);
  return versions
    .filter((row) => row.listed && (withPrerelease || !row.isPrerelease) && (withSemVer2 || !row.isSemVer2))
    .map((row) => row.normalizedVersion);
}

function includesPrerelease(options: QueryOptions): boolean {
  return parseFlag('includePrerelease', options.get('includeprerelease') ?? '') ?? false;
}
