/**
 * What happened to the packages of a feed since a commit: the latest state of each version that the catalog tells of.
 *
 * Source: NuGet server API, "Service index" and "Catalog", section "Cursor".
 */
import { ProblemError } from '@feedfleet/problems';
import { z } from 'zod';

import type { FeedRequests } from '../feed-requests.ts';
import { deprecationSchema } from './export-manifest.ts';
import { packagePlace, type PackagePlace } from './package-path.ts';

/** Most versions in one export. */
const MAX_VERSIONS = 1_000_000;
const INSTANT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?(?:Z|\+00:00)$/;

/** With seven digits of a second, so that the order of texts is that of time. */
const instantSchema = z.string().transform((text, context) => {
  const [, seconds, fraction = ''] = INSTANT.exec(text) ?? [];
  if (seconds !== undefined) return `${seconds}.${fraction.padEnd(7, '0')}Z`;
  context.addIssue({ code: 'custom', message: 'expected an instant in UTC' });
  return z.NEVER;
});
const serviceIndexSchema = z.object({ resources: z.array(z.object({ '@id': z.url(), '@type': z.string() })) });
const catalogIndexSchema = z.object({ items: z.array(z.object({ '@id': z.url(), commitTimeStamp: instantSchema })) });
const catalogPageSchema = z.object({
  items: z.array(
    z.object({
      '@id': z.url(),
      '@type': z.enum(['nuget:PackageDetails', 'nuget:PackageDelete']),
      commitTimeStamp: instantSchema,
      'nuget:id': z.string(),
      'nuget:version': z.string(),
    }),
  ),
});
const leafSchema = z.object({
  id: z.string(),
  version: z.string(),
  listed: z.boolean().default(true),
  packageHash: z.base64(),
  packageHashAlgorithm: z.literal('SHA512'),
  packageSize: z.number().int().nonnegative(),
  deprecation: deprecationSchema.optional(),
});

/** Asks again after what passes. */
export type Patiently = <T>(ask: () => Promise<T>) => Promise<T>;

export interface CatalogChange {
  readonly place: PackagePlace;
  /** As the catalog has it, with build metadata. */
  readonly version: string;
  readonly kind: 'details' | 'delete';
  readonly leafUrl: string;
  readonly committed: string;
}

export interface CatalogNews {
  /** By the key of the place, latest state only. */
  readonly changes: ReadonlyMap<string, CatalogChange>;
  /** Of the last commit that was read; null for an empty catalog. */
  readonly cursor: string | null;
}

export interface FeedAddresses {
  readonly catalog: string;
  /** With a slash at the end. */
  readonly content: string;
}

/** @throws {ProblemError} `FF_UNREACHABLE` when the feed lacks what an export needs, as others do. */
export async function readAddresses(requests: FeedRequests, patiently: Patiently): Promise<FeedAddresses> {
  const index = await patiently(() =>
    requests.send({ method: 'GET', path: '/api/v3/index.json', answer: serviceIndexSchema }),
  );
  const urlOf = (type: string): string => {
    const url = index.resources.find((resource) => resource['@type'] === type)?.['@id'];
    if (url !== undefined && /^https?:/i.test(url)) return url;
    throw new ProblemError('unreachable', { detail: `${requests.shownUrl}: its service index names no ${type}` });
  };
  return { catalog: urlOf('Catalog/3.0.0'), content: urlOf('PackageBaseAddress/3.0.0').replace(/\/*$/, '/') };
}

/** @param cursor - only what was committed after it; null for everything. */
export async function readCatalog(
  requests: FeedRequests,
  patiently: Patiently,
  { catalog, cursor }: { readonly catalog: string; readonly cursor: string | null },
): Promise<CatalogNews> {
  const isNews = ({ commitTimeStamp }: { readonly commitTimeStamp: string }): boolean =>
    cursor === null || commitTimeStamp > cursor;
  const index = await patiently(() => requests.send({ method: 'GET', path: catalog, answer: catalogIndexSchema }));
  const changes = new Map<string, CatalogChange>();
  let last = cursor;
  for (const { '@id': url } of index.items.filter(isNews)) {
    const page = await patiently(() => requests.send({ method: 'GET', path: url, answer: catalogPageSchema }));
    for (const item of page.items.filter(isNews)) {
      noteLatest(changes, changeOf(item, requests.shownUrl));
      if (last === null || item.commitTimeStamp > last) last = item.commitTimeStamp;
    }
    if (changes.size > MAX_VERSIONS) {
      throw new ProblemError('usage', { detail: `the feed has more than ${MAX_VERSIONS} versions to export` });
    }
  }
  return { changes, cursor: last };
}

function noteLatest(changes: Map<string, CatalogChange>, change: CatalogChange): void {
  const known = changes.get(change.place.key);
  if (known === undefined || known.committed <= change.committed) changes.set(change.place.key, change);
}

function changeOf(item: z.infer<typeof catalogPageSchema>['items'][number], shownUrl: string): CatalogChange {
  const { 'nuget:id': id, 'nuget:version': version } = item;
  const place = packagePlace(id, version);
  if (place === undefined) {
    const shown = JSON.stringify(`${id} ${version}`.slice(0, 200));
    throw new ProblemError('unreachable', { detail: `${shownUrl}: its catalog names ${shown}, which is no package` });
  }
  return {
    place,
    version,
    kind: item['@type'] === 'nuget:PackageDelete' ? 'delete' : 'details',
    leafUrl: item['@id'],
    committed: item.commitTimeStamp,
  };
}

export interface VersionState {
  readonly sha512: string;
  readonly sizeBytes: number;
  readonly listed: boolean;
  readonly deprecation?: z.infer<typeof deprecationSchema>;
}

/** What a version was at a commit. */
export async function readLeaf(requests: FeedRequests, change: CatalogChange): Promise<VersionState> {
  const leaf = await requests.send({ method: 'GET', path: change.leafUrl, answer: leafSchema });
  const sha512 = Buffer.from(leaf.packageHash, 'base64').toString('hex');
  if (packagePlace(leaf.id, leaf.version)?.key !== change.place.key || sha512.length !== 128) {
    const { id, normalizedVersion } = change.place;
    throw new ProblemError('unreachable', { detail: `the catalog entry of ${id} ${normalizedVersion} is of another` });
  }
  return {
    sha512,
    sizeBytes: leaf.packageSize,
    listed: leaf.listed,
    ...(leaf.deprecation === undefined ? {} : { deprecation: leaf.deprecation }),
  };
}
