/** What one request reads with: out of the store, or out of all package sources of the feed. v1 and v2 read by the same means. */
import type { Answer, FeedQuery } from '@feedfleet/feed-endpoint';
import { hierarchyPorts } from '@feedfleet/hierarchy-ports';
import { ProblemError } from '@feedfleet/problems';
import type { BlobStore, MetadataStore, VersionScan } from '@feedfleet/store';
import { normalizeVersion, parseVersion } from '@feedfleet/versioning';
import { HierarchyEngine } from './hierarchy-engine.ts';
import { shown } from './odata-literal.ts';
import { downloadAnswer, existing } from './package-download.ts';
import type { PackageEngine } from './package-engine.ts';
import { PackageReader } from './package-reader.ts';
import { QueryEngine } from './query-engine.ts';

export interface PackageReads {
  readonly reader: PackageReader;
  readonly engine: PackageEngine;
  /** The file of a version. @throws ProblemError `FF_NO_SUCH_PACKAGE` when there is none. */
  readonly download: (id: string, version: string) => Promise<Answer>;
}

export interface PackageStores {
  readonly metadata: MetadataStore;
  readonly versionScan: VersionScan;
  readonly blobs: Pick<BlobStore, 'open'>;
}

export function packageReads(
  { feed, signal, hierarchy }: Pick<FeedQuery, 'feed' | 'signal' | 'hierarchy'>,
  { metadata, versionScan, blobs }: PackageStores,
): PackageReads {
  const source = { feedId: feed.id, signal };
  if (hierarchy === undefined) {
    const reader = new PackageReader({ ...source, metadata });
    return {
      reader,
      engine: new QueryEngine({ ...source, metadata, versionScan }),
      download: async (id, version) => downloadAnswer(await existing(reader, id, version), { blobs, reader }),
    };
  }
  const ports = hierarchyPorts(hierarchy);
  return {
    reader: new PackageReader({ ...source, metadata: ports.metadata }),
    engine: new HierarchyEngine({ ...source, hierarchy, ports }),
    download: (id, version) => relayed(hierarchy, id, version),
  };
}

/** What the feed itself has is given without asking anybody else. */
async function relayed(hierarchy: NonNullable<FeedQuery['hierarchy']>, id: string, version: string): Promise<Answer> {
  const parsed = parseVersion(version);
  const normalized = parsed === undefined ? '' : normalizeVersion(parsed);
  const found = parsed === undefined ? undefined : await hierarchy.content(id, normalized);
  if (found === undefined) {
    throw new ProblemError('noSuchPackage', { detail: `There is no ${shown(id)} in version ${shown(version)}.` });
  }
  const { content } = found;
  const fileName = `${found.version?.id ?? id}.${normalized}.nupkg`;
  const { blob, countsFor } = content;
  if (blob === undefined) return { kind: 'relay', contentType: 'application/zip', fileName, content };
  const counts = countsFor === undefined ? {} : { counts: { versionKey: countsFor } };
  return { kind: 'blob', contentType: 'application/zip', fileName, blob, ...counts };
}
