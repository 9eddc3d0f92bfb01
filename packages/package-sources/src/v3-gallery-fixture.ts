/** A v3 gallery: documents in the form of the public one. */
import { createHash } from 'node:crypto';

import type { SamplePackage } from '@feedfleet/package-source-conformance';
import { compareVersions, parseVersion } from '@feedfleet/versioning';

import { json } from './gallery-fixture.ts';
import type { Answerer, Reply } from './gallery-fixture.ts';

export interface V3GalleryOptions {
  /** Resources that the service index names; all by default. */
  readonly resources?: readonly ('registration' | 'content' | 'search' | 'autocomplete')[];
  /** Leaves of one page; pages lie beside the index then. */
  readonly leavesPerPage?: number;
  /** Catalog entries have id, version and `listed` only. */
  readonly isBare?: boolean;
}

const TYPES = {
  registration: 'RegistrationsBaseUrl/3.6.0',
  content: 'PackageBaseAddress/3.0.0',
  search: 'SearchQueryService/3.5.0',
  autocomplete: 'SearchAutocompleteService',
} as const;

export function v3Gallery(packages: readonly SamplePackage[], options: V3GalleryOptions = {}): Answerer {
  const { resources = ['registration', 'content', 'search', 'autocomplete'] } = options;
  return (url) => {
    const [, area = '', ...rest] = url.pathname.split('/').map(decodeURIComponent);
    const base = url.origin;
    switch (area) {
      case 'index.json':
        return json({
          version: '3.0.0',
          resources: [
            { '@id': `${base}/broken-old/`, '@type': 'RegistrationsBaseUrl' },
            ...resources.map((name) => ({ '@id': `${base}/${name}/`, '@type': TYPES[name] })),
          ].filter(({ '@type': type }) => type !== 'RegistrationsBaseUrl' || resources.includes('registration')),
        });
      case 'registration':
        return registration(packages, { base, rest, search: url.searchParams, ...options });
      case 'content':
        return content(packages, rest);
      case 'search':
      case 'autocomplete':
        return found(packages, url.searchParams, area);
      default:
        return undefined;
    }
  };
}

interface Asked extends V3GalleryOptions {
  readonly base: string;
  readonly rest: readonly string[];
  readonly search: URLSearchParams;
}

function registration(packages: readonly SamplePackage[], asked: Asked): Reply | undefined {
  const [id = '', file = ''] = asked.rest;
  const versions = versionsOf(packages, id);
  if (versions.length === 0) return undefined;
  const perPage = asked.leavesPerPage ?? versions.length;
  const pages = Array.from({ length: Math.ceil(versions.length / perPage) }, (_, page) =>
    versions.slice(page * perPage, (page + 1) * perPage).map((one) => leafOf(one, asked)),
  );
  if (file !== 'index.json') return tagged({ items: pages[Number.parseInt(file.slice('page'.length), 10)] });
  const items = pages.map((leaves, page) => ({
    '@id': `${asked.base}/registration/${id}/page${page}.json`,
    count: leaves.length,
    ...(asked.leavesPerPage === undefined ? { items: leaves } : {}),
  }));
  return tagged({ count: items.length, items });
}

function leafOf({ metadata, listed, created }: SamplePackage, { base, isBare = false }: Asked): unknown {
  const { id, version, normalizedVersion } = metadata;
  const published = listed ? created : '1900-01-01T00:00:00+00:00';
  const name = [id, normalizedVersion].map((part) => part.toLowerCase());
  const packageContent = `${base}/content/${name.join('/')}/${name.join('.')}.nupkg`;
  const described = {
    ...{ authors: metadata.authors, description: metadata.description, title: metadata.title || id, published },
    tags: metadata.tags,
    dependencyGroups: metadata.dependencyGroups.map(({ targetFramework, dependencies }) => ({
      ...(targetFramework === null ? {} : { targetFramework }),
      dependencies: dependencies.map((one) => ({ '@type': 'PackageDependency', ...one })),
    })),
  };
  const entry = { '@type': 'PackageDetails', id, version, ...(isBare ? { listed } : described) };
  return { '@type': 'Package', commitTimeStamp: created, catalogEntry: entry, packageContent };
}

function content(
  packages: readonly SamplePackage[],
  [id = '', version = '', file = '']: readonly string[],
): Reply | undefined {
  const versions = versionsOf(packages, id);
  if (versions.length === 0) return undefined;
  const names = versions.map(({ metadata }) => metadata.normalizedVersion.toLowerCase());
  if (version === 'index.json') return tagged({ versions: names });
  const one = versions[names.indexOf(version)];
  if (one === undefined) return undefined;
  if (file === `${id}.nuspec`) return { body: nuspecIn(one.content) };
  return file === `${id}.${version}.nupkg` ? { body: one.content } : undefined;
}

/** The entry of a sample's zip, which is not compressed and has nothing before it but its header. */
function nuspecIn(zip: Buffer): Buffer {
  const start = 30 + zip.readUInt16LE(26);
  return zip.subarray(start, start + zip.readUInt32LE(18));
}

function found(packages: readonly SamplePackage[], search: URLSearchParams, area: 'search' | 'autocomplete'): Reply {
  const usable = packages.filter(
    ({ metadata, listed }) =>
      listed &&
      (search.get('prerelease') === 'true' || !metadata.isPrerelease) &&
      (search.get('semVerLevel') !== null || !metadata.isSemVer2) &&
      metadata.id.toLowerCase().includes((search.get('q') ?? '').toLowerCase()),
  );
  const ids = [...new Set(usable.map(({ metadata }) => metadata.id))];
  const page = ids.slice(Number(search.get('skip')), Number(search.get('skip')) + Number(search.get('take')));
  if (area === 'autocomplete') return json({ totalHits: ids.length, data: page });
  const data = page.map((id) => {
    const versions = versionsOf(usable, id.toLowerCase());
    const newest = versions.at(-1)?.metadata;
    return {
      ...{
        id,
        version: newest?.version,
        description: newest?.description,
        authors: ['Ada', 'Grace'],
        totalDownloads: 7,
      },
      versions: versions.map(({ metadata }) => ({ version: metadata.version, downloads: 3 })),
    };
  });
  return json({ totalHits: ids.length, data });
}

export function versionsOf(packages: readonly SamplePackage[], lowerId: string): readonly SamplePackage[] {
  return packages
    .filter(({ metadata }) => metadata.id.toLowerCase() === lowerId)
    .toSorted((left, right) => {
      const [a, b] = [parseVersion(left.metadata.version), parseVersion(right.metadata.version)];
      return a === undefined || b === undefined ? 0 : compareVersions(a, b);
    });
}

/** With the entity tag of its content. */
function tagged(value: unknown): Reply {
  const etag = `"${createHash('sha256').update(JSON.stringify(value)).digest('hex')}"`;
  return json(value, { etag });
}
