/** A v2 gallery: feeds in the form of the public one, a few entries a page. */
import type { SamplePackage } from '@feedfleet/package-source-conformance';

import { atom, json } from './gallery-fixture.ts';
import type { Answerer, Reply } from './gallery-fixture.ts';
import { versionsOf } from './v3-gallery-fixture.ts';

export interface V2GalleryOptions {
  readonly pageSize?: number;
  /** Ids that are not there are 404, not an empty feed. */
  readonly isAbsent404?: boolean;
  /** Knows versions by their key only as they are written. */
  readonly isStrict?: boolean;
}

export function v2Gallery(packages: readonly SamplePackage[], options: V2GalleryOptions = {}): Answerer {
  return (url) => {
    const resource = decodeURIComponent(url.pathname).replace(/^\/api\/v2\/?/, '');
    const [, file] = /^file\/(.*)$/.exec(resource) ?? [];
    if (file !== undefined) return fileOf(packages, file);
    if (resource === '$metadata') return { body: '<edmx:Edmx Version="1.0"/>' };
    if (resource === 'package-ids') {
      const ids = new Set(packages.filter(({ listed }) => listed).map(({ metadata }) => metadata.id));
      const partial = (url.searchParams.get('partialId') ?? '').toLowerCase();
      return json([...ids].filter((id) => id.toLowerCase().startsWith(partial)));
    }
    return feedOf(packages, resource, { url, ...options });
  };
}

interface Asked extends V2GalleryOptions {
  readonly url: URL;
}

function feedOf(packages: readonly SamplePackage[], resource: string, asked: Asked): Reply | undefined {
  const key = /^Packages\(Id='([^']*)',Version='([^']*)'\)$/.exec(resource);
  if (key !== null) {
    const [, id = '', version = ''] = key;
    const one = versionsOf(packages, id.toLowerCase()).find(({ metadata }) =>
      [metadata.version, ...(asked.isStrict === true ? [] : [metadata.normalizedVersion])].includes(version),
    );
    return one === undefined ? undefined : atom(entryOf(one, asked.url.origin));
  }
  if (resource === 'FindPackagesById()') {
    const id = unquoted(asked.url.searchParams.get('id')).toLowerCase();
    const versions = versionsOf(packages, id);
    return versions.length === 0 && asked.isAbsent404 === true ? undefined : pageOf(versions, asked);
  }
  return resource === 'Search()' || resource === 'Packages()'
    ? pageOf(latestOf(packages, asked.url), asked)
    : undefined;
}

function latestOf(packages: readonly SamplePackage[], { searchParams }: URL): readonly SamplePackage[] {
  const isAbsolute = searchParams.get('$filter') === 'IsAbsoluteLatestVersion';
  const text = unquoted(searchParams.get('searchTerm')).toLowerCase();
  const usable = packages.filter(
    ({ metadata, listed }) =>
      listed &&
      (isAbsolute || !metadata.isPrerelease) &&
      (searchParams.get('semVerLevel') !== null || !metadata.isSemVer2) &&
      metadata.id.toLowerCase().includes(text),
  );
  const ids = [...new Set(usable.map(({ metadata }) => metadata.id.toLowerCase()))].sort();
  return ids.flatMap((id) => versionsOf(usable, id).at(-1) ?? []);
}

/** A next link stands where more follows, and never beside `$top`, as at the public gallery. */
function pageOf(rows: readonly SamplePackage[], { url, pageSize = 100 }: Asked): Reply {
  const skip = Number(url.searchParams.get('$skip') ?? 0);
  const top = url.searchParams.get('$top');
  const page = rows.slice(skip, skip + Math.min(pageSize, Number(top ?? pageSize)));
  const next = new URL(url);
  next.searchParams.set('$skip', String(skip + page.length));
  const hasNext = top === null && skip + page.length < rows.length;
  const count = url.searchParams.get('$inlinecount') === 'allpages' ? `<m:count>${rows.length}</m:count>` : '';
  const link = hasNext ? `<link rel="next" href="${escaped(next.href)}"/>` : '';
  return atom(feedText(count + page.map((row) => entryOf(row, url.origin)).join('') + link));
}

export function feedText(content: string): string {
  return (
    '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" ' +
    'xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" ' +
    `xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><title type="text">Packages</title>${content}</feed>`
  );
}

export function entryOf({ metadata, listed, created, content, sha512 }: SamplePackage, origin: string): string {
  const dependencies = metadata.dependencyGroups.flatMap(({ targetFramework, dependencies: list }) => {
    const framework = targetFramework ?? '';
    return list.length === 0 ? [`::${framework}`] : list.map(({ id, range }) => `${id}:${range}:${framework}`);
  });
  const properties = {
    ...{ Id: metadata.id, Version: metadata.version, NormalizedVersion: metadata.normalizedVersion },
    ...{ Title: metadata.title || metadata.id, Authors: metadata.authors, Description: metadata.description },
    ...{ Tags: metadata.tags.join(' '), Dependencies: dependencies.join('|'), Created: created },
    ...{ Published: listed ? created : '1900-01-01T00:00:00', PackageSize: String(content.length) },
    ...{ PackageHash: Buffer.from(sha512, 'hex').toString('base64'), PackageHashAlgorithm: 'SHA512' },
  };
  const written = Object.entries(properties).map(([name, value]) => `<d:${name}>${escaped(value)}</d:${name}>`);
  const source = `${origin}/api/v2/file/${metadata.id}/${encodeURIComponent(metadata.version)}`;
  return (
    `<entry xmlns="http://www.w3.org/2005/Atom" xmlns:d="urn:d" xmlns:m="urn:m"><title type="text">${metadata.id}</title>` +
    `<content type="application/zip" src="${source}"/><m:properties>${written.join('')}` +
    '<d:IconUrl m:null="true"/></m:properties></entry>'
  );
}

function fileOf(packages: readonly SamplePackage[], file: string): Reply | undefined {
  const one = packages.find(({ metadata }) => `${metadata.id}/${metadata.version}` === file);
  return one === undefined ? undefined : { body: one.content };
}

const unquoted = (text: string | null): string => (text ?? '').replace(/^'(.*)'$/, '$1');

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
