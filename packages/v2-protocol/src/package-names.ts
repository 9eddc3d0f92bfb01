/**
 * Completion of ids and versions, as plain JSON lists of text.
 *
 * Source: NuGet.Protocol, AutoCompleteResourceV2Feed.
 */
import type { MetadataStore } from '@feedfleet/store';
import { includesSemVer2 } from './collection-request.ts';
import { parseFlag, parseText } from './odata-literal.ts';
import type { QueryOptions } from './odata-url.ts';
import type { QueryEngine } from './query-engine.ts';

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
export async function versionList(engine: QueryEngine, id: string, options: QueryOptions): Promise<readonly string[]> {
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
