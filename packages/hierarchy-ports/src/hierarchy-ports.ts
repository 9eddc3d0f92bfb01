/**
 * The store's ports over a feed with package sources, for one request: protocols render merged versions by the same code as stored
 * ones.
 *
 * Ids are read through to all sources of the feed, each of which is asked once, however many ports are used.
 */
import type { FeedHierarchy, MergedVersion } from '@feedfleet/aggregation';
import type {
  AdvisoryStore,
  Deprecation,
  MetadataStore,
  VersionPages,
  VersionScan,
  Vulnerability,
} from '@feedfleet/store';
import { deprecationKey } from '@feedfleet/store';
import { parseVersion, versionSortKey } from '@feedfleet/versioning';

import { mergedNames, mergedPages, mergedRange } from './merged-pages.ts';
import { mergedRow } from './merged-row.ts';
import { mergedChunk, namedSource } from './merged-scan.ts';

export interface HierarchyPorts {
  readonly metadata: Pick<MetadataStore, 'version'>;
  /** Named ids only. */
  readonly versionScan: Pick<VersionScan, 'scan' | 'scanned'>;
  readonly versionPages: VersionPages;
  readonly advisories: Pick<AdvisoryStore, 'advisoriesOf'>;
}

/** @param hierarchy - of the request: the feed ids that the ports are given do not matter. */
export function hierarchyPorts(hierarchy: FeedHierarchy): HierarchyPorts {
  const seen = new Map<number, MergedVersion>();
  const versionsOf = async (ids: readonly string[]): Promise<ReadonlyMap<string, readonly MergedVersion[]>> => {
    const found = await hierarchy.versions(ids.map((id) => id.toLowerCase()));
    for (const versions of found.values()) for (const version of versions) seen.set(version.key, version);
    return found;
  };
  const ofId = async (id: string): Promise<readonly MergedVersion[]> =>
    (await versionsOf([id])).get(id.toLowerCase()) ?? [];
  return {
    metadata: {
      version: async (_feedId, id, normalizedVersion) => {
        const parsed = parseVersion(normalizedVersion);
        const sortKey = parsed === undefined ? undefined : versionSortKey(parsed);
        const found = (await ofId(id)).find((version) => version.sortKey === sortKey);
        return found === undefined ? undefined : mergedRow(found);
      },
    },
    versionScan: {
      scan: async (_feedId, source, page) => {
        const named = namedSource(source);
        return mergedChunk(named, await versionsOf(named.ids.ids), page);
      },
      scanned: (keys) => Promise.resolve(keys.flatMap((key) => seen.get(key) ?? []).map(mergedRow)),
    },
    versionPages: {
      pages: async (_feedId, id, query) => mergedPages(await ofId(id), query),
      versionsIn: async (_feedId, id, range) => mergedRange(await ofId(id), range),
      names: async (_feedId, id, filter) => mergedNames(await ofId(id), filter),
    },
    advisories: {
      advisoriesOf: (_feedId, versions) => {
        const deprecations = new Map<string, Deprecation>();
        const vulnerabilities = new Map<string, readonly Vulnerability[]>();
        for (const version of versions) {
          if (!isMerged(version)) continue;
          if (version.deprecation !== null) deprecations.set(deprecationKey(version), version.deprecation);
          if (version.vulnerabilities.length === 0) continue;
          const id = version.id.toLowerCase();
          vulnerabilities.set(id, [...(vulnerabilities.get(id) ?? []), ...version.vulnerabilities]);
        }
        return Promise.resolve({ deprecations, vulnerabilities });
      },
    },
  };
}

/** The rows that these ports give out have what their source says of them. */
function isMerged(
  version: object,
): version is Pick<MergedVersion, 'id' | 'normalizedVersion' | 'deprecation' | 'vulnerabilities'> {
  return 'deprecation' in version && 'vulnerabilities' in version;
}
