/**
 * Completion of ids and versions, as plain JSON lists of text.
 *
 * Source: NuGet.Protocol, AutoCompleteResourceV2Feed.
 */
import type { FeedQuery } from '@feedfleet/feed-endpoint';
import type { MetadataStore } from '@feedfleet/store';
import { includesSemVer2 } from './collection-request.ts';
import { parseFlag, parseText } from './odata-literal.ts';
import type { QueryOptions } from './odata-url.ts';
import type { PackageEngine } from './package-engine.ts';

const MAX_IDS = 30;

/** Ids that start with `partialId`. */
export async function idList(
  { query: { feed, hierarchy }, options }: { readonly query: FeedQuery; readonly options: QueryOptions },
  metadata: Pick<MetadataStore, 'idsStartingWith'>,
): Promise<readonly string[]> {
  const prefix = parseText('partialId', options.get('partialid') ?? '');
  if (hierarchy !== undefined) return mergedIds(hierarchy, prefix, options);
  const { ids } = await metadata.idsStartingWith(feed.id, prefix, {
    includePrerelease: includesPrerelease(options),
    includeSemVer2: includesSemVer2(options),
    skip: 0,
    take: MAX_IDS,
  });
  return ids;
}

/** Sources complete more than beginnings: of what they tell, the ids that start with the text. */
async function mergedIds(
  hierarchy: NonNullable<FeedQuery['hierarchy']>,
  prefix: string,
  options: QueryOptions,
): Promise<readonly string[]> {
  const { ids } = await hierarchy.complete({
    text: prefix,
    includePrerelease: includesPrerelease(options),
    includeSemVer2: includesSemVer2(options),
    packageType: null,
    skip: 0,
    take: 10 * MAX_IDS,
  });
  const start = prefix.toLowerCase();
  return ids.filter((id) => id.toLowerCase().startsWith(start)).slice(0, MAX_IDS);
}

/** Normalized versions, ascending; only listed ones. */
export async function versionList(
  engine: PackageEngine,
  id: string,
  options: QueryOptions,
): Promise<readonly string[]> {
  const withPrerelease = includesPrerelease(options);
  const withSemVer2 = includesSemVer2(options);
  const ids = { kind: 'named', ids: [id.toLowerCase()] } as const;
  const versions: string[] = [];
  for await (const chunk of engine.chunks({
    ...{ order: 'id', descending: false, newestFirst: false },
    ...{ ids, versions: { kind: 'all' } },
  })) {
    for (const row of chunk) {
      const isShown = row.listed && (withPrerelease || !row.isPrerelease) && (withSemVer2 || !row.isSemVer2);
      if (isShown) versions.push(row.normalizedVersion);
    }
  }
  return versions;
}

function includesPrerelease(options: QueryOptions): boolean {
  return parseFlag('includePrerelease', options.get('includeprerelease') ?? '') ?? false;
}
