/**
 * Answers of search and autocomplete. Pure: what the store found in, documents out.
 *
 * Source: NuGet server API, "Search" and "Autocomplete", sections "Response".
 */
import type { SearchHit, SearchPage, StoredVersion, VersionName } from '@feedfleet/store';

import type { AdvisoryState } from './advisory-state.ts';
import { fullVersion } from './full-version.ts';
import { fileUrls } from './package-files.ts';
import type { Hive, V3Links } from './v3-links.ts';

/** Versions that are written before others get their turn. */
const VERSIONS_PER_TURN = 2000;

interface ResultContext {
  readonly links: V3Links;
  readonly hive: Hive;
  readonly advisories: AdvisoryState;
}

/** @param context - its `pause` gives others their turn: a page may have a thousand ids, and an id thousands of versions. */
export async function searchAnswer(
  page: SearchPage,
  { pause, ...context }: ResultContext & { readonly pause: () => Promise<void> },
): Promise<string> {
  const results: string[] = [];
  let versions = 0;
  for (const hit of page.hits) {
    if (versions >= VERSIONS_PER_TURN) {
      await pause();
      versions = 0;
    }
    results.push(JSON.stringify(searchResult(hit, context)));
    versions += hit.versions.length;
  }
  return `{"totalHits":${page.total},"data":[${results.join(',')}]}`;
}

function searchResult(
  { newest, versions }: SearchHit,
  { links, hive, advisories }: ResultContext,
): Readonly<Record<string, unknown>> {
  const { metadata } = newest;
  const registration = links.registrationIndex(hive, newest.id);
  const project = metadata.projectUrl === '' ? {} : { projectUrl: metadata.projectUrl };
  return {
    '@id': registration,
    '@type': 'Package',
    registration,
    id: newest.id,
    version: fullVersion(newest),
    description: metadata.description,
    summary: metadata.summary,
    title: metadata.title === '' ? newest.id : metadata.title,
    ...fileUrls(metadata, links.content(newest.id, newest.normalizedVersion)),
    ...project,
    tags: metadata.tags,
    authors: names(metadata.authors),
    owners: names(metadata.owners),
    totalDownloads: newest.totalDownloads,
    verified: false,
    packageTypes: packageTypes(newest),
    ...advisories.membersOf(newest, 'number'),
    versions: versions.map((version) => ({
      '@id': links.registrationLeaf(hive, newest.id, version.normalizedVersion),
      version: fullVersion(version),
      downloads: version.downloads,
    })),
  };
}

/** `A, B` and `A,B` are two names. */
function names(list: string): readonly string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** A package that names no type is a dependency. Source: NuGet documentation, "Set a NuGet package type". */
function packageTypes({ metadata }: StoredVersion): readonly { readonly name: string }[] {
  return metadata.packageTypes.length === 0
    ? [{ name: 'Dependency' }]
    : metadata.packageTypes.map(({ name }) => ({ name }));
}

export function idsAnswer(page: { readonly total: number; readonly ids: readonly string[] }): string {
  return JSON.stringify({ totalHits: page.total, data: page.ids });
}

export function versionsAnswer(names: readonly VersionName[]): string {
  return JSON.stringify({ totalHits: names.length, data: names.map(fullVersion) });
}
